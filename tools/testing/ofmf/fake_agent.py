# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""An agent for the tests of ofmf-standin: a dict of resources over HTTP."""
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SUBSCRIPTION = "/redfish/v1/EventService/Subscriptions/SunfishServer"
METHODS = "/redfish/v1/AggregationService/ConnectionMethods/"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass    # the other side gave up, as some tests want


class Agent:
    """Serves self.tree, remembers requests, answers as self.hooks say."""

    def __init__(self, name):
        self.name = name
        self.method = METHODS + name
        self.tree = {self.method: {
            "@odata.id": self.method, "Id": name, "Name": name,
            "@odata.type": "#ConnectionMethod.v1_1_0.ConnectionMethod",
            "ConnectionMethodType": "Redfish"}}
        self.context = ""
        self.requests = []      # (method, path as sent, body)
        self.hooks = {}         # (method, path) -> function() -> (status, obj)
        self.server = Server(("127.0.0.1", 0), self._handler())
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.02,),
                         daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def add(self, uri, kind, **props):
        obj = {"@odata.id": uri, "@odata.type": "#%s.v1_0_0.%s" % (kind, kind),
               "Id": uri.split("/")[-1], "Name": kind + " of " + self.name}
        obj.update(props)
        self.tree[uri] = obj
        return obj

    def add_collection(self, uri, kind, members):
        self.tree[uri] = {
            "@odata.id": uri, "Name": kind + "s",
            "@odata.type": "#%sCollection.%sCollection" % (kind, kind),
            "Members": [{"@odata.id": uri + "/" + m} for m in members],
            "Members@odata.count": len(members)}

    def add_host(self, host):
        """A system with one adapter of two ports, and its chassis."""
        system = "/redfish/v1/Systems/" + host
        chassis = "/redfish/v1/Chassis/" + host
        self.add(system, "ComputerSystem",
                 FabricAdapters={"@odata.id": system + "/FabricAdapters"},
                 Memory={"@odata.id": system + "/Memory"},
                 Links={"Chassis": [{"@odata.id": chassis}]})
        self.add(chassis, "Chassis",
                 Links={"ComputerSystems": [{"@odata.id": system}]})
        self.add_collection(system + "/FabricAdapters", "FabricAdapter",
                            ["nic"])
        self.add_collection(system + "/Memory", "Memory", [])
        nic = system + "/FabricAdapters/nic"
        self.add(nic, "FabricAdapter", Ports={"@odata.id": nic + "/Ports"})
        self.add_collection(nic + "/Ports", "Port", ["1", "2"])
        for port in "12":
            self.add(nic + "/Ports/" + port, "Port", LinkStatus="LinkUp",
                     Metrics={"@odata.id": nic + "/Ports/%s/Metrics" % port})
            self.add(nic + "/Ports/%s/Metrics" % port, "PortMetrics",
                     RXBytes=1)
        return system

    def answer(self, method, path, body):
        path = "/" + path.lstrip("/")
        hook = self.hooks.get((method, path))
        if hook:
            return hook()
        if method == "PATCH" and path == SUBSCRIPTION:
            self.context = body["Context"]
            return 200, {}
        if method == "GET" and path in self.tree:
            return 200, self.tree[path]
        if method == "GET":
            return 404, {}
        if method == "POST":
            self.tree[body["@odata.id"]] = body
            return 200, body
        if method == "PATCH" and path in self.tree:
            self.tree[path].update(body)
            return 200, self.tree[path]
        if method == "DELETE" and path in self.tree:
            del self.tree[path]
            return 204, None
        return 404, {}

    def _handler(agent):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                size = int(self.headers.get("Content-Length") or 0)
                text = self.rfile.read(size)
                body = json.loads(text) if text else None
                # http.server collapses "//": the request line has it as it came
                path = self.requestline.split(" ")[1]
                agent.requests.append((self.command, path, body))
                status, obj = agent.answer(self.command, path, body)
                data = b"" if obj is None else json.dumps(obj).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = handle_any

            def log_message(self, *args):
                pass

        return Handler
