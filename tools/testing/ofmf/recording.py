#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""What an OFMF answers in one conversation, as facts that can be compared.

    recording.py PROGRAM > recording.json       # by hand: README.md
    recording.py --check PROGRAM                # differences; exit status 1

PROGRAM is ofmf-standin or ./reference. A fact is one request, its status, what
the OFMF asked agents for meanwhile, and what matters of bodies. Names that are
drawn at random are replaced.
"""
import http.client
import json
import os
import re
import signal
import subprocess
import sys

from fake_agent import Agent

ROOT = "/redfish/v1"
SOURCES = ROOT + "/AggregationService/AggregationSources"
HERE = os.path.dirname(os.path.abspath(__file__))
PLACE = HERE + "/recording.json"
FABRIC = ROOT + "/Fabrics/f"


class Ofmf:
    def __init__(self, program):
        self.proc = subprocess.Popen([*program, "-l", "127.0.0.1:0"],
                                     stdout=subprocess.PIPE, text=True)
        line = self.proc.stdout.readline()
        self.port = int(re.search(r"listening on .*:(\d+)", line).group(1))
        self.agents = []
        self.facts = []

    def stop(self):
        self.proc.send_signal(signal.SIGTERM)
        self.proc.wait(30)
        for agent in self.agents:
            agent.close()

    def agent(self, name):
        self.agents.append(Agent(name))
        return self.agents[-1]

    def call(self, method, path, body=None):
        """(status, JSON); ("closed", None) where there is no answer."""
        conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        data = None if body is None else json.dumps(body)
        try:
            conn.request(method, path, data,
                         {"Content-Type": "application/json"} if data else {})
            resp = conn.getresponse()
            text = resp.read()
        except (http.client.RemoteDisconnected, ConnectionResetError):
            return "closed", None
        finally:
            conn.close()
        try:
            return resp.status, json.loads(text)
        except ValueError:
            return resp.status, None

    def named(self, value):
        """Without what is another each time."""
        text = json.dumps(value, sort_keys=True)
        for agent in self.agents:
            if agent.context:
                text = text.replace(agent.context, "<%s>" % agent.name)
                text = text.replace("Sunfish_%s_" % agent.context[:4],
                                    "Sunfish_<%s>_" % agent.name)
            text = text.replace(agent.url, "<url of %s>" % agent.name)
        return json.loads(text)

    def do(self, what, method, path, body=None, of=None):
        """One fact. @of: what of the answer's body matters."""
        before = [len(agent.requests) for agent in self.agents]
        status, answer = self.call(method, path, body)
        fact = {"what": what, "request": "%s %s" % (method, path),
                "status": status}
        asked = {agent.name: ["%s %s" % r[:2] for r in agent.requests[n:]]
                 for agent, n in zip(self.agents, before)}
        asked = {name: asked[name] for name in asked if asked[name]}
        if asked:
            fact["asked"] = asked
        if of:
            fact["answer"] = of(answer or {})
        self.facts.append(self.named(fact))
        return answer

    def tell(self, what, agent, key, uri, context=None, **more):
        record = {"EventType": "Other", "EventId": "1", "MemberId": "0",
                  "MessageId": "ResourceEvent.1.0." + key, "MessageArgs": [],
                  "OriginOfCondition": {"@odata.id": uri}}
        record.update(more)
        self.do(what, "POST", "/EventListener", {
            "@odata.type": "#Event.v1_7_0.Event", "Id": "1", "Name": "e",
            "Context": agent.context if context is None else context,
            "Events": [record]})

    def look(self, what, path, *keys):
        """Properties of a resource; a path of names with blanks between."""
        def of(body):
            out = {}
            for key in keys:
                value = body
                for name in key.split():
                    value = value.get(name) if isinstance(value, dict) else None
                out[key] = sorted(value, key=str) \
                    if isinstance(value, list) else value
            return out
        return self.do(what, "GET", path, of=of if keys else None)

    def accessed(self, what, agent):
        return self.look(what, SOURCES + "/" + agent.context,
                         "HostName", "Links ResourcesAccessed")


