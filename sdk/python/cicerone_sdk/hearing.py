"""The edge of the sandbox for texts: the records of ``cicerone:understanding`` to the SDK's types and back. It exists only in
components whose ``plugin.toml`` says that they understand texts."""

from __future__ import annotations

import json
import math
import random
import traceback
from typing import Any

from componentize_py_types import Err
from wit_world.exports import classify as wire

from . import log, runtime
from ._host.component import Call
from .classify import Command, Intent, Request, Slot
from .error import ToolError
from .jsontext import write
from .tool import Plugin


def classify_of(plugin: Any) -> type:
    """What the component exports as ``Classify``."""
    if not isinstance(plugin, Plugin) or not callable(plugin.classify):
        raise TypeError("plugin.toml says `classify = true`, but `plugin(…)` has no `classify`: name a function there")

    class Classify:
        def classify(self, ask: wire.Request) -> list[wire.Command]:
            with Call():
                return _answer(plugin, ask)

    return Classify


def _answer(plugin: Plugin, ask: wire.Request) -> list[wire.Command]:
    # What the picture holds would be the same in every call.
    random.seed(runtime.random(32))
    try:
        commands = plugin.classify(_request(ask))
        return [_wire(command, ask.text) for command in commands]
    except ToolError as error:
        raise Err(error.message) from None
    except BaseException as error:
        # What it says may have the text in it; where it happened has not.
        kind = type(error).__name__
        log.error("The plugin raised.", error=kind, at="".join(traceback.format_tb(error.__traceback__)))
        raise Err(f"the plugin raised {kind}") from None


def _request(ask: wire.Request) -> Request:
    return Request(
        ask.text,
        [Intent(one.name, one.description, list(one.examples), [_slot(slot) for slot in one.slots]) for one in ask.intents],
        ask.question,
        json.loads(ask.context),
        ask.locale,
        ask.today,
        ask.time_zone,
        ask.deadline_ms,
        {field.key: field.value for field in ask.extra},
    )


def _slot(slot: wire.Slot) -> Slot:
    return Slot(slot.name, slot.kind, list(slot.values), slot.required, slot.asked)


def _wire(command: Any, text: str) -> wire.Command:
    if not isinstance(command, Command):
        raise ToolError.internal(f"`classify` gave a {type(command).__name__}, which is no command")
    if command.kind == "intent":
        return wire.Command_Intent(wire.Chosen(command.name, _sure(command.confidence)))
    if command.kind == "set-slot":
        return wire.Command_SetSlot(_filled(command, text))
    if command.kind == "correct-slot":
        return wire.Command_CorrectSlot(_filled(command, text))
    if command.kind == "cancel":
        return wire.Command_Cancel()
    return wire.Command_None_(_sure(command.confidence))


def _filled(command: Command, text: str) -> wire.Filled:
    span, sure = None, command.confidence
    if command.span is not None:
        start, end = command.span
        if 0 <= start < end <= len(text):
            span = wire.Span(len(text[:start].encode()), len(text[:end].encode()))
    return wire.Filled(command.name, _json(command), span, None if sure is None else float(sure))


def _json(command: Command) -> str:
    """What JSON cannot say may be out of the text, so only the slot is told."""
    try:
        return write(command.value, "it")
    except ToolError:
        raise ToolError.internal(f"the value of `{command.name}` does not go into JSON") from None


def _sure(confidence: float | None) -> float:
    return math.nan if confidence is None else float(confidence)
