"""The operator's settings from ``plugin.toml``. Never secrets."""

from __future__ import annotations

from typing import TypeVar

from ._host import host_of
from .error import ToolError

_host = host_of("config", "")

T = TypeVar("T", str, int, float, bool)


def get(key: str) -> str | None:
    """The setting ``key`` as it is written, if it is."""
    return _host.get(key)


def get_or(key: str, otherwise: T) -> T:
    """The setting ``key``, as whatever type ``otherwise`` has, which it is where nothing is written."""
    text = get(key)
    if text is None:
        return otherwise
    try:
        if isinstance(otherwise, bool):
            return {"true": True, "false": False}[text.strip()]  # type: ignore[return-value]
        return type(otherwise)(text)
    except (KeyError, ValueError):
        wanted = "neither `true` nor `false`" if isinstance(otherwise, bool) else f"no {type(otherwise).__name__}"
        words = f"the setting `{key}` cannot be `{text}`: it is {wanted}"
        raise ToolError.internal(words, code="config.invalid") from None
