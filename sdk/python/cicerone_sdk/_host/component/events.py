from wit_world.imports import events

from . import ask


def publish(topic: str, payload: str) -> None:
    ask(events.publish, topic, payload)
