"""The conversation's context, read only, and only the paths granted in ``plugin.toml``. To change it, answer with
``Reply(value).patch(pointer, value)``. Needs ``session`` in ``[capabilities]``."""

from __future__ import annotations

from typing import Any

from ._host import Said, host_of
from .error import ToolError
from .jsontext import parse

_host = host_of("session", 'session = { read = ["/…"] }')


class SessionError(ToolError):
    """Why the context cannot be read at a pointer: ``reason`` is ``not-granted`` or ``bad-pointer``."""

    def __init__(self, reason: str, detail: object = None) -> None:
        denied = reason == "not-granted"
        words = "the context is not granted here; ask for it in `[capabilities]`"
        words = words if denied else f"not a JSON Pointer: {detail}"
        super().__init__("forbidden" if denied else "internal", words, code=f"session.{reason.replace('-', '_')}")
        self.reason = reason


def get(pointer: str, otherwise: Any = None) -> Any:
    """The value at a JSON Pointer such as ``/cart/items``, or ``otherwise`` where there is none."""
    try:
        text = _host.get(pointer)
    except Said as said:
        raise SessionError(said.tag, said.value) from None
    return otherwise if text is None else parse(text)
