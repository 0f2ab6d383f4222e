from __future__ import annotations

from wit_world.imports import config

from . import during


def get(key: str) -> str | None:
    return during(config.get, key)
