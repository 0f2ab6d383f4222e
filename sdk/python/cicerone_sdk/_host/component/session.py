from __future__ import annotations

from wit_world.imports import session

from . import ask


def get(pointer: str) -> str | None:
    return ask(session.get, pointer)
