"""What a tool answers: a value, and with it, if it wants, words for the person and changes to the context."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Reply(Generic[T]):
    """A value with more to it: ``Reply(42).say("The answer is here.").patch("/answer", 42)``.

    A tool that has only a value returns that value itself.
    """

    def __init__(self, value: T) -> None:
        self.value = value
        #: What the host says to the person, in this order.
        self.says: list[str] = []
        #: Wished-for changes to the conversation's context: JSON Pointer and value.
        self.patches: list[tuple[str, Any]] = []

    def say(self, text: str) -> Reply[T]:
        """Has the host say this to the person, after what was added before."""
        self.says.append(text)
        return self

    def patch(self, pointer: str, value: Any) -> Reply[T]:
        """Wishes for a value in the conversation's context; the host grants only the paths in ``plugin.toml``."""
        self.patches.append((pointer, value))
        return self
