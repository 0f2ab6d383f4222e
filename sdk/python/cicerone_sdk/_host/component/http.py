from __future__ import annotations

from componentize_py_types import Err
from wit_world.imports import http

from .. import HttpSaid
from . import during


def send(method: str, url: str, headers: list[tuple[str, str]], body: bytes | None, timeout_ms: int | None):
    try:
        answer = during(http.send, http.Request(method, url, headers, body, timeout_ms))
    except Err as error:
        said = error.value
        raise HttpSaid(said.kind.name.lower().replace("_", "-"), said.message, said.sent) from None
    return answer.status, answer.headers, answer.body