def join(o, agent, system):
    o.tell("registration", agent, "AggregationSourceDiscovered", agent.method,
           "", MessageArgs=["Redfish", agent.url])
    o.tell("upload", agent, "ResourceCreated", system)


def with_fabric(agent, host, uuid):
    system = agent.add_host(host)
    agent.add(FABRIC, "Fabric", UUID=uuid)
    agent.tree[system]["Links"]["Fabrics"] = [{"@odata.id": FABRIC}]
    return system


def link_ports(agent, system):
    """Links from elsewhere: one list that empties, one that does not."""
    ports = [{"@odata.id": system + "/FabricAdapters/nic/Ports/" + port}
             for port in "12"]
    agent.tree[ROOT + "/Chassis/h"]["Links"].update(
        {"Ports": ports[:1], "Things": ports + [{"@odata.id": system}]})


def registration(o, a, system):
    o.look("root without slash", ROOT)
    o.look("root", ROOT + "/")
    join(o, a, system)
    o.accessed("what was uploaded", a)
    o.look("owner", system, "Oem Sunfish_RM")
    o.look("nested link", system, "FabricAdapters", "Links Chassis")
    o.look("collection", system + "/FabricAdapters", "@odata.id", "Members",
           "Members@odata.count")
    o.look("empty collection", system + "/Memory")
    o.tell("registration again", a, "AggregationSourceDiscovered", a.method,
           "", MessageArgs=["Redfish", a.url])
    o.tell("no context", a, "ResourceCreated", system, "")
    o.tell("unknown context", a, "ResourceCreated", system, "x")


def events(o, a, system):
    port = system + "/FabricAdapters/nic/Ports/1"
    a.tree[port]["LinkStatus"] = "LinkDown"
    o.tell("changed", a, "ResourceChanged", port)
    o.tell("status", a, "ResourceStatusChangedOK", port)
    o.look("unchanged", port, "LinkStatus")
    o.tell("removed", a, "ResourceRemoved", port)
    o.look("still there", port, "LinkStatus")
    o.tell("changed, unknown", a, "ResourceChanged", port + "x")
    o.tell("created, not at the agent", a, "ResourceCreated", port + "x")
    o.tell("created again", a, "ResourceCreated", port)
    o.look("not updated", port, "LinkStatus")
    o.accessed("listed once", a)


def forwarding(o, a, system):
    port = system + "/FabricAdapters/nic/Ports/1"
    ports = system + "/FabricAdapters/nic/Ports"
    o.do("PATCH passed on", "PATCH", port,
         {"@odata.id": port, "InterfaceEnabled": False})
    o.do("POST passed on", "POST", ports,
         {"@odata.id": ports + "/9", "Id": "9", "Name": "n",
          "@odata.type": "#Port.v1_0_0.Port"})
    o.look("not stored", ports + "/9")
    o.do("DELETE passed on", "DELETE", port)
    o.look("kept", port, "LinkStatus")
    o.do("DELETE refused by the agent", "DELETE", port)
    o.do("PATCH of what is not there", "PATCH", port + "x",
         {"@odata.id": port + "x", "Name": "n"})


