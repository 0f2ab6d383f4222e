"""Live updates to the waiting chat client. Needs ``progress`` in ``[capabilities]``."""

from __future__ import annotations

from ._host import host_of

_host = host_of("progress", "progress = true")


def update(message: str, percent: float | None = None) -> None:
    """Tells how far the call is: words, and a percentage where it is known."""
    _host.update(None if percent is None else max(0, min(100, round(percent))), message)
