#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""A subscriber that mirrors a tree from the events it receives.

	mirror.py AGENT PORT LOG

POST /events takes events: what was created or changed it reads at AGENT, what
was removed it drops. A line for each goes to LOG. What it cannot read it does
not take (503). POST /read reads the whole tree, POST /refuse takes no events
until POST /accept, GET / is the mirror.
"""
import json
import sys
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

agent, port, log = sys.argv[1], int(sys.argv[2]), open(sys.argv[3], "a")
mirror = {}
refuses = False


def read(uri):
    """The resource, None if there is none; raises OSError where nobody answers."""
    try:
        with urllib.request.urlopen(agent + uri, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise


def links(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "@odata.id":
                yield inner
            else:
                yield from links(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from links(inner)


def read_all():
    todo, seen = ["/redfish/v1/"], set()
    while todo:
        uri = todo.pop().split("#")[0]
        if uri in seen or not uri.startswith("/redfish/v1/"):
            continue
        seen.add(uri)
        resource = read(uri)
        if resource is not None:
            mirror[uri] = resource
            todo.extend(links(resource))


def take(record):
    uri = record.get("OriginOfCondition", {}).get("@odata.id")
    key = record["MessageId"].rsplit(".", 1)[1]
    print(record["EventId"], key, uri, file=log, flush=True)
    if key == "ResourceRemoved":
        mirror.pop(uri, None)
    elif key in ("ResourceCreated", "ResourceChanged"):
        resource = read(uri)
        if resource is None:
            mirror.pop(uri, None)
        else:
            mirror[uri] = resource


class Handler(BaseHTTPRequestHandler):
    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, json.dumps(mirror).encode())

    def do_POST(self):
        global refuses
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/read":
            read_all()
        elif self.path in ("/refuse", "/accept"):
            refuses = self.path == "/refuse"
        elif refuses:
            return self.answer(503)
        else:
            try:
                for record in json.loads(body)["Events"]:
                    take(record)
            except OSError:
                return self.answer(503)
        self.answer(204)

    def log_message(self, *args):
        pass


HTTPServer(("127.0.0.1", port), Handler).serve_forever()
