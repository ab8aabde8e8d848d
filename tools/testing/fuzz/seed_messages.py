#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Write seeds for fuzz_knl and fuzz_project, in the language of message.c.

They are made from the netlink specification, so that no attribute is left out:
for each kind of node and of event a message with everything it may have.

usage: seed_messages.py SPEC DIRECTORY
"""
import pathlib
import sys

import yaml

NEST, UP, U32, SMALL, U64, TEXT, BYTES, END = range(8)
INFO_GET, NODE_GET, NODE_ADD, NODE_CHANGE, NODE_DELETE, EVENT, EVENT_GET = range(1, 8)
# Of what kind a node's parent is; a node's id and name are those of its kind.
PARENTS = {
    "rdma-port": "rdma-dev", "cxl-port": "cxl-root", "cxl-endpoint": "cxl-port",
    "cxl-root-decoder": "cxl-root", "cxl-switch-decoder": "cxl-port",
    "cxl-endpoint-decoder": "cxl-endpoint", "cxl-region": "cxl-root-decoder",
    "cxl-dax-region": "cxl-region", "cxl-pmem-region": "cxl-region",
}
TEXTS = {
    "path": b"/devices/pci0000:0c/0000:0c:00.0/0000:0d:00.0",
    "pci": b"0000:0d:00.0",
    "device": b"cxl-memdev",
    "decoder": b"cxl-endpoint-decoder",
    "memdev": b"cxl-memdev",
}


def entries(definition):
    """Names of an enumeration with their numbers."""
    names = [e["name"] if isinstance(e, dict) else e for e in definition["entries"]]
    return dict(zip(names, range(definition.get("value-start", 0), 1000)))


class Spec:
    def __init__(self, path):
        spec = yaml.safe_load(pathlib.Path(path).read_text(encoding="utf-8"))
        self.sets = {s["name"]: s for s in spec["attribute-sets"]}
        self.enums = {d["name"]: entries(d) for d in spec["definitions"]
                      if d["type"] in ("enum", "flags")}

    def attributes(self, name):
        number = 0
        for attr in self.sets[name]["attributes"]:
            number = attr.get("value", number + 1)
            if attr["type"] not in ("pad", "unused"):
                yield number, attr

    def number(self, name, attribute):
        return next(n for n, a in self.attributes(name) if a["name"] == attribute)

    def fill(self, name, values, skip=()):
        """All attributes of a set, nested ones too."""
        out = b""
        for number, attr in self.attributes(name):
            if attr["name"] in skip:
                continue
            out += self.one(number, attr, values)
        return out

    def one(self, number, attr, values):
        kind = attr["type"]
        value = values.get(attr["name"], 1)
        if kind == "nest":
            inner = self.fill(attr["nested-attributes"], values)
            return bytes([NEST, number]) + inner + bytes([UP])
        if kind in ("u8", "u16", "u32", "s32", "flag"):
            return bytes([SMALL, number, value & 255])
        if kind in ("u64", "uint", "s64"):
            return bytes([U64, number]) + int(value).to_bytes(8, "big")
        if kind == "string":
            text = values.get(attr["name"], TEXTS.get(attr["name"], b"text"))
            return bytes([TEXT, number, len(text) + 1]) + text + b"\0"
        return bytes([BYTES, number, 6]) + b"\x02\0\x5e\0\0\x01"


def message(spec, command, body, top):
    head = bytes([command]) + spec.fill("fabmon", {"instance": 7, "seq": 3}, top)
    return head + body + bytes([END])


def main():
    spec, out = Spec(sys.argv[1]), pathlib.Path(sys.argv[2])
    own = next(s for s in spec.sets if "instance" in [a["name"] for _, a in spec.attributes(s)]
               and "node" in [a["name"] for _, a in spec.attributes(s)])
    spec.sets["fabmon"] = spec.sets[own]
    node = spec.number("fabmon", "node")
    event = spec.number("fabmon", "event")
    rest = ("node", "event", "action", "lost", "id")
    kinds = spec.enums["node-kind"]
    nodes = []
    for kind, number in kinds.items():
        values = {"id": number + 1, "kind": number, "name": kind.encode(),
                  "parent": kinds.get(PARENTS.get(kind), -1) + 1, "type": number % 7}
        skip = () if values["parent"] else ("parent",)
        body = bytes([NEST, node]) + spec.fill("node", values, skip) + bytes([UP])
        nodes.append(message(spec, NODE_ADD, body, rest))
    events = []
    for number in spec.enums["event-type"].values():
        body = bytes([NEST, event]) + spec.fill("event", {"type": number}) + bytes([UP])
        events.append(message(spec, EVENT, body, rest))
    others = [
        bytes([INFO_GET]) + spec.fill("info", {"abi": 3}) + bytes([END]),
        message(spec, EVENT_GET, b"", ("node", "event")),
    ]
    for name in ("knl", "project"):
        (out / name).mkdir(parents=True, exist_ok=True)
    for i, text in enumerate(nodes + events + others):
        (out / "knl" / f"message-{i}").write_bytes(b"\1" + text)
    (out / "project" / "nodes").write_bytes(b"\0" + b"".join(nodes))
    (out / "project" / "all").write_bytes(b"\0" + b"".join(nodes + events))
    for i, text in enumerate(nodes):
        (out / "project" / f"node-{i}").write_bytes(b"\0" + text)
    # take what unit/fixture.c has away, one by one
    for i in [*range(10, 40), *range(100, 110), *range(150, 170), *range(200, 216)]:
        body = bytes([NEST, node]) + spec.fill("node", {"id": i}, ()) + bytes([UP])
        (out / "project" / f"gone-{i}").write_bytes(b"\1" + message(spec, NODE_DELETE, body, rest))


if __name__ == "__main__":
    main()
