# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Tests of ofmf-standin, one for each row of behaviour; run by test.sh."""
import datetime
import http.client
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time

import recording
from fake_agent import METHODS, SUBSCRIPTION, Agent

ROOT = "/redfish/v1"
SOURCES = ROOT + "/AggregationService/AggregationSources"
CLOSED = "closed"
WRAP = shlex.split(os.environ.get("WRAP") or "")
TESTS = []


def test(*options):
    def note(func):
        TESTS.append((func, options))
        return func
    return note


def check(have, want):
    if have != want:
        raise AssertionError("%r, not %r" % (have, want))


class Standin:
    def __init__(self, *options, port=0):
        self.lines = []
        self.proc = subprocess.Popen(
            WRAP + [os.environ["STANDIN"], "--listen", "127.0.0.1:%d" % port,
                    *options], stdout=subprocess.PIPE, text=True)
        line = self.proc.stdout.readline()
        self.port = int(re.search(r"listening on .*:(\d+)", line).group(1))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.proc.stdout:
            self.lines.append(line.rstrip("\n"))

    def line(self, part):
        for _ in range(100):
            for line in self.lines:
                if part in line:
                    return line
            time.sleep(0.02)
        raise AssertionError("no line with %r in %r" % (part, self.lines))

    def stop(self):
        self.proc.send_signal(signal.SIGTERM)
        check(self.proc.wait(30), 0)

    def call(self, method, path, body=None, headers=None, raw=None):
        """(status, parsed body or text); (CLOSED, None) without reply."""
        conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        if headers is None and (body is not None or raw is not None):
            headers = {"Content-Type": "application/json"}
        data = raw if raw is not None else \
            None if body is None else json.dumps(body)
        try:
            conn.request(method, path, data, headers or {})
            resp = conn.getresponse()
            text = resp.read()
        except (http.client.RemoteDisconnected, ConnectionResetError):
            return CLOSED, None
        finally:
            conn.close()
        try:
            return resp.status, json.loads(text)
        except ValueError:
            return resp.status, text.decode()

    def get(self, path):
        return self.call("GET", path)

    def event(self, context, *records):
        return self.call("POST", "/EventListener", {
            "@odata.type": "#Event.v1_7_0.Event", "Id": "1", "Name": "e",
            "Context": context, "Events": list(records)})

    def register(self, agent):
        return self.event("", record(
            "AggregationSourceDiscovered", agent.method,
            MessageArgs=["Redfish", agent.url]))

    def upload(self, agent, uri):
        return self.event(agent.context, record("ResourceCreated", uri))

    def tree(self):
        return self.get("/standin/tree")[1]


def record(key, uri=None, registry="ResourceEvent.1.0", **more):
    rec = {"EventType": "Other", "EventId": "1", "MemberId": "0",
           "MessageId": registry + "." + key, "MessageArgs": []}
    if uri:
        rec["OriginOfCondition"] = {"@odata.id": uri}
    rec.update(more)
    return rec


def joined(s, name="a", host="h1"):
    agent = Agent(name)
    system = agent.add_host(host)
    check(s.register(agent), (200, []))
    check(s.upload(agent, system), (200, []))
    return agent, system


# A1: handshake

@test()
def registration(s):
    """registration: double slash GET, source stored, Context patched, 200 []"""
    a = Agent("host-1")
    check(s.register(a), (200, []))
    check([r[:2] for r in a.requests],
          [("GET", "/" + a.method), ("PATCH", SUBSCRIPTION)])
    check(a.requests[1][2], {"Context": a.context})
    status, src = s.get(SOURCES + "/" + a.context)
    check(status, 200)
    check((src["HostName"], src["Id"]), (a.url, a.context))
    check(src["Links"], {"ConnectionMethod": {"@odata.id": a.method},
                         "ResourcesAccessed": []})
    check("Name" in src, False)
    check(s.get(a.method)[1]["Id"], "host-1")
    check(s.get(SOURCES)[1]["Members@odata.count"], 1)
    s.line("Registered")


@test()
def registration_patch_status(s):
    """registration: the status of the PATCH is ignored"""
    a = Agent("a")
    a.hooks["PATCH", SUBSCRIPTION] = lambda: (500, {})
    check(s.register(a), (200, []))


@test()
def registration_faults(s):
    """registration: dead agent, no scheme, no method 500"""
    a = Agent("a")
    url, a.url = a.url, "http://127.0.0.1:1"
    check(s.register(a)[0], 500)
    a.url = url[len("http://"):]
    check(s.register(a)[0], 500)
    a.url = url + "/"
    method, a.method = a.method, a.method + "x"
    check(s.register(a)[0], 500)
    a.method = method
    check(s.register(a), (200, []))


