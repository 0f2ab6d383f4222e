"""An MCP server with two tools: notes about people, kept in a file of JSON lines. See README.md."""

import json
import os
from datetime import datetime, timezone
from pathlib import Path

from mcp.server import MCPServer
from pydantic import BaseModel

NOTES = Path(os.environ.get("NOTES", "notes.jsonl"))
SHOWN = 20

server = MCPServer("notes")


class Kept(BaseModel):
    number: int


class Note(BaseModel):
    number: int
    about: str
    text: str
    at: str


class Found(BaseModel):
    notes: list[Note]


def kept() -> list[Note]:
    lines = NOTES.read_text().splitlines() if NOTES.exists() else []
    return [Note(**json.loads(line)) for line in lines]


@server.tool()
def add_note(about: str, text: str) -> Kept:
    """Keeps a note about somebody, with the time."""
    at = datetime.now(timezone.utc).isoformat(timespec="seconds")
    note = Note(number=len(kept()) + 1, about=about, text=text, at=at)
    NOTES.parent.mkdir(parents=True, exist_ok=True)
    with NOTES.open("a") as file:
        file.write(note.model_dump_json() + "\n")
    return Kept(number=note.number)


@server.tool()
def find_notes(about: str = "", word: str = "") -> Found:
    """The newest notes about somebody, or all that have a word in them."""
    fits = [
        note
        for note in kept()
        if about.lower() in note.about.lower() and word.lower() in note.text.lower()
    ]
    return Found(notes=fits[: -SHOWN - 1 : -1])


if __name__ == "__main__":
    server.run("stdio")
