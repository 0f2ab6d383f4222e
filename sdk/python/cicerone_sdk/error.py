"""Why a tool has no answer, in words that a flow can branch on. It never carries a stack trace or other insides."""

from __future__ import annotations

from typing import Any

KINDS = (
    "invalid-input",
    "not-found",
    "unauthenticated",
    "forbidden",
    "conflict",
    "rate-limited",
    "unavailable",
    "internal",
)


class ToolError(Exception):
    """Raise it: ``raise ToolError.not_found("no such order", code="order.unknown")``.

    ``rate-limited`` and ``unavailable`` are taken as passing, the others as lasting, unless ``retryable`` says otherwise.
    """

    def __init__(
        self,
        kind: str,
        message: object,
        *,
        code: str | None = None,
        retryable: bool | None = None,
        retry_after_ms: int | None = None,
        details: Any = None,
    ) -> None:
        if kind not in KINDS:
            raise ValueError(f"no kind of error `{kind}`; there are {', '.join(KINDS)}")
        super().__init__(str(message))
        #: What sort of failure it was; one of ``KINDS``.
        self.kind = kind
        #: For people: a lower-case fragment that says what went wrong and, where possible, what to do.
        self.message = str(message)
        #: Short and stable, for branches in flows: ``card_declined``.
        self.code = code
        #: Whether the same call may succeed later; the host then tries again if the tool allows it.
        self.retryable = retryable
        if retryable is None:
            self.retryable = kind in ("rate-limited", "unavailable") or retry_after_ms is not None
        #: How long to wait before that.
        self.retry_after_ms = retry_after_ms
        #: Anything else worth telling, as JSON.
        self.details = details

    @classmethod
    def invalid_input(cls, message: object, **more: Any) -> ToolError:
        """The arguments make no sense together, though they fit the schema."""
        return ToolError("invalid-input", message, **more)

    @classmethod
    def not_found(cls, message: object, **more: Any) -> ToolError:
        """There is no such thing."""
        return ToolError("not-found", message, **more)

    @classmethod
    def unauthenticated(cls, message: object, **more: Any) -> ToolError:
        """The tool could not say who it is."""
        return ToolError("unauthenticated", message, **more)

    @classmethod
    def forbidden(cls, message: object, **more: Any) -> ToolError:
        """The tool, or the person, may not do this."""
        return ToolError("forbidden", message, **more)

    @classmethod
    def conflict(cls, message: object, **more: Any) -> ToolError:
        """Somebody else was first, or the thing is in another state."""
        return ToolError("conflict", message, **more)

    @classmethod
    def rate_limited(cls, message: object, **more: Any) -> ToolError:
        """Too many calls."""
        return ToolError("rate-limited", message, **more)

    @classmethod
    def unavailable(cls, message: object, **more: Any) -> ToolError:
        """Something the tool needs is away."""
        return ToolError("unavailable", message, **more)

    @classmethod
    def internal(cls, message: object, **more: Any) -> ToolError:
        """The tool is at fault."""
        return ToolError("internal", message, **more)
