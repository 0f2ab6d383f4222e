"""A host in memory, so that tools run in plain tests. Its clock stands still until it is moved, and its chance is a counter."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from . import HttpSaid, Said


class Memory:
    """Everything that the host of the tests knows."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.cancelled = False
        self.config: dict[str, str] = {}
        self.session: Any = {}
        self.kv: dict[tuple[str, str], tuple[bytes, float]] = {}
        self.kv_failure: Said | None = None
        self.secrets: dict[str, str] = {}
        self.answer: Callable[[Any], Any] | None = None
        self.sent: list[Any] = []
        self.lines: list[tuple[str, str, dict[str, str]]] = []
        self.progress: list[tuple[int | None, str]] = []
        self.events: list[tuple[str, Any]] = []
        self.random_given = 0


#: The one host; ``test.Host`` puts a new one here.
here = SimpleNamespace(memory=Memory())


def _log(level: str, message: str, fields: list[tuple[str, str]]) -> None:
    here.memory.lines.append((level, message, dict(fields)))


def _random(length: int) -> bytes:
    """The high byte of a multiplicative hash: spread, and the same in every run."""
    first = here.memory.random_given + 1
    here.memory.random_given += length
    return bytes((at * 0x9E3779B97F4A7C15 & (2**64 - 1)) >> 56 for at in range(first, first + length))


def _session_get(pointer: str) -> str | None:
    if pointer and not pointer.startswith("/"):
        raise Said("bad-pointer", f"`{pointer}` does not begin with `/`")
    value = here.memory.session
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return json.dumps(value)


def _kv_get(scope: str, key: str) -> bytes | None:
    memory = here.memory
    if memory.kv_failure is not None:
        raise memory.kv_failure
    value, until_ms = memory.kv.get((scope, key), (None, 0))
    return value if memory.now_ms < until_ms else None


def _kv_set(scope: str, key: str, value: bytes, ttl_ms: int | None) -> None:
    _kv_get(scope, key)
    until_ms = float("inf") if ttl_ms is None else here.memory.now_ms + ttl_ms
    here.memory.kv[scope, key] = (bytes(value), until_ms)


def _kv_delete(scope: str, key: str) -> bool:
    was_there = _kv_get(scope, key) is not None
    here.memory.kv.pop((scope, key), None)
    return was_there


def _kv_increment(scope: str, key: str, by: int, ttl_ms: int | None) -> int:
    held = _kv_get(scope, key)
    try:
        after = int(held or b"0") + by
    except ValueError:
        raise Said("unavailable", f"`{key}` holds no counter") from None
    _kv_set(scope, key, str(after).encode(), ttl_ms)
    return after


def _kv_compare_and_set(scope: str, key: str, expected: bytes | None, value: bytes, ttl_ms: int | None) -> bool:
    if _kv_get(scope, key) != expected:
        return False
    _kv_set(scope, key, value, ttl_ms)
    return True


def _send(method: str, url: str, headers: list[tuple[str, str]], body: bytes | None, timeout_ms: int | None):
    named = {name.lower(): value for name, value in headers}
    sent = SimpleNamespace(method=method, url=url, headers=named, body=None if body is None else body.decode())
    here.memory.sent.append(sent)
    answer = here.memory.answer(sent) if here.memory.answer else "denied"
    if isinstance(answer, str):
        raise HttpSaid(answer, f"no response from {url}: {answer}", False)
    status, content = answer
    if not isinstance(content, bytes):
        content = (content if isinstance(content, str) else json.dumps(content)).encode()
    return status, [], content


def _reveal(name: str) -> str:
    if name not in here.memory.secrets:
        raise Said("missing")
    return here.memory.secrets[name]


def _placeholder(name: str) -> str:
    _reveal(name)
    return f"placeholder-of-{name}"


#: By the names of the contract.
parts = {
    "log": SimpleNamespace(emit=_log),
    "runtime": SimpleNamespace(
        now_ms=lambda: here.memory.now_ms,
        remaining_ms=lambda: 60_000,
        is_cancelled=lambda: here.memory.cancelled,
        random=_random,
    ),
    "config": SimpleNamespace(get=lambda key: here.memory.config.get(key)),
    "session": SimpleNamespace(get=_session_get),
    "kv": SimpleNamespace(
        get=_kv_get, set=_kv_set, delete=_kv_delete, increment=_kv_increment, compare_and_set=_kv_compare_and_set
    ),
    "http": SimpleNamespace(send=_send),
    "secrets": SimpleNamespace(placeholder=_placeholder, reveal=_reveal),
    "progress": SimpleNamespace(update=lambda percent, message: here.memory.progress.append((percent, message))),
    "events": SimpleNamespace(publish=lambda topic, text: here.memory.events.append((topic, json.loads(text)))),
}
