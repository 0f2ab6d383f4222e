"""From type hints to JSON Schema 2020-12, and from JSON to what the hints say. It does not check what the schema says: the
host has done that before the tool runs."""

from __future__ import annotations

import inspect
import re
import textwrap
import types
import typing
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from .error import ToolError
from .jsontext import camel, plain


@dataclass(frozen=True)
class Field:
    """More of a value than its type: ``Annotated[int, Field(minimum=1, description="How many guests.")]``.

    A plain text in ``Annotated`` is its description.
    """

    description: str | None = None
    title: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    format: str | None = None
    min_items: int | None = None
    max_items: int | None = None

    def keywords(self) -> dict[str, Any]:
        """As JSON Schema spells them."""
        named = ((camel(field.name), getattr(self, field.name)) for field in fields(self))
        return {name: value for name, value in named if value is not None}


_SIMPLE = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def of(hint: Any, where: str) -> dict[str, Any]:
    """The schema of a type; ``where`` says whose, should it have none."""
    if hint is Any or hint is object:
        return {}
    if hint is None:
        hint = type(None)
    if isinstance(hint, type) and hint in _SIMPLE:
        return {"type": _SIMPLE[hint]}
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        schema = of(args[0], where)
        for note in args[1:]:
            schema |= {"description": note} if isinstance(note, str) else note.keywords() if isinstance(note, Field) else {}
        return schema
    if origin is Literal:
        values = [plain(value, where) for value in args]
        texts = {"type": "string"} if all(isinstance(value, str) for value in values) else {}
        return texts | {"enum": values}
    if origin in (Union, types.UnionType):
        return {"anyOf": [of(arg, where) for arg in args]}
    if hint is list or origin is list:
        return {"type": "array"} | ({"items": of(args[0], where)} if args else {})
    if hint is dict or origin is dict:
        return {"type": "object"} | ({"additionalProperties": of(args[1], where)} if args else {})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"type": "string", "enum": [member.value for member in hint]}
    if is_dataclass(hint):
        return _of_dataclass(hint)
    if typing.is_typeddict(hint):
        hints = get_type_hints(hint, include_extras=True)
        properties = {name: of(part, f"`{name}` of {hint.__name__}") for name, part in hints.items()}
        return _object(properties, [name for name in hints if name in hint.__required_keys__])
    raise TypeError(f"{where} is {hint!r}, for which there is no JSON Schema; see `cicerone_sdk.schema`")


def _of_dataclass(hint: type) -> dict[str, Any]:
    hints = get_type_hints(hint, include_extras=True)
    words = arguments_of(inspect.getdoc(hint) or "")
    properties, required = {}, []
    for field in fields(hint):
        name = camel(field.name)
        schema = of(_without_none(hints[field.name], field), f"`{field.name}` of {hint.__name__}")
        properties[name] = _described(schema, words.get(field.name))
        if field.default is MISSING and field.default_factory is MISSING:
            required.append(name)
    return _object(properties, required)


def _described(schema: dict[str, Any], words: str | None) -> dict[str, Any]:
    return schema | {"description": words} if words and "description" not in schema else schema


def _without_none(hint: Any, field: Any) -> Any:
    """What may be missing, and is `None` then, is missing in JSON, not `null`."""
    default = field.default
    args = get_args(hint)
    if default is None and get_origin(hint) in (Union, types.UnionType) and type(None) in args:
        return Union[tuple(arg for arg in args if arg is not type(None))]
    return hint


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def of_parameters(parameters: list[inspect.Parameter], hints: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    """The schema of arguments that come one by one."""
    properties, required = {}, []
    for parameter in parameters:
        name = camel(parameter.name)
        hint = _without_none(hints[parameter.name], parameter)
        properties[name] = _described(of(hint, f"the argument `{parameter.name}`"), words.get(parameter.name))
        if parameter.default is inspect.Parameter.empty:
            required.append(name)
        elif parameter.default is not None:
            properties[name] = properties[name] | {"default": plain(parameter.default, parameter.name)}
    return _object(properties, required)


def arguments_of(doc: str) -> dict[str, str]:
    """What a docstring says of each argument below ``Args:``, or of each field below ``Attributes:``."""
    found = re.search(r"^(?:Args|Arguments|Attributes):\n((?:[ \t]+.*\n?|\n)+)", doc + "\n", re.MULTILINE)
    if not found:
        return {}
    words: dict[str, str] = {}
    lines = textwrap.dedent(found.group(1)).splitlines()
    name = None
    for line in lines:
        begun = re.match(r"(\w+)\s*(?:\([^)]*\))?:\s*(.*)", line)
        if begun:
            name, words[begun.group(1)] = begun.group(1), begun.group(2)
        elif name is not None and line.startswith((" ", "\t")):
            words[name] += " " + line.strip()
    return words


def description_of(doc: str) -> str:
    """A docstring without what it says of arguments and results."""
    return re.split(r"^(?:Args|Arguments|Attributes|Returns|Raises):$", doc, maxsplit=1, flags=re.MULTILINE)[0].strip()


def build(hint: Any, value: Any, where: str) -> Any:
    """What the hint says, of JSON."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return build(args[0], value, where)
    if hint is int:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value):
            raise _unfit(value, "a whole number", where)
        return int(value)
    if hint is float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise _unfit(value, "a number", where)
        return float(value)
    if hint in (str, bool, type(None)):
        if not isinstance(value, hint):
            raise _unfit(value, _SIMPLE[hint], where)
        return value
    if origin in (Union, types.UnionType):
        return _build_one(args, value, where)
    if origin is list and isinstance(value, list):
        return [build(args[0], part, f"{where}/{at}") for at, part in enumerate(value)]
    if origin is dict and isinstance(value, dict):
        return {key: build(args[1], part, f"{where}/{key}") for key, part in value.items()}
    if isinstance(hint, type) and issubclass(hint, Enum):
        try:
            return hint(value)
        except ValueError:
            raise _unfit(value, f"a {hint.__name__}", where) from None
    if is_dataclass(hint) and isinstance(hint, type):
        return build_dataclass(hint, value, where)
    return value


def build_dataclass(hint: type, value: Any, where: str) -> Any:
    """An object of JSON as a dataclass."""
    if not isinstance(value, dict):
        raise _unfit(value, "an object", where)
    hints = get_type_hints(hint, include_extras=True)
    named = {camel(field.name): field for field in fields(hint)}
    given = {field.name: build(hints[field.name], value[name], f"{where}/{name}") for name, field in named.items() if name in value}
    try:
        return hint(**given)
    except TypeError as error:
        raise ToolError.invalid_input(f"the arguments do not fit: {error}") from None


def _build_one(hints: tuple[Any, ...], value: Any, where: str) -> Any:
    for hint in hints:
        try:
            return build(hint, value, where)
        except ToolError:
            continue
    raise _unfit(value, " or ".join(getattr(hint, "__name__", str(hint)) for hint in hints), where)


def _unfit(value: Any, wanted: str, where: str) -> ToolError:
    return ToolError.invalid_input(f"the arguments do not fit: {where or '/'} is {value!r}, and should be {wanted}")
