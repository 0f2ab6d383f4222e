"""A plugin and its tools as data, and how a call finds its function. Everything here is the same in plain Python and in the
sandbox; only the edge in ``component`` is not."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

from . import schema
from .context import Context
from .error import ToolError
from .jsontext import camel, parse, write
from .reply import Reply

EFFECTS = ("read-only", "idempotent", "destructive", "open-world")


@dataclass(frozen=True)
class Tool:
    """One tool; made by ``tool``. Calling it calls the function."""

    #: Unique in the plugin: ``check-availability``.
    name: str
    #: A name for people.
    title: str | None
    #: What people and language models read.
    description: str
    #: What it does to the world. Hints for people, flows and models; never a right.
    effects: tuple[str, ...]
    #: How long a call may take, if the tool has a wish.
    timeout_ms: int | None
    #: JSON Schema of the arguments.
    input: dict[str, Any]
    #: JSON Schema of the value.
    output: dict[str, Any] | None
    #: What runs.
    function: Callable[..., Any]
    _arguments: Callable[[dict[str, Any], Context], dict[str, Any]]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)


@dataclass(frozen=True)
class Plugin:
    """What a plugin offers; made by ``plugin``."""

    name: str
    version: str
    description: str
    tools: tuple[Tool, ...]
    #: What understands texts, if it does.
    classify: Callable[[Any], Sequence[Any]] | None = None


@dataclass(frozen=True)
class Output:
    """An answer as it leaves the sandbox: all JSON is text."""

    value: str
    say: list[str]
    patch: list[tuple[str, str]]


def plugin(
    *,
    name: str,
    version: str,
    description: str,
    tools: Sequence[Tool],
    classify: Callable[[Any], Sequence[Any]] | None = None,
) -> Plugin:
    """Makes the plugin: what the module ``main`` calls ``PLUGIN``.

    ``classify`` is what understands texts, in a plugin that flows name for it: from a ``classify.Request`` to a list of
    ``classify.Command``. ``plugin.toml`` then says ``classify = true`` in ``[build]``. A ``ToolError`` is no answer, and the
    host's own holds; its message goes into the operator's log, so no word of the text belongs in it.
    """
    for one in tools:
        if not isinstance(one, Tool):
            raise TypeError(f"`{getattr(one, '__name__', one)}` is no tool; write `@tool` above it")
    if inspect.iscoroutinefunction(classify):
        raise TypeError("`classify` is `async`; a sandbox runs one call to its end, so write it without")
    return Plugin(name, version, description, tuple(tools), classify)


def tool(
    function: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    title: str | None = None,
    description: str | None = None,
    effects: Sequence[str] = (),
    timeout_ms: int | None = None,
) -> Any:
    """Turns a function into a tool. Its docstring is the description that people and language models read.

    Its arguments are what its parameters say: each with a type hint, or all in one dataclass. A parameter of type
    ``Context`` gets the call's. Names are spelled in camel case (``party_size`` is ``partySize``); the tool's own is the
    function's in kebab case, unless ``name`` says otherwise.
    """
    unknown = [effect for effect in effects if effect not in EFFECTS]
    if unknown:
        raise ValueError(f"no effect `{unknown[0]}`; there are {', '.join(EFFECTS)}")

    def made(function: Callable[..., Any]) -> Tool:
        called = name or function.__name__.strip("_").replace("_", "-")
        doc = inspect.getdoc(function) or ""
        said = description or schema.description_of(doc)
        if not said:
            raise TypeError(f"the tool `{called}` says nothing of itself; give it a docstring")
        if inspect.iscoroutinefunction(function):
            raise TypeError(f"the tool `{called}` is `async`; a sandbox runs one call to its end, so write it without")
        hints = get_type_hints(function, include_extras=True)
        taken, arguments = _arguments(function, hints, schema.arguments_of(doc))
        given = _result(hints, called)
        return Tool(called, title, said, tuple(effects), timeout_ms, taken, given, function, arguments)

    return made if function is None else made(function)


def _arguments(function: Callable[..., Any], hints: dict[str, Any], words: dict[str, str]) -> Any:
    contexts, parameters = [], []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name not in hints:
            raise TypeError(f"the parameter `{parameter.name}` of `{function.__name__}` needs a type hint")
        (contexts if hints[parameter.name] is Context else parameters).append(parameter)

    def with_context(values: dict[str, Any], ctx: Context) -> dict[str, Any]:
        return values | {parameter.name: ctx for parameter in contexts}

    if len(parameters) == 1 and is_dataclass(hints[parameters[0].name]):
        name, whole = parameters[0].name, hints[parameters[0].name]
        return schema.of(whole, name), lambda args, ctx: with_context({name: schema.build_dataclass(whole, args, "")}, ctx)

    def one_by_one(args: dict[str, Any], ctx: Context) -> dict[str, Any]:
        values = {}
        for parameter in parameters:
            key = camel(parameter.name)
            if key in args:
                values[parameter.name] = schema.build(hints[parameter.name], args[key], f"/{key}")
            elif parameter.default is inspect.Parameter.empty:
                raise ToolError.invalid_input(f"the arguments do not fit: `{key}` is missing")
        return with_context(values, ctx)

    return schema.of_parameters(parameters, hints, words), one_by_one


def _result(hints: dict[str, Any], called: str) -> dict[str, Any] | None:
    if "return" not in hints:
        return None
    hint = hints["return"]
    if hint is Reply:
        return None
    if get_origin(hint) is Reply:
        hint = get_args(hint)[0]
    return schema.of(hint, f"the result of `{called}`")


def run(plugin: Plugin, ctx: Context, name: str, args: str, raised: Callable[[BaseException], None]) -> Output:
    """Runs the tool ``name``. Whatever it raises comes out as a ``ToolError``; ``raised`` hears of what was none."""
    found = next((tool for tool in plugin.tools if tool.name == name), None)
    if found is None:
        raise ToolError.not_found(f"no tool `{name}` in plugin `{plugin.name}`")
    try:
        answer = found.function(**found._arguments(parse(args), ctx))
        reply = answer if isinstance(answer, Reply) else Reply(answer)
        patch = [(pointer, write(value, f"the patch of {pointer}")) for pointer, value in reply.patches]
        return Output(write(reply.value, "the result"), list(reply.says), patch)
    except ToolError:
        raise
    except BaseException as error:
        raised(error)
        words = f"the tool raised {type(error).__name__}: {error}"
        raise ToolError.internal(words, code="exception") from error
