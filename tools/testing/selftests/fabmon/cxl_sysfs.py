#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""What sysfs says of the CXL bus, in the form of "fabmon show -j" without ids.

    cxl_sysfs.py            prints it, one node a line, sorted
    cxl_sysfs.py --nodes    prints the nodes that are read from stdin likewise
"""

import json
import os
import re
import sys

BUS = "/sys/bus/cxl/devices"
MEMORY = "/sys/devices/system/memory"
PCI = re.compile(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$")


def read(*path):
    try:
        with open(os.path.join(*path), encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return None


def real(*path):
    return os.path.realpath(os.path.join(*path))


def edge(kind, path, index=None):
    result = {"type": kind, "path": path.removeprefix("/sys")}
    if index is not None:
        result["index"] = index
    if PCI.match(os.path.basename(path)):
        result["pci"] = os.path.basename(path)
    return result


def kind_of(name, devtype):
    if devtype == "cxl_port":
        for start in ("root", "endpoint"):
            if name.startswith(start):
                return "cxl-" + start
    if devtype.startswith("cxl_decoder_"):
        return "cxl-" + devtype.removeprefix("cxl_decoder_") + "-decoder"
    return devtype.replace("_", "-")


def port(node, path, above):
    links = sorted(name for name in os.listdir(path)
                   if re.match(r"uport$|parent_dport$|dport\d+$", name))
    for link in links:
        number = re.match(r"dport(\d+)", link)
        node["edges"].append(edge(
            "dport" if number else link.replace("_", "-"), real(path, link),
            int(number[1]) if number else None))
    role = "switch"
    if node["kind"] in ("cxl-root", "cxl-endpoint"):
        role = node["kind"].removeprefix("cxl-")
    elif above.startswith("root"):
        role = "host-bridge"
    dports = [link for link in links if link.startswith("dport")]
    node["cxl-port"] = {"role": role, "dports": len(dports)}

    behind = real(path, "uport")
    if role == "endpoint":
        behind = os.path.dirname(behind)
    if role != "root" and PCI.match(os.path.basename(behind)):
        node["pci"] = os.path.basename(behind)


def decoder(node, path):
    targets = read(path, "target_list")
    for position, number in enumerate(targets.split(",") if targets else []):
        link = os.path.join(os.path.dirname(path), "dport" + number)
        node["edges"].append(edge("target", real(link), position))


def memory(start, end):
    """The unbroken ranges of a node's memory that are online."""
    block = int(read(MEMORY, "block_size_bytes"), 16)
    ranges = []
    for at in range(start // block, -(-end // block)):
        path = os.path.join(MEMORY, f"memory{at}")
        if read(path, "state") != "online":
            continue
        numa = next(int(name[4:]) for name in os.listdir(path)
                    if re.match(r"node\d+$", name))
        low, high = max(start, at * block), min(end, (at + 1) * block)
        if ranges and ranges[-1][1:] == [low, numa]:
            ranges[-1][1] = high
        else:
            ranges.append([low, high, numa])
    return [{"type": "memory", "start": low, "size": high - low,
             "numa-node": numa} for low, high, numa in ranges]


def region(node, path):
    ways = int(read(path, "interleave_ways"))
    node["cxl-region"] = {"committed": read(path, "commit") == "1",
                          "targets": ways}
    for position in range(ways):
        target = read(path, f"target{position}")
        if target:
            node["edges"].append(edge("target", real(BUS, target), position))
    size = int(read(path, "size") or "0", 0)
    if size:
        start = int(read(path, "resource"), 0)
        node["edges"] += memory(start, start + size)


def node_of(name):
    path = real(BUS, name)
    uevent = dict(line.split("=", 1)
                  for line in read(path, "uevent").splitlines())
    above = os.path.basename(os.path.dirname(path))
    node = {"name": name, "kind": kind_of(name, uevent["DEVTYPE"]),
            "path": path.removeprefix("/sys"), "edges": []}
    if os.path.exists(os.path.join(BUS, above)):
        node["parent"] = above
    if os.path.exists(os.path.join(path, "driver")):
        node["driver"] = os.path.basename(real(path, "driver"))
    if node["kind"] == "cxl-memdev":
        node["pci"] = above
        numa = int(read(path, "numa_node") or "-1")
        if numa >= 0:
            node["numa-node"] = numa
    if uevent["DEVTYPE"] == "cxl_port":
        port(node, path, above)
    elif node["kind"] in ("cxl-root-decoder", "cxl-switch-decoder"):
        decoder(node, path)
    elif node["kind"] == "cxl-region":
        region(node, path)
    elif node["kind"] == "cxl-dax-region":
        node["edges"] += [edge("dax", os.path.join(path, name))
                          for name in os.listdir(path)
                          if re.match(r"dax\d+\.\d+$", name)]
    return node


def nodes_of(nodes):
    """The nodes of stdin, with names for ids."""
    names = {node["id"]: node["name"] for node in nodes}
    for node in nodes:
        del node["id"]
        if "parent" in node:
            node["parent"] = names[node["parent"]]
        for peer in node["edges"]:
            if "node" in peer and names[peer["node"]] != \
               os.path.basename(peer["path"]):
                peer["wrong-node"] = names[peer["node"]]
            peer.pop("node", None)
        if node["kind"] != "cxl-memdev":
            node.pop("numa-node", None)     # sysfs has it there alone
    return [node for node in nodes if node["kind"].startswith("cxl-")]


def main():
    if sys.argv[1:] == ["--nodes"]:
        nodes = nodes_of(json.load(sys.stdin))
    else:
        nodes = [node_of(name) for name in os.listdir(BUS)]
    for node in nodes:
        node["edges"].sort(key=lambda e: json.dumps(e, sort_keys=True))
    for node in sorted(nodes, key=lambda n: n["name"]):
        print(json.dumps(node, sort_keys=True))


main()