@test()
def registration_again(s):
    """registration again: 409, nothing created, no PATCH"""
    a = Agent("a")
    s.register(a)
    seen = len(a.requests)
    check(s.register(a)[0], 409)
    check([r[0] for r in a.requests[seen:]], ["GET"])
    check(s.get(SOURCES)[1]["Members@odata.count"], 1)


# A2: upload

@test()
def upload(s):
    """upload: order of the crawl, Sunfish_RM, ResourcesAccessed"""
    a, system = joined(s)
    gets = [r[1] for r in a.requests[2:]]
    check(gets[:2], ["/" + system, system])
    check(gets[2], ROOT + "/Chassis/h1")
    check(sorted(gets[2:]), gets[2:])
    check(len(gets), 1 + len(a.tree) - 1)
    src = s.get(SOURCES + "/" + a.context)[1]
    check(sorted(src["Links"]["ResourcesAccessed"]),
          sorted(u for u in a.tree if u != a.method))
    port = s.get(system + "/FabricAdapters/nic/Ports/1")[1]
    check(port["Oem"]["Sunfish_RM"], {
        "@odata.type": "#SunfishExtensions.v1_0_0.ResourceExtensions",
        "BoundaryComponent": "owned",
        "ManagingAgent": {"@odata.id": SOURCES + "/" + a.context}})
    check(port["LinkStatus"], "LinkUp")
    check(s.get(ROOT + "/Systems")[1]["Members"], [{"@odata.id": system}])
    s.line("Created   %s/FabricAdapters/nic/Ports/1  Port \"Port of a\""
           % system)


@test()
def upload_again(s):
    """upload again: objects stay as they were, new children come"""
    a, system = joined(s)
    nic = system + "/FabricAdapters/nic"
    a.tree[nic + "/Ports/1"]["LinkStatus"] = "LinkDown"
    a.add(nic + "/Ports/3", "Port")
    a.add_collection(nic + "/Ports", "Port", ["1", "2", "3"])
    check(s.upload(a, system), (200, []))
    check(s.get(nic + "/Ports/1")[1]["LinkStatus"], "LinkUp")
    check(s.get(nic + "/Ports/3")[0], 200)
    check(s.get(nic + "/Ports")[1]["Members@odata.count"], 3)


@test()
def upload_rm_kept(s):
    """upload: BoundaryComponent kept, links in Sunfish_RM not followed"""
    a = Agent("a")
    a.add(ROOT + "/Systems/x", "ComputerSystem", Oem={"Sunfish_RM": {
        "BoundaryComponent": "mine", "X": {"@odata.id": ROOT + "/Nowhere/1"}}})
    s.register(a)
    check(s.upload(a, ROOT + "/Systems/x"), (200, []))
    check(ROOT + "/Nowhere/1" in [r[1] for r in a.requests], False)
    check(s.get(ROOT + "/Systems/x")[1]["Oem"]["Sunfish_RM"]
          ["BoundaryComponent"], "mine")


# A3: other events and errors

@test()
def no_effect(s):
    """ResourceChanged, ResourceRemoved: 200 without effect"""
    a, system = joined(s)
    port = system + "/FabricAdapters/nic/Ports/1"
    a.tree[port]["LinkStatus"] = "LinkDown"
    seen, tree = len(a.requests), s.tree()
    for key in ("ResourceChanged", "ResourceRemoved", "Whatever"):
        check(s.event(a.context, record(key, port)), (200, []))
    check((len(a.requests), s.tree()), (seen, tree))
    s.line("Ignored   " + port)


@test()
def unknown_origin(s):
    """unknown origin: connection closed without reply"""
    a, _ = joined(s)
    check(s.event(a.context, record("ResourceChanged", ROOT + "/Systems/no")),
          (CLOSED, None))
    check(s.event(a.context, record("StatusChange")), (200, []))


@test()
def bad_context(s):
    """Context empty, missing, unknown: 400 Attribute not found"""
    a, system = joined(s)
    for context in ("", "nobody", "../x", 7, None):
        status, text = s.event(context, record("ResourceCreated", system))
        check((status, text[:20]), (400, "Attribute not found:"))


@test()
def origin_faults(s):
    """origin 404 or without @odata.type: closed; agent dead: 500"""
    a, _ = joined(s)
    check(s.upload(a, ROOT + "/Systems/no"), (CLOSED, None))
    del a.add(ROOT + "/Systems/t", "ComputerSystem")["@odata.type"]
    check(s.upload(a, ROOT + "/Systems/t"), (CLOSED, None))
    a.close()
    check(s.upload(a, ROOT + "/Systems/t")[0], 500)


