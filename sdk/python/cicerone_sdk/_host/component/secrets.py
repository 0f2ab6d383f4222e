from wit_world.imports import secrets

from . import ask


def placeholder(name: str) -> str:
    return ask(secrets.placeholder, name)


def reveal(name: str) -> str:
    return ask(secrets.reveal, name)
