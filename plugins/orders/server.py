#!/usr/bin/env python3
"""The server of the example tools `orders`: Python's standard library and nothing else.

    export CICERONE_SECRET_ORDERS_KEY=$(openssl rand -hex 32)    # for the server and the host
    python3 plugins/orders/server.py [PORT]                      # 8707; 0 takes a free one

It shows what a server of tools has to do: check the signature, refuse what is old, answer a call that comes a second
time as it did the first, and say what went wrong in a form that the flow can read.
"""

import datetime
import hashlib
import hmac
import json
import os
import sys
import threading
import time
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BODY_MAX = 64 * 1024
SECONDS_MAX = 300
REMEMBERED_MAX = 10_000

lock = threading.Lock()
today = datetime.date.today()
orders = {
    "B-1042": {"item": "Your reading lamp", "state": "under way", "arrives": today + datetime.timedelta(days=2)},
    "B-1043": {"item": "Your tea pot", "state": "packed", "arrives": today + datetime.timedelta(days=4)},
    "A-7001": {"item": "Your notebook", "state": "delivered", "arrives": today - datetime.timedelta(days=1)},
}
answered = OrderedDict()


class Refused(Exception):
    """What the caller is told: a status, a code that a flow can compare, and words."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def find(args):
    order = orders.get(args["number"])
    if order is None:
        raise Refused(404, "order_not_found", f"there is no order {args['number']}")
    return order


def order_status(args):
    order = find(args)
    return {"item": order["item"], "state": order["state"], "arrives": order["arrives"].isoformat()}


def postpone_delivery(args):
    order = find(args)
    if order["state"] == "delivered":
        raise Refused(409, "already_delivered", "the order has arrived already")
    order["arrives"] += datetime.timedelta(days=args["days"])
    return {"arrives": order["arrives"].isoformat()}


tools = {"order-status": order_status, "postpone-delivery": postpone_delivery}


def check_signature(key, header, body):
    """`X-Cicerone-Signature: t=<unix seconds>,v1=<hex>`, over `<unix seconds>.<body>`."""
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    seconds, given = parts.get("t", ""), parts.get("v1", "")
    expected = hmac.new(key, seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise Refused(401, "bad_signature", "the signature is not ours")
    if not seconds.isdigit() or abs(time.time() - int(seconds)) > SECONDS_MAX:
        raise Refused(401, "old_signature", "the signature is too old; are the clocks right?")


def run(call):
    """One call, or the answer that it had when it came before."""
    tool = tools.get(call["tool"])
    if tool is None:
        raise Refused(404, "unknown_tool", f"there is no tool {call['tool']}")
    with lock:
        if call["tool_call_id"] in answered:
            return answered[call["tool_call_id"]]
        try:
            answer = (200, tool(call["args"]))
        except Refused as refused:
            answer = (refused.status, {"error": {"code": refused.code, "message": refused.message}})
        answered[call["tool_call_id"]] = answer
        if len(answered) > REMEMBERED_MAX:
            answered.popitem(last=False)
        return answer


class Handler(BaseHTTPRequestHandler):
    # Keeps the connection for the next call.
    protocol_version = "HTTP/1.1"
    # The head and the body of an answer go out at once.
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 60

    def do_POST(self):
        try:
            length = int(self.headers.get("Content-Length", ""))
            if self.path != "/tools" or not 0 < length <= BODY_MAX:
                self.close_connection = True
                raise Refused(400, "bad_request", "post a call of at most 64 KiB to /tools")
            body = self.rfile.read(length)
            check_signature(self.server.key, self.headers.get("X-Cicerone-Signature", ""), body)
            status, answer = run(json.loads(body))
        except Refused as refused:
            status, answer = refused.status, {"error": {"code": refused.code, "message": refused.message}}
        except (ValueError, KeyError, TypeError):
            status, answer = 400, {"error": {"code": "bad_request", "message": "that is no call"}}
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format, *args):
        """What people order is nobody's business."""


def main():
    key = os.environ.get("CICERONE_SECRET_ORDERS_KEY", "")
    if not key:
        sys.exit("set CICERONE_SECRET_ORDERS_KEY to a long random text, the same for this server and the host")
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8707
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.key = key.encode()
    print(f"listening on http://127.0.0.1:{server.server_address[1]}/tools", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
