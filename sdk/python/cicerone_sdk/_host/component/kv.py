from __future__ import annotations

from wit_world.imports import kv

from . import ask


def _scope(scope: str) -> kv.Scope:
    return kv.Scope[scope.upper()]


def get(scope: str, key: str) -> bytes | None:
    return ask(kv.get, _scope(scope), key)


def set(scope: str, key: str, value: bytes, ttl_ms: int | None) -> None:
    ask(kv.set, _scope(scope), key, value, ttl_ms)


def delete(scope: str, key: str) -> bool:
    return ask(kv.delete, _scope(scope), key)


def increment(scope: str, key: str, by: int, ttl_ms: int | None) -> int:
    return ask(kv.increment, _scope(scope), key, by, ttl_ms)


def compare_and_set(scope: str, key: str, expected: bytes | None, value: bytes, ttl_ms: int | None) -> bool:
    return ask(kv.compare_and_set, _scope(scope), key, expected, value, ttl_ms)
