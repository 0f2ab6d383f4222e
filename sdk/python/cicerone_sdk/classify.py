"""Understanding texts: what the host asks of a plugin that a flow names for it, and the commands in which it answers. A
plugin only chooses: the host refuses what cannot be taken at the moment, and checks every value.

Importing this is for plugins whose ``plugin.toml`` says ``classify = true`` in ``[build]``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

KINDS = ("intent", "set-slot", "correct-slot", "cancel", "none")


@dataclass(frozen=True)
class Slot:
    """A value that an intent has."""

    #: Unique in the intent.
    name: str
    #: As flows write it: ``integer``, ``date``, ``enum``, ``string``, ….
    kind: str = "string"
    #: Of an enum.
    values: list[str] = field(default_factory=list)
    #: Without it the intent does not hold.
    required: bool = False
    #: Whether the person was asked for it.
    asked: bool = False


@dataclass(frozen=True)
class Intent:
    """An intent that can be taken."""

    #: As the flow calls it.
    name: str
    #: In the flow's words.
    description: str | None = None
    #: What people say who mean it.
    examples: list[str] = field(default_factory=list)
    #: Its values; not those that are personal.
    slots: list[Slot] = field(default_factory=list)


@dataclass(frozen=True)
class Request:
    """One text, and what it can mean now."""

    #: As the person wrote it, with marks such as ``[phone-a]`` in place of what the flow calls personal.
    text: str
    #: The intents that the conversation can take now.
    intents: list[Intent] = field(default_factory=list)
    #: What the person was asked last, where the flow shows it.
    question: str | None = None
    #: What of the context the flow shows.
    context: dict[str, Any] = field(default_factory=dict)
    #: BCP 47.
    locale: str = "en-US"
    #: In the conversation's time zone: ``2026-11-22``.
    today: str = "1970-01-01"
    #: IANA name.
    time_zone: str = "UTC"
    #: When the host goes on without an answer, in milliseconds since the Unix epoch.
    deadline_ms: int = 2**53 - 1
    #: What newer hosts tell besides.
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Command:
    """One thing that a text asks for. An answer has at most 256 of them; none at all is ``none``."""

    #: One of ``KINDS``.
    kind: str
    #: The intent, or the slot.
    name: str | None = None
    #: Of a slot: anything that goes into JSON.
    value: Any = None
    #: Of a slot: where it stands.
    span: tuple[int, int] | None = None
    #: 0 to 1; of a slot that of the intent where none is given.
    confidence: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no kind of command `{self.kind}`; there are {', '.join(KINDS)}")

    @staticmethod
    def intent(name: str, confidence: float) -> Command:
        """The text means this intent, one of the request's; 0 to 1. One at most."""
        return Command("intent", name, confidence=confidence)

    @staticmethod
    def set(name: str, value: Any, *, span: tuple[int, int] | None = None, confidence: float | None = None) -> Command:
        """It gives this value for a slot of the intent. Text will do: the host reads what the slot holds, as in ``"next
        Friday"`` for a date. ``span`` is where it stands in the text, as ``re.Match.span()`` says it; one that does not
        lie there is left out."""
        return Command("set-slot", name, value, span, confidence)

    @staticmethod
    def correct(name: str, value: Any, *, span: tuple[int, int] | None = None, confidence: float | None = None) -> Command:
        """It takes back a slot's value and gives this one."""
        return Command("correct-slot", name, value, span, confidence)

    @staticmethod
    def cancel() -> Command:
        """It gives up what is being done. Alone."""
        return Command("cancel")

    @staticmethod
    def none(confidence: float = 0.0) -> Command:
        """It means none of the intents; how near the nearest was, 0 to 1. Alone."""
        return Command("none", confidence=confidence)
