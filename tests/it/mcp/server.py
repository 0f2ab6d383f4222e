"""An MCP server of the official package that does what the tests want: well, and badly.

    server.py FOLDER            over standard input and output
    server.py FOLDER --http     over streamable HTTP, on a port of its own, which it writes to FOLDER/port

What FOLDER has tells it more: `late` has the seconds after which it begins, `broken` has it end at once, `other` has it
describe its tools in another way. What happened is noted in FOLDER/notes, a line each.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(sys.argv[1])
# The package keeps the pipe for itself.
PIPE = os.dup(1)


def note(text):
    with open(FOLDER / "notes", "a") as notes:
        notes.write(text + "\n")


if (FOLDER / "broken").exists():
    sys.exit("no module named luck")
note(f"started {os.getpid()}")
if (FOLDER / "late").exists():
    time.sleep(float((FOLDER / "late").read_text()))

import mcp_types as types  # noqa: E402
from mcp.server import NotificationOptions, Server  # noqa: E402
from mcp.server.stdio import stdio_server  # noqa: E402


def tool(name, description, properties=None, **more):
    schema = {"type": "object", "properties": properties or {}}
    return types.Tool(name=name, description=description, input_schema=schema, **more)


async def list_tools(context, params):
    idempotent = types.ToolAnnotations(idempotent_hint=True)
    numbers = {"a": {"type": "integer"}, "b": {"type": "integer"}}
    total = {"type": "object", "required": ["sum"], "properties": {"sum": {"type": "integer"}}}
    other = (FOLDER / "other").exists()
    tools = [
        tool("add", "Adds otherwise." if other else "Adds.", numbers, output_schema=total, annotations=idempotent),
        tool("do", "Does what `what` says.", {"what": {"type": "string"}}),
        tool("again", "The same, and may be called again.", {"what": {"type": "string"}}, annotations=idempotent),
    ]
    if other:
        tools.append(tool("new", "Was not there before."))
    return types.ListToolsResult(tools=tools)


def text(said, **more):
    return types.CallToolResult(content=[types.TextContent(type="text", text=said)], **more)


async def call_tool(context, params):
    args = params.arguments or {}
    if params.name == "add":
        return text("the sum", structured_content={"sum": args["a"] + args["b"]})
    what = args.get("what", "")
    note(f"called {what}")
    match what:
        case "fail":
            code = {"code": "no_luck", "retryable": False}
            return text("No luck\x07 today.", structured_content=code, is_error=True)
        case "refuse":
            raise ValueError("not like this")
        case "die":
            os._exit(3)
        case "die-once":
            if not (FOLDER / "died").exists():
                (FOLDER / "died").touch()
                os._exit(3)
            return text("alive again")
        case "hang":
            try:
                await asyncio.sleep(3600)
            finally:
                note("given up")
        case "block":
            time.sleep(3600)
        case "junk":
            os.write(PIPE, b'{"jsonrpc": "2.0", oh no\n\xff\xfe\n')
            return text("after junk")
        case "huge":
            return text("x" * 300_000)
        case "flood":
            os.write(PIPE, b"x" * 50_000_000)
        case "change":
            (FOLDER / "other").touch()
            await context.session.send_tool_list_changed()
            return text("changed")
        case "ask":
            refused = []
            for ask in (elicit, roots, sample):
                try:
                    await ask(context.session)
                    refused.append("taken")
                except Exception as error:
                    refused.append(str(getattr(getattr(error, "error", None), "code", error)))
            return text(" ".join(refused))
        case "environment":
            return text(" ".join(sorted(os.environ)) + " " + os.environ.get("TOKEN", ""))
        case "child":
            child = subprocess.Popen(["sleep", "3600"], stdout=subprocess.DEVNULL)
            return text(f"{os.getpid()} {child.pid}")
        case "meta":
            return text(str(dict(params.meta or {})["cicerone/tool_call_id"]))
        case "structure":
            return text('{"a": [1, 2]}')
    return text(f"did {what}")


async def elicit(session):
    await session.elicit_form("Who?", {"type": "object", "properties": {}})


async def roots(session):
    await session.list_roots()


async def sample(session):
    await session.create_message([], max_tokens=1)


SERVER = Server("testing", version="1", on_list_tools=list_tools, on_call_tool=call_tool)


async def over_pipes():
    options = SERVER.create_initialization_options(NotificationOptions(tools_changed=True))
    async with stdio_server() as (reading, writing):
        await SERVER.run(reading, writing, options)


def over_http():
    import socket

    import uvicorn

    listener = socket.create_server(("127.0.0.1", int((FOLDER / "port").read_text() or "0") if (FOLDER / "port").exists() else 0))
    port = listener.getsockname()[1]
    (FOLDER / "port.new").write_text(str(port))
    (FOLDER / "port.new").rename(FOLDER / "port")
    app = SERVER.streamable_http_app()

    async def guarded(scope, receive, send):
        headers = dict(scope.get("headers", []))
        if scope["type"] == "http":
            note("proof " + headers.get(b"authorization", b"none").decode())
        await app(scope, receive, send)

    config = uvicorn.Config(guarded, log_level="warning", timeout_graceful_shutdown=1)
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


signal.signal(signal.SIGINT, signal.SIG_IGN)
if "--http" in sys.argv:
    over_http()
else:
    asyncio.run(over_pipes())
    note("ended")
