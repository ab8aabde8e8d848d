#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Compare what the clients and the documentation call things with the spec.

The client reads every attribute, its words for enum values are the spec's, the
command's JSON has every attribute by its name, and the tables of fabmon.md have
every command and none that there is not.

Usage: check_names.py TOP. Prints TAP; exit status 1 if anything differs.
"""
import pathlib
import re
import sys

import yaml

WORD = re.compile(r'\[(FABMON_\w+)\]\s*=\s*"([^"]+)"|case (FABMON_\w+):\s*return "([^"]+)"')
FIELD = re.compile(r"\b(EDGE|DEV|PORT|INFO|PROVIDER)\(\w+, (\w+),")
FIELD_SETS = {"EDGE": "edge", "DEV": "rdma-dev", "PORT": "rdma-port",
              "INFO": "info", "PROVIDER": "provider"}
# Lists of the JSON hold several of what the attribute has one of.
PLURALS = {"edge": "edges", "gid": "gids", "pkey": "pkeys",
           "provider": "providers", "absence": "absences"}
# Enums that the client has words for, and the one attribute set.
ENUMS = ("node-kind", "edge-type", "event-type", "rdma-protocol", "cxl-port-role",
         "cause", "capability")


def upper(*parts):
    return "_".join(parts).replace("-", "_").upper()


def attr_name(spec, attr_set, attr):
    infix = () if attr_set == spec["name"] else (attr_set,)
    return upper("fabmon_a", *infix, attr)


def entries(definition):
    return [e if isinstance(e, str) else e["name"] for e in definition["entries"]]


def words(source):
    """What the C source calls its constants: {constant: {word, ...}}."""
    found = {}
    for constant, word, case, case_word in WORD.findall(source):
        found.setdefault(constant or case, set()).add(word or case_word)
    return found


def read_attributes(source):
    """Constants that the client's parsers name, some through a macro."""
    found = set(re.findall(r"\bFABMON_A_\w+", source))
    found |= {upper("fabmon_a", FIELD_SETS[macro], attr)
              for macro, attr in FIELD.findall(source)}
    return found


def check_words(spec, sets, top):
    called = words((top / "daemon/kernel/knl/names.c").read_text() +
                   (top / "tools/fabmon/format.c").read_text())
    enums = {d["name"]: d for d in spec["definitions"] if "entries" in d}
    for name in ENUMS:
        wrong = [e for e in entries(enums[name])
                 if called.get(upper("fabmon", name, e)) != {e}]
        yield not wrong, f"words for {name}: wrong or missing {wrong}"
    wrong = [a for a in sets["event"] if called.get(upper("fabmon_a_event", a)) != {a}]
    yield not wrong, f"names of the attributes of an event: wrong or missing {wrong}"


def check_client(spec, sets, top):
    parsers = "".join(p.read_text() for p in sorted((top / "daemon/kernel/knl").glob("*.c")))
    json = "".join((top / "tools/fabmon" / f).read_text() for f in ("json.c", "line.c"))
    read = read_attributes(parsers)
    for name, attrs in sets.items():
        if name != "event":     # a number needs no line there
            unread = [a for a in attrs if attr_name(spec, name, a) not in read]
            yield not unread, f"attributes of {name} that the client does not read: {unread}"
            # the action is the op, and what is lost its count
            keys = [a for a in attrs if name != spec["name"] or
                    a not in ("id", "action", "lost")]
            missing = [a for a in keys if f'"{a}"' not in json and
                       f'"{PLURALS.get(a)}"' not in json]
            yield not missing, f"attributes of {name} that are not in the JSON: {missing}"


def check_page(spec, sets, top):
    page = (top / "Documentation/netlink/fabmon.md").read_text()
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in page.splitlines() if line.startswith("| `")]
    ops = {op["name"] for op in spec["operations"]["list"]}
    named = {m[1] for row in rows if (m := re.fullmatch(r"`([\w-]+)`", row[0]))}
    yield named == ops, f"commands of the page's tables: missing {ops - named}, unknown {named - ops}"
    attrs = {a for names in sets.values() for a in names} | ops | \
        {g["name"] for g in spec["mcast-groups"]["list"]} | \
        {e if isinstance(e, str) else e["name"]
         for d in spec["definitions"] for e in d.get("entries", ())}
    named = {word for row in rows for cell in row[1:] for word in re.findall(r"`([\w-]+)`", cell)}
    yield named <= attrs, f"what the page's tables name: unknown {named - attrs}"


def main():
    top = pathlib.Path(sys.argv[1])
    spec = yaml.safe_load((top / "Documentation/netlink/specs/fabmon.yaml").read_text())
    sets = {s["name"]: [a["name"] for a in s["attributes"]] for s in spec["attribute-sets"]}

    results = [r for check in (check_words, check_client, check_page)
               for r in check(spec, sets, top)]
    print("TAP version 13")
    print(f"1..{len(results)}")
    for number, (passed, text) in enumerate(results, 1):
        print(f"{'ok' if passed else 'not ok'} {number} - names: {text}")
    return 0 if all(passed for passed, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
