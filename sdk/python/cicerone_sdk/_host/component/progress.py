from __future__ import annotations

from wit_world.imports import progress

from . import during


def update(percent: int | None, message: str) -> None:
    during(progress.update, percent, message)
