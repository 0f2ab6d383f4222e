"""The edge of the sandbox: the contract's records to the SDK's types and back. It exists only in components.

A component is a picture of an interpreter that has imported everything; nothing more can be imported later. So what Python
imports when it is first needed is needed here once.
"""

from __future__ import annotations

import json
import random
import sys
import traceback
from typing import Any

from componentize_py_types import Err
from wit_world.imports import types

from . import log, runtime
from ._host.component import Call, calling
from .context import Context
from .error import ToolError
from .jsontext import write
from .tool import Output, Plugin, Tool, run

for _encoding in ("utf-8", "ascii", "latin-1", "utf-16", "utf-32", "idna", "punycode"):
    "a".encode(_encoding).decode(_encoding)
json.loads(json.dumps({"a": [1.5, None, "ä"]}))


def tools_of(plugin: Any, hears: bool = False) -> type:
    """What the component exports as ``Tools``; ``hears`` is whether it exports ``Classify`` too."""
    if not isinstance(plugin, Plugin):
        raise TypeError("src/main.py has no plugin: it should say `PLUGIN = plugin(…)`")
    if plugin.classify is not None and not hears:
        raise TypeError("it understands texts: write `classify = true` in [build] of plugin.toml")
    info = _describe(plugin)

    class Tools:
        def describe(self) -> types.PluginInfo:
            return info

        def call(self, ctx: types.CallContext, name: str, args: str) -> types.ToolOutput:
            with Call():
                return _call(plugin, ctx, name, args)

    return Tools


def _describe(plugin: Plugin) -> types.PluginInfo:
    tools = [_definition(tool) for tool in plugin.tools]
    return types.PluginInfo(plugin.name, plugin.version, plugin.description, tools, [])


def _definition(tool: Tool) -> types.ToolDef:
    effects = types.Effects(0)
    for effect in tool.effects:
        effects |= types.Effects[effect.upper().replace("-", "_")]
    given = None if tool.output is None else json.dumps(tool.output)
    taken = json.dumps(tool.input)
    return types.ToolDef(tool.name, tool.title, tool.description, taken, given, effects, tool.timeout_ms, [])


def _call(plugin: Plugin, ctx: types.CallContext, name: str, args: str) -> types.ToolOutput:
    # What the picture holds would be the same in every call.
    random.seed(runtime.random(32))
    try:
        return _wire(run(plugin, _context(ctx), name, args, _tell))
    except ToolError as error:
        raise Err(_failure(error)) from None


def _tell(error: BaseException) -> None:
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    log.error("The tool raised.", error=text)


def _context(ctx: types.CallContext) -> Context:
    return Context(
        ctx.call_id,
        ctx.attempt,
        ctx.deadline_ms,
        ctx.session_id,
        ctx.flow,
        ctx.state,
        ctx.locale,
        ctx.traceparent,
        {field.key: field.value for field in ctx.extra},
    )


def _wire(output: Output) -> types.ToolOutput:
    patch = [types.Field(pointer, value) for pointer, value in output.patch]
    return types.ToolOutput(output.value, patch, output.say, [])


def _failure(error: ToolError) -> types.ToolError:
    kind = types.ErrorKind[error.kind.upper().replace("-", "_")]
    details = None
    if error.details is not None:
        try:
            details = write(error.details, "the details")
        except ToolError:
            # The failure itself matters more than what was to go with it.
            details = None
    return types.ToolError(kind, error.code, error.message, bool(error.retryable), error.retry_after_ms, details)


class _Lines:
    """What is printed, as lines of the host's log; before there is a host, where it would go anyway."""

    encoding = "utf-8"

    def __init__(self, level: str, otherwise: Any) -> None:
        self._level = level
        self._otherwise = otherwise
        self._begun = ""

    def write(self, text: str) -> int:
        if not calling():
            return self._otherwise.write(text)
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            log.emit(self._level, line)
        return len(text)

    def flush(self) -> None:
        if not calling():
            self._otherwise.flush()

    def isatty(self) -> bool:
        return False


sys.stdout = _Lines("info", sys.stdout)
sys.stderr = _Lines("warn", sys.stderr)
