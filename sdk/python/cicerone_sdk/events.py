"""Custom events on the host's bus, topic ``plugin.<name>.<topic>``. Needs ``events`` in ``[capabilities]``."""

from __future__ import annotations

from typing import Any

from ._host import Said, host_of
from .error import ToolError
from .jsontext import write

_host = host_of("events", 'events = { topics = ["…"] }')

_WORDS = {
    "not-granted": "the topic `{0}` is not granted; ask for it in `[capabilities]`",
    "too-large": "the event is larger than {1} bytes",
    "quota": "one call publishes {1} events at most",
}


class PublishError(ToolError):
    """Why an event was not taken: ``reason`` is ``not-granted``, ``too-large`` or ``quota``."""

    def __init__(self, reason: str, topic: str, detail: object = None) -> None:
        kind = "forbidden" if reason == "not-granted" else "internal"
        super().__init__(kind, _WORDS[reason].format(topic, detail), code=f"events.{reason.replace('-', '_')}")
        self.reason = reason


def publish(topic: str, payload: Any) -> None:
    """Publishes a JSON value."""
    text = write(payload, "the event")
    try:
        _host.publish(topic, text)
    except Said as said:
        raise PublishError(said.tag, topic, said.value) from None
