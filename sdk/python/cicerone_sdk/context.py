"""What a tool is told about the call it answers. Plain data; nothing of it asks the host."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Context:
    """The call that a tool answers: the parameter of a tool that has this type gets it."""

    #: The same for every attempt at one call: the key that makes a repeated call harmless.
    call_id: str = "call-1"
    #: 1 for the first attempt.
    attempt: int = 1
    #: When the host gives up, in milliseconds since the Unix epoch.
    deadline_ms: int = 2**53 - 1
    #: The conversation.
    session_id: str = "session"
    #: The flow it runs.
    flow: str = "flow"
    #: The state that called.
    state: str = "State"
    #: The person's language, as BCP 47, where it is known.
    locale: str | None = None
    #: W3C trace context, to pass on in outgoing requests.
    traceparent: str | None = None
    #: What newer hosts tell besides.
    extra: dict[str, str] = field(default_factory=dict)
