"""The contract's imports, in the SDK's words. A component is built by importing its modules once and keeping what they have
made; the host is there only later."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from componentize_py_types import Err

from .. import Said

_calls = 0


def calling() -> bool:
    """Whether a tool runs now."""
    return _calls > 0


class Call:
    """A call, while which the host is there."""

    def __enter__(self) -> None:
        global _calls
        _calls += 1

    def __exit__(self, *_: object) -> None:
        global _calls
        _calls -= 1


def during(question: Callable[..., Any], *args: Any) -> Any:
    """Asks the host, if it is there."""
    if _calls > 0:
        return question(*args)
    raise RuntimeError("the host can be asked only while a tool runs: move this from the top of the module into the tool")


def ask(question: Callable[..., Any], *args: Any) -> Any:
    """The same, where the host may say no."""
    try:
        return during(question, *args)
    except Err as error:
        # A case of a variant is a class of its own: `KvError_TooLarge`.
        case = type(error.value).__name__.split("_")[-1]
        tag = re.sub(r"(?<!^)(?=[A-Z])", "-", case).lower()
        raise Said(tag, getattr(error.value, "value", None)) from None
