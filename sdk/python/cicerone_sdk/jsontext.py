"""JSON as every guest speaks it: whole numbers that a float cannot hold exactly are errors, and so is what is no JSON."""

from __future__ import annotations

import json
import math
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from .error import ToolError

_LARGEST = 2**53 - 1
_HINT = "flows hold whole numbers up to 2^53 - 1 exactly; let it travel as a string"


def parse(text: str) -> Any:
    """Reads JSON text."""
    return json.loads(text, parse_int=_whole)


def _whole(digits: str) -> int:
    number = int(digits) if len(digits) < 20 else _LARGEST + 1
    if abs(number) <= _LARGEST:
        return number
    raise ToolError.invalid_input(f"the number {digits[:40]} is too large: {_HINT}", code="number.too_large")


def write(value: Any, what: str) -> str:
    """Writes JSON text; ``what`` says what is written, should it be no JSON."""
    return json.dumps(plain(value, what), ensure_ascii=False, separators=(",", ":"))


def plain(value: Any, what: str) -> Any:
    """Dataclasses, enums and tuples as what JSON has in their place."""
    if value is None or isinstance(value, (str, bool)) and not isinstance(value, Enum):
        return value
    if isinstance(value, Enum):
        return plain(value.value, what)
    if isinstance(value, int):
        if abs(value) > _LARGEST:
            raise ToolError.internal(f"{what} is {value}: {_HINT}", code="number.too_large")
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ToolError.internal(f"{what} is {value}, which JSON cannot say", code="number.not_finite")
        return value
    if is_dataclass(value) and not isinstance(value, type):
        named = ((camel(field.name), getattr(value, field.name)) for field in fields(value))
        return {name: plain(part, f"`{name}` of {what}") for name, part in named if part is not None}
    if isinstance(value, dict):
        return {_key(key, what): plain(part, f"`{key}` of {what}") for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part, f"a part of {what}") for part in value]
    raise ToolError.internal(f"{what} is a {type(value).__name__}, which JSON cannot say")


def _key(key: Any, what: str) -> str:
    if isinstance(key, Enum):
        key = key.value
    if isinstance(key, str):
        return key
    raise ToolError.internal(f"{what} has the key {key!r}; JSON has texts only")


def camel(name: str) -> str:
    """``party_size`` as flows spell it: ``partySize``."""
    first, *rest = name.strip("_").split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)