@test()
def object_faults(s):
    """no @odata.id, trailing slash, own services, clash, bad port: 500"""
    a, _ = joined(s)
    x = ROOT + "/Systems/x%d"
    cases = [
        lambda o: o.pop("@odata.id"),
        lambda o: o.update({"@odata.id": o["@odata.id"] + "/"}),
        lambda o: o.update({"L": {"@odata.id": ROOT + "/EventService"}}),
        lambda o: o.update({"L": {"@odata.id": ROOT + "/"}}),
        lambda o: o.update({"PortProtocol": "InfiniBand", "Oem": {
            "Sunfish_RM": {"BoundaryComponent": "BoundaryPort"}}}),
    ]
    a.add(ROOT + "/EventService", "EventService")
    a.add(ROOT + "/", "ServiceRoot")
    for i, case in enumerate(cases):
        case(a.add(x % i, "ComputerSystem"))
        check(s.upload(a, x % i)[0], 500)
    src = s.get(SOURCES + "/" + a.context)[1]
    check(x % 2 in src["Links"]["ResourcesAccessed"], False)


@test()
def bad_bodies(s):
    """Events missing or empty 500; bad JSON, no Content-Type, deep: 400"""
    post = lambda **kw: s.call("POST", "/EventListener", **kw)[0]
    check(post(body={}), 500)
    check(post(body={"Events": []}), 500)
    check(post(body=[1]), 500)
    check(post(body={"Events": [1, None]}), 500)
    check(post(body={"Events": [{"MessageId": 3}]}), 500)
    check(post(raw="{"), 400)
    check(post(raw=""), 400)
    check(post(raw="[" * 5000), 400)
    check(post(raw=b"\xff\x00{}"), 400)
    check(post(raw="{}", headers={"Content-Type": "text/plain"}), 400)
    check(post(raw='"' + "x" * (1 << 20) + '"'), 413)
    check(s.get(ROOT + "/")[0], 200)


@test()
def slow_agent(s):
    """a slow agent holds only its own request"""
    a = Agent("a")
    go = threading.Event()

    def slow():
        go.wait(20)
        return 200, a.tree[a.method]

    a.hooks["GET", a.method] = slow
    out = []
    t = threading.Thread(target=lambda: out.append(s.register(a)))
    t.start()
    check(s.get(ROOT + "/")[0], 200)
    check(s.register(Agent("b")), (200, []))
    check(out, [])
    go.set()
    t.join()
    check(out, [(200, [])])


@test("--callback-timeout", "300")
def callback_timeout(s):
    """--callback-timeout: a silent agent costs a 500"""
    a = Agent("a")
    a.hooks["GET", a.method] = lambda: (time.sleep(2), (200, {}))[1]
    check(s.register(a)[0], 500)


@test()
def several_records(s):
    """several records in one POST are handled in order"""
    a = Agent("a")
    one, two = a.add_host("h1"), a.add_host("h2")
    s.register(a)
    check(s.event(a.context, record("ResourceCreated", one),
                  record("ResourceCreated", two)), (200, []))
    check((s.get(one)[0], s.get(two)[0]), (200, 200))


# A4, A7: restart, loss, moves, reset, detach-edit-attach

@test()
def reset(s):
    """ResetResources: 204, then ResourceCreated gets 400"""
    a, system = joined(s)
    check(s.call("POST", "/ResetResources"), (204, ""))
    check(s.get(system)[0], 404)
    check(s.upload(a, system)[0], 400)
    check(s.register(a), (200, []))


@test()
def lose(s):
    """/standin/lose: out of the collection; POST enters it again, once"""
    _, system = joined(s)
    members = lambda: s.get("/redfish/v1/Systems")[1]["Members"]
    check(s.call("POST", "/standin/lose" + system)[0], 204)
    check((members(), s.get(system)[0]), ([], 200))
    copy = s.get(system)[1]
    check(s.call("POST", "/redfish/v1/Systems", copy)[0], 200)
    check(members(), [{"@odata.id": system}])
    check(s.call("POST", "/redfish/v1/Systems", copy)[0], 409)


@test()
def move(s):
    """PATCH HostName of an AggregationSource: 200 and used"""
    a, system = joined(s)
    b = Agent("b")
    b.add(ROOT + "/Systems/moved", "ComputerSystem")
    check(s.call("PATCH", SOURCES + "/" + a.context,
                 {"HostName": b.url})[0], 200)
    b.context = a.context
    check(s.upload(b, ROOT + "/Systems/moved"), (200, []))


