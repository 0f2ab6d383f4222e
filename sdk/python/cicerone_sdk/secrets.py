"""Secrets stay in the host. A plugin gets an opaque placeholder that the host swaps for the value in outgoing requests, and
only for the hosts that the secret is bound to. Needs ``secrets`` in ``[capabilities]``."""

from __future__ import annotations

from collections.abc import Callable

from ._host import Said, host_of
from .error import ToolError

_host = host_of("secrets", 'secrets = [{ name = "…", hosts = ["…"] }]')


class SecretError(ToolError):
    """Why there is no secret: ``reason`` is ``not-granted`` or ``missing``."""

    def __init__(self, reason: str, name: str) -> None:
        missing = reason == "missing"
        words = f"the secret `{name}` is not granted; ask for it in `[capabilities]`"
        words = f"the operator has set no secret `{name}`" if missing else words
        kind = "unavailable" if missing else "forbidden"
        super().__init__(kind, words, code=f"secrets.{reason.replace('-', '_')}", retryable=False)
        self.reason = reason


def placeholder(name: str) -> str:
    """What stands for the secret in a request: ``f"Bearer {secrets.placeholder('api')}"``."""
    return _ask(_host.placeholder, name)


def reveal(name: str) -> str:
    """The secret itself, where ``plugin.toml`` says ``expose = true`` and the operator agrees."""
    return _ask(_host.reveal, name)


def _ask(question: Callable[[str], str], name: str) -> str:
    try:
        return question(name)
    except Said as said:
        raise SecretError(said.tag, name) from None
