"""Small durable state, one name space per plugin. Calls run at the same time, in sandboxes that share nothing else: what two
of them may change goes through ``update``, ``increment`` or ``compare_and_set``. Needs ``kv`` in ``[capabilities]``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ._host import Said, host_of
from .error import ToolError
from .jsontext import parse, write

_host = host_of("kv", 'kv = { scopes = ["plugin"] }')

T = TypeVar("T")

#: How often ``update`` tries before it says that the key is contended.
UPDATES_MAX = 64

_KINDS = {"not-granted": "forbidden", "unavailable": "unavailable"}
_WORDS = {
    "not-granted": "this scope of `kv` is not granted; ask for it in `[capabilities]`",
    "too-large": "the value is larger than {} bytes",
    "quota": "the plugin's state would pass its quota of {}",
    "unavailable": "the state cannot be reached: {}",
    "wrong-type": "the state holds another type: {}",
}


class KvError(ToolError):
    """Why the state cannot be read or written; unhandled, it is the tool's failure.

    ``reason`` is ``not-granted``, ``too-large``, ``quota``, ``unavailable`` or ``wrong-type``.
    """

    def __init__(self, reason: str, detail: object = None) -> None:
        words = _WORDS[reason].format(detail)
        super().__init__(_KINDS.get(reason, "internal"), words, code=f"kv.{reason.replace('-', '_')}")
        self.reason = reason


class Space:
    """The state of one scope."""

    def __init__(self, scope: str, ttl_ms: int | None = None) -> None:
        self._scope = scope
        self._ttl_ms = ttl_ms

    def for_at_most(self, ttl_ms: int) -> Space:
        """The same, but what it writes is gone after so many milliseconds."""
        return Space(self._scope, ttl_ms)

    def get(self, key: str, otherwise: Any = None) -> Any:
        """The JSON value of ``key``, or ``otherwise`` where there is none."""
        held = self.get_bytes(key)
        return otherwise if held is None else _decode(held)

    def set(self, key: str, value: Any) -> None:
        """Writes a JSON value, whatever was there."""
        self.set_bytes(key, _encode(value, key))

    def get_bytes(self, key: str) -> bytes | None:
        """The bytes of ``key``, if it is there."""
        return _ask(_host.get, self._scope, key)

    def set_bytes(self, key: str, value: bytes) -> None:
        """Writes bytes, whatever was there."""
        _ask(_host.set, self._scope, key, value, self._ttl_ms)

    def delete(self, key: str) -> bool:
        """Removes ``key``; says whether it was there."""
        return _ask(_host.delete, self._scope, key)

    def increment(self, key: str, by: int = 1) -> int:
        """Adds to a counter, which begins at 0, and gives the sum, in one step."""
        return _ask(_host.increment, self._scope, key, by, self._ttl_ms)

    def compare_and_set(self, key: str, expected: bytes | None, value: bytes) -> bool:
        """Writes ``value`` if the bytes of ``key`` are still ``expected``; says whether they were."""
        return _ask(_host.compare_and_set, self._scope, key, expected, value, self._ttl_ms)

    def update(self, key: str, change: Callable[[Any], T]) -> T:
        """Changes a JSON value as one step, though others change it too: ``change`` gets what is there, or ``None``, and
        gives what shall be there, and runs again when somebody was faster. Gives what was written. What ``change`` raises
        ends it, and nothing is written."""
        for _ in range(UPDATES_MAX):
            before = self.get_bytes(key)
            after = change(None if before is None else _decode(before))
            value = _encode(after, key)
            if value == before or self.compare_and_set(key, before, value):
                return after
        raise KvError("unavailable", f"`{key}` changed {UPDATES_MAX} times during one update")


def plugin() -> Space:
    """The state that all calls of the plugin share."""
    return Space("plugin")


def session() -> Space:
    """The state that the calls of this conversation share."""
    return Space("session")


def _ask(question: Callable[..., Any], *args: Any) -> Any:
    try:
        return question(*args)
    except Said as said:
        raise KvError(said.tag, said.value) from None


def _encode(value: Any, key: str) -> bytes:
    return write(value, f"the value of `{key}`").encode()


def _decode(held: bytes) -> Any:
    try:
        return parse(held.decode())
    except ValueError as error:
        raise KvError("wrong-type", error) from None
