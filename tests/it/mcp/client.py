"""An MCP client of the official package, against the host's `/mcp`: what it sees, as JSON, a line for each step.

    client.py URL MODE [changes]          MODE is `legacy` (sessions) or `auto` (the newest version);
                                          with `changes` it only waits until the tools are others
"""

import asyncio
import json
import sys

from mcp import Client, MCPError


def told(name, value):
    print(json.dumps({name: value}), flush=True)


def seen(result):
    texts = [block.text for block in result.content]
    return {"error": bool(result.is_error), "texts": texts, "data": result.structured_content}


async def names(client):
    return [tool.name for tool in (await client.list_tools(cache_mode="refresh")).tools]


async def hear():
    url, mode = sys.argv[1:3]
    heard = asyncio.Event()

    async def note(message):
        if getattr(message, "method", "") == "notifications/tools/list_changed":
            heard.set()

    async with Client(url, mode=mode, message_handler=note) as client:
        told("before", await names(client))
        if mode == "legacy":
            told("listening", True)
            await heard.wait()
        else:
            async with client.listen(tools_list_changed=True) as changes:
                told("listening", True)
                await anext(aiter(changes))
        told("after", await names(client))


async def main():
    url, mode = sys.argv[1:3]
    async with Client(url, mode=mode) as client:
        told("version", client.protocol_version)
        tools = (await client.list_tools()).tools
        told("tools", {tool.name: tool.model_dump(mode="json", by_alias=True) for tool in tools})
        told("done", seen(await client.call_tool("testing__add", {"a": 2, "b": 3})))
        told("failed", seen(await client.call_tool("testing__do", {"what": "fail"})))
        told("bad", seen(await client.call_tool("testing__add", {"a": "two"})))
        for name in ("testing__again", "nobody__knows"):
            try:
                told("hidden", seen(await client.call_tool(name, {})))
            except MCPError as error:
                told("hidden", error.error.code)
        begun = await client.call_tool("flow__echo", {})
        told("begun", seen(begun))
        id = begun.structured_content["session_id"]
        told("went on", seen(await client.call_tool("flow__echo", {"session_id": id, "text": "Ada"})))
        told("nothing said", seen(await client.call_tool("flow__echo", {"text": " "})))
        told("lost", seen(await client.call_tool("flow__echo", {"session_id": "nobody", "text": "Ada"})))
        hanging = asyncio.create_task(client.call_tool("testing__do", {"what": "hang"}))
        told("hanging", await asyncio.to_thread(sys.stdin.readline))
        hanging.cancel()
        try:
            await hanging
        except asyncio.CancelledError:
            told("cancelled", True)
            await asyncio.to_thread(sys.stdin.readline)


asyncio.run(hear() if len(sys.argv) > 3 else main())
