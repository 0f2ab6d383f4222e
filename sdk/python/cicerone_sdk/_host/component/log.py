from wit_world.imports import log, types

from . import during


def emit(level: str, message: str, fields: list[tuple[str, str]]) -> None:
    during(log.emit, log.Level[level.upper()], message, [types.Field(key, value) for key, value in fields])