@test()
def detach_edit_attach(s):
    """detach, edit, attach: edits stay here, then uploads work again"""
    a, system = joined(s)
    port = system + "/FabricAdapters/nic/Ports/1"
    source = s.get(SOURCES + "/" + a.context)[1]
    check(s.call("DELETE", SOURCES + "/" + a.context)[0], 200)
    seen = len(a.requests)
    check(s.call("PATCH", port, {"LinkStatus": "LinkDown"})[0], 200)
    check(s.call("DELETE", port[:-1] + "2")[0], 200)
    check(len(a.requests), seen)
    check(s.call("POST", SOURCES, source)[0], 200)
    check(s.get(port)[1]["LinkStatus"], "LinkDown")
    check(s.get(port[:-2])[1]["Members"], [{"@odata.id": port}])
    check(s.upload(a, system), (200, []))
    s.line("LinkStatus: LinkUp -> LinkDown")
    check(s.call("POST", SOURCES, source)[0], 409)


# A5: names

@test()
def rename(s):
    """clash with another agent: renamed, children follow, links do not"""
    joined(s, "a")
    b, system = joined(s, "b")
    name = "Sunfish_%s_h1" % b.context[:4]
    here = ROOT + "/Systems/" + name
    obj = s.get(here)[1]
    check((obj["Id"], obj["Links"]["Chassis"][0]["@odata.id"]),
          (name, ROOT + "/Chassis/h1"))
    check(s.get(here + "/FabricAdapters/nic/Ports/1")[1]["Name"], "Port of b")
    check(s.get(ROOT + "/Chassis/" + name)[0], 200)
    check(s.get(ROOT + "/Systems")[1]["Members@odata.count"], 2)


@test()
def shared_fabric(s):
    """same Fabric and UUID: merged; another UUID: renamed"""
    fabric = ROOT + "/Fabrics/F"
    agents = [Agent(n) for n in "abc"]
    for agent, uuid in zip(agents, ("1", "1", "2")):
        agent.add(fabric, "Fabric", UUID=uuid,
                  Endpoints={"@odata.id": fabric + "/Endpoints"})
        agent.add_collection(fabric + "/Endpoints", "Endpoint", [agent.name])
        agent.add(fabric + "/Endpoints/" + agent.name, "Endpoint")
        s.register(agent)
        check(s.upload(agent, fabric), (200, []))
    check(s.get(fabric)[1]["Oem"]["Sunfish_RM"]["FabricSharedWith"],
          [{"@odata.id": SOURCES + "/" + agents[1].context}])
    check(s.get(fabric + "/Endpoints")[1]["Members@odata.count"], 2)
    other = ROOT + "/Fabrics/Sunfish_%s_F" % agents[2].context[:4]
    check(s.get(other + "/Endpoints/c")[0], 200)


# A6: forwarding

@test()
def forward_post(s):
    """POST goes to the member's URI; 500 without an alias, 201 closes"""
    a, system = joined(s)
    ports = system + "/FabricAdapters/nic/Ports"
    body = {"@odata.type": "#Port.v1_0_0.Port", "Name": "new"}
    check(s.call("POST", ports, body)[0], 500)
    method, path, sent = a.requests[-1]
    check((method, path), ("POST", "/" + ports + "/" + sent["Id"]))
    check(s.get(ports + "/" + sent["Id"])[0], 404)
    nine = dict(body, **{"@odata.id": ports + "/9", "Id": "9"})
    a.hooks["POST", ports + "/9"] = lambda: (201, nine)
    check(s.call("POST", ports, nine), (CLOSED, None))
    check(s.call("POST", ports, {"Id": "8", "@odata.type": "#P.v1.P"})[0], 500)
    a.hooks.clear()
    s.call("DELETE", SOURCES + "/" + a.context)     # nobody to forward to
    check(s.call("POST", ports, nine)[0], 200)


@test()
def forward_post_alias(s):
    """POST with an alias is stored and marked"""
    joined(s, "a")
    b, _ = joined(s, "b")
    ports = ROOT + "/Systems/Sunfish_%s_h1/FabricAdapters/nic/Ports" \
        % b.context[:4]
    status, obj = s.call("POST", ports, {
        "@odata.type": "#Port.v1_0_0.Port", "@odata.id": ports + "/9",
        "Id": "9"})
    check((status, obj["@odata.id"]), (200, ports + "/9"))
    method, path, sent = b.requests[-1]
    check((path, sent["@odata.id"]), (
        "/" + ports + "/9",
        ROOT + "/Systems/h1/FabricAdapters/nic/Ports/9"))


