"""Runs tools in plain Python, in plain tests, on a host in memory. There is one such host; making another empties it."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from . import classify as _classify
from ._host import IN_COMPONENT, Said
from ._host import memory as _memory
from .context import Context
from .error import ToolError
from .tool import Plugin, run

if IN_COMPONENT:
    raise ImportError("`cicerone_sdk.test` is for tests; a component cannot contain it")


class Host:
    """The host of the tests. ``http`` gets each request and gives ``(status, body)``, or the name of a failure such as
    ``"timeout"``; without it, every request is denied."""

    def __init__(
        self,
        *,
        now_ms: int = 0,
        config: dict[str, str] | None = None,
        session: Any = None,
        secrets: dict[str, str] | None = None,
        http: Callable[[Any], Any] | None = None,
    ) -> None:
        self._memory = memory = _memory.Memory()
        memory.now_ms = now_ms
        memory.config = dict(config or {})
        memory.session = {} if session is None else session
        memory.secrets = dict(secrets or {})
        memory.answer = http
        _memory.here.memory = memory

    def pass_time(self, ms: int) -> None:
        """Moves the clock on."""
        self._memory.now_ms += ms

    def cancel(self) -> None:
        """From now on nobody waits for the answer."""
        self._memory.cancelled = True

    def fail_kv(self, reason: str | None = None, detail: object = None) -> None:
        """From now on every use of ``kv`` fails like this; without a reason it works again."""
        self._memory.kv_failure = Said(reason, detail) if reason else None

    @property
    def lines(self) -> list[tuple[str, str, dict[str, str]]]:
        """What was logged so far: level, message, fields."""
        return self._memory.lines

    @property
    def sent(self) -> list[Any]:
        """The requests so far, each with ``method``, ``url``, ``headers`` and ``body``."""
        return self._memory.sent

    @property
    def progress(self) -> list[tuple[int | None, str]]:
        """What the chat client was told so far: percentage and words."""
        return self._memory.progress

    @property
    def events(self) -> list[tuple[str, Any]]:
        """What was published so far: topic and payload."""
        return self._memory.events


def call(plugin: Plugin, tool: str, args: Any = None, ctx: Context | None = None) -> Any:
    """Calls a tool as the host would, and gives its value. The schemas are the host's to check, not checked here."""
    return reply(plugin, tool, args, ctx).value


def reply(plugin: Plugin, tool: str, args: Any = None, ctx: Context | None = None) -> Any:
    """As ``call``, with ``value``, ``say`` and ``patch``. What a tool raises by mistake is raised on."""

    def raised(error: BaseException) -> None:
        raise error

    output = run(plugin, ctx or Context(), tool, json.dumps({} if args is None else args), raised)
    patch = {pointer: json.loads(value) for pointer, value in output.patch}
    return SimpleNamespace(value=json.loads(output.value), say=output.say, patch=patch)


def failure(plugin: Plugin, tool: str, args: Any = None, ctx: Context | None = None) -> ToolError:
    """Calls a tool that has no answer, and gives why."""
    try:
        value = call(plugin, tool, args, ctx)
    except ToolError as error:
        return error
    raise AssertionError(f"`{tool}` should fail, and answers {value!r}")


def classify(plugin: Plugin, text: str, **more: Any) -> list[_classify.Command]:
    """Asks a plugin about a text as the host would; ``more`` is what else there is in a ``classify.Request``. What it raises
    is raised on."""
    if plugin.classify is None:
        raise AssertionError(f"`{plugin.name}` has no `classify`")
    return list(plugin.classify(_classify.Request(text, **more)))