def detached(o, a, system):
    nic = system + "/FabricAdapters/nic"
    source = SOURCES + "/" + a.context
    saved = o.look("before", source, "Id")
    o.do("detach", "DELETE", source)
    o.tell("meanwhile, context unknown", a, "ResourceCreated", nic)
    o.do("edit", "PATCH", nic, {"@odata.id": nic, "Name": "edited"},
         of=lambda body: {"Name": body.get("Name")})
    o.do("edit a collection", "PATCH", nic + "/Ports",
         {"@odata.id": nic + "/Ports", "Name": "n"})
    o.do("delete a collection", "DELETE", nic + "/Ports")
    for port in "12":
        o.do("delete a member", "DELETE", nic + "/Ports/" + port)
        o.look("links to it", ROOT + "/Chassis/h", "Links")
    o.look("below a member", nic + "/Ports/1/Metrics")
    o.look("emptied collection", nic + "/Ports", "Members",
           "Members@odata.count")
    o.look("link to it", nic, "Ports")
    o.do("the link nulled", "PATCH", nic, {"@odata.id": nic, "Ports": None})
    o.look("is null", nic, "Ports")
    o.do("attach", "POST", SOURCES, saved)
    o.accessed("as it was", a)
    o.do("attach twice", "POST", SOURCES, saved)
    o.do("an object again", "POST", ROOT + "/Systems",
         {"@odata.id": system, "Id": "h", "@odata.type": "#C.v1_0_0.C"})
    o.tell("created below it again", a, "ResourceCreated", nic + "/Ports/2")
    o.look("member again", nic + "/Ports", "Members", "Members@odata.count")


def shared(o, a, b):
    system = with_fabric(b, "h2", a.tree[FABRIC]["UUID"])
    join(o, b, system)
    rm = "Oem Sunfish_RM "
    o.look("shared", FABRIC, rm + "ManagingAgent", rm + "FabricSharedWith")
    o.tell("created again", b, "ResourceCreated", system)
    o.look("entered again", FABRIC, rm + "FabricSharedWith")
    o.accessed("listed once", b)


def renamed(o, c):
    system = c.add_host("h")
    c.tree[system]["Name"] = "another"
    join(o, c, system)
    o.accessed("names", c)
    there = ROOT + "/Systems/Sunfish_%s_h" % c.context[:4]
    o.look("links inside", there, "Id", "Name", "Links Chassis")


def null_links(o, a, system):
    chassis = ROOT + "/Chassis/h"
    o.do("detach", "DELETE", SOURCES + "/" + a.context)
    o.do("Links empty", "PATCH", chassis, {"@odata.id": chassis, "Links": {}})
    o.do("DELETE with Links empty", "DELETE",
         system + "/FabricAdapters/nic/Ports/2")
    o.do("Links null", "PATCH", chassis, {"@odata.id": chassis, "Links": None})
    o.do("DELETE with Links null", "DELETE", system + "/FabricAdapters/nic")
    o.look("done all the same", system + "/FabricAdapters/nic")


def wiped(o, a, system):
    o.do("reset", "POST", "/ResetResources", {})
    o.tell("context of before", a, "ResourceCreated", system)
    join(o, a, system)
    o.look("there", system, "Id")


def converse(program):
    """The facts; @program is a list, for what it runs under."""
    o = Ofmf(program)
    try:
        a, b, c = o.agent("a"), o.agent("b"), o.agent("c")
        system = with_fabric(a, "h", "8b5ae1a4-0000-4000-8000-000000000001")
        link_ports(a, system)
        registration(o, a, system)
        events(o, a, system)
        forwarding(o, a, system)
        a.add_host("h")
        with_fabric(a, "h", a.tree[FABRIC]["UUID"])
        detached(o, a, system)
        shared(o, a, b)
        renamed(o, c)
        null_links(o, a, system)
        wiped(o, a, system)
    finally:
        o.stop()
    return o.facts


def differences(have, want):
    """Pairs of facts that are not equal, as lines."""
    if len(have) != len(want):
        yield "%d facts, not %d" % (len(have), len(want))
    for mine, right in zip(have, want):
        if mine != right:
            yield "%s: %s\n  recorded: %s" % (
                right["what"], json.dumps(mine, sort_keys=True),
                json.dumps(right, sort_keys=True))


def main():
    checking = sys.argv[1:2] == ["--check"]
    facts = converse(sys.argv[-1:])
    if not checking:
        json.dump(facts, sys.stdout, indent=1, sort_keys=True)
        print()
        return 0
    with open(PLACE) as file:
        found = list(differences(facts, json.load(file)))
    print("\n".join(found) or "%d facts as recorded" % len(facts))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