@test()
def forward_patch(s):
    """PATCH: @odata.id needed, 200 with ManagingAgent stored, else 500"""
    a, system = joined(s)
    port = system + "/FabricAdapters/nic/Ports/1"
    body = {"@odata.id": port, "InterfaceEnabled": False}
    check(s.call("PATCH", port, {"InterfaceEnabled": False})[0], 500)
    check(s.call("PATCH", port, body)[0], 500)
    check(a.requests[-1][:2], ("PATCH", "/" + port))
    a.tree[port]["Oem"] = {"Sunfish_RM": {"ManagingAgent": {
        "@odata.id": SOURCES + "/" + a.context}}}
    check(s.call("PATCH", port, body)[0], 200)
    check(s.get(port)[1]["InterfaceEnabled"], False)
    a.hooks["PATCH", port] = lambda: (204, None)
    check(s.call("PATCH", port, body)[0], 500)
    a.hooks["PATCH", port] = lambda: (404, {})
    check(s.call("PATCH", port, body), (CLOSED, None))
    check(s.call("PATCH", port + "x", body)[0], 404)


@test()
def forward_delete(s):
    """DELETE: always 500 and kept; the agent's 404 closes; PUT 500"""
    a, system = joined(s)
    port = system + "/FabricAdapters/nic/Ports/1"
    check(s.call("DELETE", port)[0], 500)
    check(a.requests[-1], ("DELETE", "/" + port, None))
    check(s.get(port)[0], 200)
    check(s.call("DELETE", port), (CLOSED, None))
    check(s.call("PUT", port, {})[0], 500)
    check(s.call("DELETE", ROOT + "/Systems"), (CLOSED, None))


# C: tree faults

@test()
def tree_faults(s):
    """/redfish/v1 404, empty collections 404, nested links rewritten"""
    a, system = joined(s)
    check((s.get(ROOT)[0], s.get(ROOT + "/")[0]), (404, 200))
    check(s.get(system + "/Memory")[0], 404)
    nic = s.get(system + "/FabricAdapters/nic")[1]
    check(nic["Ports"], {"@odata.id": ROOT + "/Ports"})
    ports = s.get(system + "/FabricAdapters/nic/Ports")[1]
    check((ports["@odata.id"], ports["@odata.type"]),
          (ROOT + "/Ports", "#PortsCollection.PortsCollection"))
    check(s.get("//redfish//v1/Systems/h1/")[0], 200)


# --conformant

@test("--conformant")
def c_registration_again(s):
    """conformant: re-registration patches the same Context, new HostName"""
    a, system = joined(s)
    context, a.context = a.context, ""
    b = Agent("a")
    check(s.register(b), (200, []))
    check(b.context, context)
    check(s.get(SOURCES + "/" + context)[1]["HostName"], b.url)
    check(s.get(SOURCES)[1]["Members@odata.count"], 1)
    check(b.requests[0][1], b.method)
    s.line("Reregistered")


@test("--conformant")
def c_registration_rollback(s):
    """conformant: an agent that does not take its Context leaves nothing"""
    a = Agent("a")
    a.hooks["PATCH", SUBSCRIPTION] = lambda: (500, {})
    check(s.register(a)[0], 502)
    check((s.get(a.method)[0], s.get(SOURCES)[1]["Members"]), (404, []))


@test("--conformant")
def c_changed(s):
    """conformant: ResourceChanged is one GET, keeps Sunfish_RM, tells what"""
    a, system = joined(s)
    port = system + "/FabricAdapters/nic/Ports/1"
    a.tree[port].update(LinkStatus="LinkDown", A=1, B=2, C={"D": [1]})
    seen = len(a.requests)
    now = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=5)))
    check(s.event(a.context, record(
        "ResourceChanged", port, EventTimestamp=now.isoformat())), (200, []))
    check([r[:2] for r in a.requests[seen:]], [("GET", port)])
    obj = s.get(port)[1]
    check((obj["LinkStatus"], obj["Oem"]["Sunfish_RM"]["ManagingAgent"]),
          ("LinkDown", {"@odata.id": SOURCES + "/" + a.context}))
    line = s.line("Changed ")
    check(bool(re.match(r"\d\d:\d\d:\d\d\.\d{3}  \+\d+\.\d ms  Changed   "
                        + port, line)), True)
    check("LinkStatus: LinkUp -> LinkDown" in line and "+1 more" in line, True)


@test("--conformant")
def c_removed(s):
    """conformant: ResourceRemoved takes the subtree and the membership"""
    a, system = joined(s)
    port = system + "/FabricAdapters/nic/Ports/1"
    check(s.event(a.context, record("ResourceRemoved", port)), (200, []))
    check((s.get(port)[0], s.get(port + "/Metrics")[0]), (404, 404))
    check(s.get(port[:-2])[1]["Members@odata.count"], 1)
    src = s.get(SOURCES + "/" + a.context)[1]
    check({"@odata.id": port} in src["Links"]["ResourcesAccessed"], False)
    check(s.event(a.context, record("ResourceRemoved", port)), (200, []))
    s.line("Removed   " + port)
    check(s.event(a.context, record("ResourceRemoved", system)), (200, []))
    check([u for u in s.tree() if u.startswith(system)], [])


