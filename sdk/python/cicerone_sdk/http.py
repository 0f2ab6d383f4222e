"""Requests to the hosts that ``plugin.toml`` asks for and the operator grants. The host looks at names, addresses and sizes,
puts secrets in place of their placeholders, and waits meanwhile. Needs ``[[capabilities.http]]``."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from ._host import HttpSaid, host_of
from .error import ToolError
from .jsontext import parse, write

_host = host_of("http", '[[capabilities.http]] with hosts = ["https://…"]')

_KINDS = {
    "denied": "forbidden",
    "invalid-request": "internal",
    "too-large": "internal",
    "quota": "rate-limited",
}


class HttpError(ToolError):
    """There is no response. A status such as 404 is one, and not raised.

    ``failure`` is ``denied``, ``invalid-request``, ``timeout``, ``dns``, ``connect``, ``tls``, ``too-large``, ``quota`` or
    ``protocol``; ``sent`` says whether the other side may have got the request.
    """

    def __init__(self, failure: str, message: str, sent: bool) -> None:
        super().__init__(_KINDS.get(failure, "unavailable"), message, code=f"http.{failure.replace('-', '_')}")
        self.failure = failure
        self.sent = sent


class Response:
    """What the other side answered."""

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status = status
        #: Names in lower case; of a name that comes twice, the values are joined with a comma.
        self.headers: dict[str, str] = {}
        for name, value in headers:
            held = self.headers.get(name.lower())
            self.headers[name.lower()] = value if held is None else f"{held}, {value}"
        self.body = body

    @property
    def ok(self) -> bool:
        """Whether the status is a success."""
        return 200 <= self.status < 300

    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")

    def json(self) -> Any:
        """The body as JSON."""
        return parse(self.text())


def send(
    method: str, url: str, *, headers: dict[str, str] | None = None, body: Any = None, timeout_ms: int | None = None
) -> Response:
    """Sends a request and waits for the whole response. A body is bytes or text; anything else goes as JSON."""
    named = list((headers or {}).items())
    content, kind = _encoded(body)
    if kind and not any(name.lower() == "content-type" for name, _ in named):
        named.append(("content-type", kind))
    try:
        return Response(*_host.send(method, url, named, content, timeout_ms))
    except HttpSaid as said:
        raise HttpError(said.failure, said.message, said.sent) from None


def get(url: str, **more: Any) -> Response:
    """``GET``."""
    return send("GET", url, **more)


def post(url: str, body: Any, **more: Any) -> Response:
    """``POST``."""
    return send("POST", url, body=body, **more)


def query(url: str, **values: object) -> str:
    """``url`` with a query: names and values are escaped, ``None`` is left out."""
    text = urlencode({name: value for name, value in values.items() if value is not None})
    return f"{url}{'&' if '?' in url else '?'}{text}" if text else url


def _encoded(body: Any) -> tuple[bytes | None, str | None]:
    if body is None or isinstance(body, bytes):
        return body, None
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=utf-8"
    return write(body, "the body").encode(), "application/json"
