from wit_world.imports import runtime

from . import during


def now_ms() -> int:
    return during(runtime.now_ms)


def remaining_ms() -> int:
    return during(runtime.remaining_ms)


def is_cancelled() -> bool:
    return during(runtime.cancelled)


def random(length: int) -> bytes:
    return during(runtime.random, length)