@test("--conformant")
def c_errors(s):
    """conformant: errors have a status and a Redfish body, none closes"""
    a, system = joined(s)
    for answer, want in (
            (s.event("nobody", record("ResourceChanged", system)), 400),
            (s.event(a.context, record("ResourceChanged", system + "x")), 404),
            (s.upload(a, ROOT + "/Systems/no"), 404),
            (s.call("POST", "/EventListener", {"Events": []}), 400),
            (s.call("POST", "/EventListener", raw="{"), 400),
            (s.call("POST", "/EventListener", raw="{}",
                    headers={"Content-Type": "text/plain"}), 415),
            (s.call("PUT", system, {}), 405)):
        check((answer[0], answer[1]["error"]["code"][:9]), (want, "Base.1.22"))
    a.close()
    check(s.event(a.context, record("ResourceChanged", system))[0], 502)


@test("--conformant")
def c_order(s):
    """conformant: records in order, one failure does not stop the others"""
    a, system = joined(s)
    port = system + "/FabricAdapters/nic/Ports/1"
    a.tree[port]["LinkStatus"] = "LinkDown"
    check(s.event(a.context, record("ResourceChanged", system + "x"),
                  record("ResourceChanged", port),
                  record("ResourceRemoved", port[:-1] + "2"))[0], 404)
    check(s.get(port)[1]["LinkStatus"], "LinkDown")
    check(s.get(port[:-1] + "2")[0], 404)


@test("--conformant")
def c_rename(s):
    """conformant: a renamed agent's links and events are translated"""
    joined(s, "a")
    b, system = joined(s, "b")
    name = "Sunfish_%s_h1" % b.context[:4]
    here = ROOT + "/Systems/" + name
    obj = s.get(here)[1]
    check(obj["Links"]["Chassis"][0]["@odata.id"], ROOT + "/Chassis/" + name)
    check(s.get(ROOT + "/Chassis/" + name)[1]["Links"]["ComputerSystems"],
          [{"@odata.id": here}])
    b.tree[system]["HostName"] = "new"
    check(s.event(b.context, record("ResourceChanged", system)), (200, []))
    obj = s.get(here)[1]
    check((obj["HostName"], obj["Id"], obj["FabricAdapters"]["@odata.id"]),
          ("new", name, here + "/FabricAdapters"))
    check("HostName" in s.get(system)[1], False)
    check(s.event(b.context, record("ResourceRemoved", system)), (200, []))
    check((s.get(here)[0], s.get(system)[0]), (404, 200))


@test("--conformant")
def c_collections(s):
    """conformant: collections keep URI and type, empty ones are served"""
    a, system = joined(s)
    nic = s.get(system + "/FabricAdapters/nic")[1]
    check(nic["Ports"], {"@odata.id": nic["@odata.id"] + "/Ports"})
    ports = s.get(nic["@odata.id"] + "/Ports")[1]
    check((ports["@odata.id"], ports["@odata.type"]),
          (nic["@odata.id"] + "/Ports", "#PortCollection.PortCollection"))
    check(s.get(system + "/Memory")[1]["Members"], [])
    check(s.get(ROOT)[0], 200)
    check(s.get("/redfish")[1], {"v1": ROOT + "/"})


@test("--conformant")
def c_messages(s):
    """conformant: other messages are told, status changes fetched too"""
    a, system = joined(s)
    seen = len(a.requests)
    check(s.event(a.context, record(
        "MemoryUncorrectableError", system, "Platform.1.3",
        MessageArgs=["mem\u001b[0m"])), (200, []))
    check(len(a.requests), seen)
    line = s.line("Platform.1.3.MemoryUncorrectableError")
    check("[mem?[0m]" in line, True)
    a.tree[system]["Status"] = {"Health": "Warning"}
    check(s.event(a.context, record(
        "ResourceStatusChangedWarning", system, "ResourceEvent.1.4",
        MessageArgs=["x", "Warning"])), (200, []))
    check(s.get(system)[1]["Status"], {"Health": "Warning"})
    s.line("ResourceEvent.1.4.ResourceStatusChangedWarning [x, Warning]")


@test("--conformant")
def c_unreadable(s):
    """conformant: control characters and long text stay readable"""
    a, system = joined(s)
    a.tree[system].update(A="\u0085\u001b[2J", B="x" + "\u00e9" * 200)
    check(s.event(a.context, record("ResourceChanged", system)), (200, []))
    check("A: null -> ??[2J, B: null -> x" + "\u00e9" * 79 + "..." in
          s.line("Changed "), True)


@test("--conformant")
def c_again(s):
    """conformant: an upload again brings objects up to date"""
    a, system = joined(s)
    a.tree[system]["HostName"] = "n"
    check(s.upload(a, system), (200, []))
    check(s.get(system)[1]["HostName"], "n")
    s.line("HostName: null -> n")


