"""Who stands behind the SDK's modules: in a component the contract's imports, in plain Python a host in memory."""

from __future__ import annotations

import importlib
from typing import Any

try:
    import wit_world  # noqa: F401  (the bindings, which only a component has)

    IN_COMPONENT = True
except ImportError:
    IN_COMPONENT = False


class Said(Exception):
    """What the host said instead of an answer."""

    def __init__(self, tag: str, value: object = None) -> None:
        super().__init__(tag, value)
        self.tag = tag
        self.value = value


class HttpSaid(Exception):
    """What the host said instead of a response."""

    def __init__(self, failure: str, message: str, sent: bool) -> None:
        super().__init__(failure, message, sent)
        self.failure = failure
        self.message = message
        self.sent = sent


def host_of(name: str, asked: str) -> Any:
    """The host's part ``name``; where it is not in the world, ``asked`` is the line that brings it there."""
    if not IN_COMPONENT:
        return importlib.import_module("cicerone_sdk._host.memory").parts[name]
    try:
        return importlib.import_module(f"cicerone_sdk._host.component.{name}")
    except ImportError as error:
        if not (error.name or "").startswith("wit_world") and "wit_world" not in str(error):
            raise
        words = f"`cicerone_sdk.{name}` needs a right: write `{asked}` below [capabilities] in plugin.toml"
        raise ImportError(words) from None
