"""Lines for the host's log. The host bounds them and removes control characters; it never shows them to the person."""

from __future__ import annotations

from ._host import host_of

_host = host_of("log", "")

LEVELS = ("trace", "debug", "info", "warn", "error")


def info(message: str, **fields: object) -> None:
    """A constant message and the values that belong to it: ``log.info("Held a table.", seats=4)``."""
    emit("info", message, **fields)


def debug(message: str, **fields: object) -> None:
    """As ``info``, for whoever looks for a fault."""
    emit("debug", message, **fields)


def warn(message: str, **fields: object) -> None:
    """As ``info``, when something is odd and the tool coped."""
    emit("warn", message, **fields)


def error(message: str, **fields: object) -> None:
    """As ``info``, when somebody must act."""
    emit("error", message, **fields)


def emit(level: str, message: str, **fields: object) -> None:
    """A line of any level of ``LEVELS``."""
    _host.emit(level, message, [(key, str(value)) for key, value in fields.items()])