@test("--conformant")
def c_shared_fabric(s):
    """conformant: the first sharer inherits a fabric its owner removes"""
    fabric = ROOT + "/Fabrics/F"
    agents = [Agent(n) for n in "ab"]
    for agent in agents:
        agent.add(fabric, "Fabric", UUID="1",
                  Endpoints={"@odata.id": fabric + "/Endpoints"})
        agent.add_collection(fabric + "/Endpoints", "Endpoint", [agent.name])
        agent.add(fabric + "/Endpoints/" + agent.name, "Endpoint")
        s.register(agent)
        check(s.upload(agent, fabric), (200, []))
    check(s.event(agents[0].context, record("ResourceRemoved", fabric)),
          (200, []))
    check(s.get(fabric + "/Endpoints")[1]["Members"],
          [{"@odata.id": fabric + "/Endpoints/b"}])
    check(s.get(fabric)[1]["Oem"]["Sunfish_RM"]["ManagingAgent"],
          {"@odata.id": SOURCES + "/" + agents[1].context})


@test("--conformant")
def c_forward(s):
    """conformant: POST, PATCH, DELETE reach the agent and the tree"""
    a, system = joined(s)
    ports = system + "/FabricAdapters/nic/Ports"
    new = dict(a.tree[ports + "/1"], Id="9", **{"@odata.id": ports + "/9"})
    a.hooks["POST", ports] = lambda: (201, new)
    status, obj = s.call("POST", ports, {"@odata.type": "#Port.v1_0_0.Port"})
    check((status, obj["@odata.id"]), (201, ports + "/9"))
    check(s.get(ports + "/9")[0], 200)
    status, obj = s.call("PATCH", ports + "/1", {"InterfaceEnabled": False})
    check((status, obj["InterfaceEnabled"]), (200, False))
    check(s.call("DELETE", ports + "/1"), (204, ""))
    check(s.get(ports + "/1")[0], 404)
    a.hooks["PATCH", ports + "/2"] = lambda: (403, {"error": {}})
    check(s.call("PATCH", ports + "/2", {"A": 1}), (403, {"error": {}}))


@test("--conformant")
def c_own_services(s):
    """conformant: an agent's own services and faulty objects are refused"""
    a = Agent("a")
    system = a.add_host("h1")
    a.add(ROOT + "/EventService", "EventService", Subscriptions={
        "@odata.id": ROOT + "/EventService/Subscriptions"})
    a.tree[system]["L"] = [{"@odata.id": ROOT + "/EventService"},
                           {"@odata.id": "nonsense"}, {"@odata.id": 7},
                           {"@odata.id": system + "/Bad"}]
    a.tree[system + "/Bad"] = {"Name": "no id"}
    s.register(a)
    check(s.upload(a, system), (200, []))
    check("Subscriptions" in s.get(ROOT + "/EventService")[1], True)
    check(s.get(system + "/FabricAdapters/nic/Ports/2")[0], 200)
    s.line("Refused   " + system + "/Bad")


# output, concurrency, command line

@test("--conformant", "--json")
def json_lines(s):
    """--json: one object a line, the same as /standin/log"""
    a, system = joined(s)
    a.tree[system]["HostName"] = "n"
    s.event(a.context, record("ResourceChanged", system,
                              EventTimestamp="2020-01-01T00:00:00.5Z"))
    log = s.get("/standin/log")[1]
    s.line('"change":"Changed"')
    check([json.loads(line) for line in s.lines], log)
    last = log[-1]
    check(sorted(last), sorted([
        "time", "latency_ms", "change", "uri", "type", "name", "message_id",
        "message_args", "properties", "note"]))
    check((last["change"], last["uri"], last["type"], last["properties"]),
          ("Changed", system, "ComputerSystem",
           [{"path": "HostName", "old": None, "new": "n"}]))
    check(last["latency_ms"] > 1e9, True)
    check(s.get("/standin/agents")[1][0]["HostName"], a.url)


def storm(s, count):
    agents = [Agent("n%d" % i) for i in range(count)]
    out = []

    def run(agent):
        system = agent.add_host(agent.name)
        out.append(s.register(agent))
        out.append(s.upload(agent, system))
        port = system + "/FabricAdapters/nic/Ports/1"
        for i in range(5):
            agent.tree[port]["Count"] = i
            out.append(s.event(agent.context, record("ResourceChanged", port)))
            s.get("/standin/log")
            s.call("POST", "/EventListener", raw="{" * 50)
        out.append(s.event(agent.context,
                           record("ResourceRemoved", port[:-1] + "2")))

    threads = [threading.Thread(target=run, args=(a,)) for a in agents]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check(out, [(200, [])] * (8 * count))
    check(s.get(ROOT + "/Systems")[1]["Members@odata.count"], count)
    return agents


