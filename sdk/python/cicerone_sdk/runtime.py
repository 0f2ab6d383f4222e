"""The clock, the time left and chance, all by the host, whose clock tests can freeze: not those of ``time`` and
``datetime``. The module ``random`` begins anew from here for each call."""

from __future__ import annotations

from ._host import host_of

_host = host_of("runtime", "")

#: The most random bytes that the host gives at once.
_RANDOM_MAX = 1024


def now_ms() -> int:
    """Milliseconds since the Unix epoch."""
    return _host.now_ms()


def remaining_ms() -> int:
    """How long the host still waits for this call, in milliseconds."""
    return _host.remaining_ms()


def is_cancelled() -> bool:
    """Whether nobody waits for the answer any more: the conversation moved on, or the client cancelled."""
    return _host.is_cancelled()


def random(length: int) -> bytes:
    """Fresh random bytes."""
    parts = (min(_RANDOM_MAX, length - start) for start in range(0, length, _RANDOM_MAX))
    return b"".join(_host.random(part) for part in parts)
