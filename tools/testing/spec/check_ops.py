#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Compare the hand-written operations table with the netlink specification.

The generator cannot write the table (Linux 6.1 has no split ops), so this
holds the two together: the same commands, the same modes, the same request
attributes, the same groups, and no attribute that nobody knows.

Prints TAP; exit status 1 if anything differs.
"""
import re
import sys

import yaml

BLOCK = re.compile(r"\{\s*\.cmd\s*=\s*(\w+),(.*?)\},", re.S)
FIELD = re.compile(r"\.(\w+)\s*=\s*([^,]+),")


def c_name(*parts):
    return "_".join(p.replace("-", "_") for p in parts)


def table(source):
    """The operations of the C source: {command: {field: value}}."""
    body = source.split("struct genl_ops fabmon_nl_ops[] = {", 1)[1].split("\n};", 1)[0]
    return {cmd: dict(FIELD.findall(rest)) for cmd, rest in BLOCK.findall(body)}


def policy(source, name):
    """Attributes that a policy accepts: those that it does not reject."""
    body = source.split(f"struct nla_policy {name}[] = {{", 1)[1].split("\n};", 1)[0]
    entries = re.findall(r"\[(FABMON_A_\w+)\]\s*=((?:(?!\[FABMON_A_).)+)", body, re.S)
    return {attr for attr, rule in entries if "NLA_REJECT" not in rule}


def groups(source):
    body = source.split("fabmon_nl_groups[] = {", 1)[1].split("\n};", 1)[0]
    return set(re.findall(r"\.name\s*=\s*(FABMON_MCGRP_\w+)", body))


def attr_c_name(spec, attr_set, attr):
    infix = "" if attr_set == spec["name"] else c_name(attr_set) + "_"
    return f"FABMON_A_{infix}{c_name(attr)}".upper()


def check(spec, source, used):
    """Yields (passed, description)."""
    ops = table(source)
    wanted = {op["name"]: op for op in spec["operations"]["list"]
              if "do" in op or "dump" in op}
    commands = {"FABMON_CMD_" + c_name(n).upper() for n in wanted}
    yield commands == set(ops), f"commands of the table: {sorted(ops)}"

    for name, op in wanted.items():
        entry = ops.get("FABMON_CMD_" + c_name(name).upper(), {})
        for mode, field in (("do", "doit"), ("dump", "dumpit")):
            handler = f"fabmon_nl_{c_name(name)}_{field}" if mode in op else None
            yield entry.get(field) == handler, f"{name}: {mode} is {handler}"
        request = {attr_c_name(spec, op["attribute-set"], a)
                   for mode in ("do", "dump") if mode in op
                   for a in op[mode].get("request", {}).get("attributes", [])}
        accepted = policy(source, entry["policy"]) if "policy" in entry else set()
        yield request == accepted, f"{name}: request attributes {sorted(request)}"
        admin = "GENL_ADMIN_PERM" in entry.get("flags", "")
        yield admin == ("admin-perm" in op.get("flags", [])), f"{name}: privilege"

    names = {"FABMON_MCGRP_" + c_name(g["name"]).upper()
             for g in spec["mcast-groups"]["list"]}
    yield names == groups(source), f"groups {sorted(names)}"

    requests = {"FABMON_A_ID"}
    for attr_set in spec["attribute-sets"]:
        unused = [a["name"] for a in attr_set["attributes"]
                  if (n := attr_c_name(spec, attr_set["name"], a["name"])) not in used
                  and n not in requests]
        yield not unused, f"attributes of {attr_set['name']} that no code fills: {unused}"


def main():
    spec_path, table_path, *sources = sys.argv[1:]
    with open(spec_path, encoding="utf-8") as f:
        spec = yaml.safe_load(f)
    with open(table_path, encoding="utf-8") as f:
        source = f.read()
    used = set()
    for path in sources:
        with open(path, encoding="utf-8") as f:
            used |= set(re.findall(r"\bFABMON_A_\w+", f.read()))

    results = list(check(spec, source, used))
    print("TAP version 13")
    print(f"1..{len(results)}")
    for number, (passed, text) in enumerate(results, 1):
        print(f"{'ok' if passed else 'not ok'} {number} - spec: {text}")
    return 0 if all(passed for passed, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