@test()
def concurrency(s):
    """32 agents at once, and the tree is whole"""
    storm(s, 32)


@test("--conformant", "--quiet")
def c_concurrency(s):
    """conformant: 32 agents at once, and every last change is there"""
    for agent in storm(s, 32):
        port = ROOT + "/Systems/%s/FabricAdapters/nic/Ports/1" % agent.name
        check(s.get(port)[1]["Count"], 4)
    check(s.lines, [])


@test("--conformant")
def c_one_object(s):
    """conformant: changes of one object at once end with the newest state"""
    a, system = joined(s)
    lock = threading.Lock()

    def one(i):
        with lock:
            a.tree[system]["Count"] += 1
        check(s.event(a.context, record("ResourceChanged", system))[0], 200)

    a.tree[system]["Count"] = 0
    threads = [threading.Thread(target=one, args=(i,)) for i in range(30)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check(s.get(system)[1]["Count"], 30)


@test()
def ends_during_callback(s):
    """SIGTERM during a callback without end: exit 0"""
    a = Agent("a")
    a.hooks["GET", a.method] = lambda: (time.sleep(30), (200, {}))[1]
    threading.Thread(target=s.register, args=(a,), daemon=True).start()
    while not a.requests:
        time.sleep(0.02)
    s.stop()


@test()
def ends_unread(s):
    """SIGTERM while nobody reads stdout: exit 0"""
    proc = subprocess.Popen([os.environ["STANDIN"], "-l", "127.0.0.1:0"],
                            stdout=subprocess.PIPE)
    port = int(proc.stdout.readline().split(b":")[-1])
    other = Standin.__new__(Standin)
    other.port = port
    body = {"Context": "", "Events": [record("X" * 70)] * 1500}
    threading.Thread(target=other.call, daemon=True,
                     args=("POST", "/EventListener", body)).start()
    time.sleep(0.5)
    proc.send_signal(signal.SIGTERM)
    check(proc.wait(30), 0)
    proc.stdout.close()


@test()
def raw_garbage(s):
    """garbage, half requests and chunked bodies leave it alive"""
    for text in (b"\0\1\2\r\n\r\n", b"POST /EventListener HTTP/1.1\r\n",
                 b"POST /EventListener HTTP/1.1\r\nHost: x\r\n"
                 b"Content-Length: 99\r\n\r\n{",
                 b"GET /%00%ff/../.. HTTP/1.1\r\nHost: x\r\n\r\n",
                 b"POST /EventListener HTTP/1.1\r\nHost: x\r\n"
                 b"Content-Type: application/json\r\n"
                 b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", s.port)) as sock:
            sock.sendall(text)
            sock.settimeout(0.2)
            try:
                sock.recv(4096)
            except (socket.timeout, ConnectionResetError):
                pass
    check(s.get(ROOT + "/")[0], 200)


@test()
def command_line(s):
    """bad options exit 1, a taken port 2, each with one line; --help 0"""
    def run(*args):
        p = subprocess.run([os.environ["STANDIN"], *args], text=True,
                           capture_output=True, timeout=60)
        return p.returncode, len(p.stderr.splitlines())

    check(run("--listen", "127.0.0.1:%d" % s.port), (2, 1))
    check(run("--nonsense"), (1, 1))
    check(run("--listen", "here"), (1, 1))
    check(run("--listen", "127.0.0.1:70000"), (1, 1))
    check(run("--callback-timeout", "x"), (1, 1))
    check(run("more"), (1, 1))
    check((run("--help"), run("--version")), ((0, 0), (0, 0)))


@test()
def recorded(s):
    """one conversation goes as it was recorded with the reference server"""
    facts = recording.converse([*WRAP, os.environ["STANDIN"]])
    with open(recording.PLACE) as file:
        want = json.load(file)
    check(list(recording.differences(facts, want)), [])


def run_one(func, options):
    s = Standin(*options)
    try:
        func(s)
        if s.proc.poll() is None:
            s.stop()
        return None
    except Exception as err:
        return "%s: %s" % (type(err).__name__, err)
    finally:
        if s.proc.poll() is None:
            s.proc.kill()
        s.proc.wait()


def main():
    only = sys.argv[1:]
    tests = [t for t in TESTS if not only or t[0].__name__ in only]
    failed = 0
    print("TAP version 13")
    print("1..%d" % len(tests), flush=True)
    for i, (func, options) in enumerate(tests, 1):
        err = run_one(func, options)
        failed += err is not None
        if err:
            print("# " + err.replace("\n", "\n# "))
        print("%s %d - %s" % ("not ok" if err else "ok", i, func.__doc__),
              flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
