#!/usr/bin/env python3
"""The server that the example tool `lookup` asks: Python's standard library and nothing else.

    export CICERONE_SECRET_POSTCODES_KEY=$(openssl rand -hex 16)   # for the server and the host
    python3 plugins/lookup/server.py [PORT]                        # 8709; 0 takes a free one

It knows some postcodes, by `GET /<country>/<postcode>`, and answers whoever has the key.
"""

import hmac
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PLACES = {
    ("de", "10115"): ("Berlin", "Berlin", "52.5323", "13.3846"),
    ("de", "20095"): ("Hamburg", "Hamburg", "53.5511", "9.9937"),
    ("fr", "75001"): ("Paris 1er Arrondissement", "Île-de-France", "48.8592", "2.3417"),
    ("gb", "sw1a1aa"): ("London", "England", "51.5010", "-0.1416"),
    ("pt", "1100148"): ("Lisboa", "Lisboa", "38.7107", "-9.1365"),
}


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        given = self.headers.get("x-api-key", "")
        if not hmac.compare_digest(given.encode(), self.server.key.encode()):
            return self.answer(401, {"error": "no such key"})
        found = PLACES.get(tuple(self.path.strip("/").lower().split("/")))
        if found is None:
            return self.answer(404, {})
        name, state, latitude, longitude = found
        place = {"place name": name, "state": state, "latitude": latitude, "longitude": longitude}
        return self.answer(200, {"places": [place]})

    def answer(self, status, value):
        body = json.dumps(value, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Says nothing about each request."""


def main():
    key = os.environ.get("CICERONE_SECRET_POSTCODES_KEY")
    if not key:
        sys.exit("set CICERONE_SECRET_POSTCODES_KEY, the same as the host's")
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8709
    server = ThreadingHTTPServer(("127.0.0.1", port), Server)
    server.key = key
    print(f"listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
