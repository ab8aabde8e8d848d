#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Compare Documentation/redfish-mapping.md with what it is about.

Every property of the golden trees is in a table of the page, and every property
in the tables is in a golden tree, or marked as one that only events have. Every
netlink attribute that is named is in the specification, and every attribute of
the specification is in a row, or in the list of those that are not in the tree.
Every file that is named is read by the daemon, and every test is there.

Usage: check_mapping.py TOP. Prints TAP; exit status 1 if anything differs.
"""
import json
import pathlib
import re
import sys

import yaml

FACTS = ["fact", "from", "Redfish", "test"]
SHAPE = ["what", "Redfish"]
ABSENT = ["not in the tree", "why"]
SPAN = re.compile(r"`([^`]+)`")
BRACES = re.compile(r"(.*)\{([^{}]*)\}(.*)")


def tables(page):
    """Yields (header, row) of all tables; cells are texts."""
    header = None
    for line in page.splitlines():
        if not line.startswith("|"):
            header = None
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if header is None:
            header = cells
        elif not set(line) <= set("|- "):
            yield header, cells


def expand(text):
    """a/{b,c} is a/b and a/c."""
    match = BRACES.fullmatch(text)
    if not match:
        return [text]
    before, parts, after = match.groups()
    return [t for part in parts.split(",") for t in expand(before + part + after)]


def properties(cell):
    """(type, path) of spans like `Port,Memory Status/{Health,State}`."""
    for span in SPAN.findall(cell):
        types, _, path = span.partition(" ")
        for kind in types.split(","):
            for name in expand(path):
                yield kind, name


def walk(value, path):
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "@odata.id" and path:
                yield "/".join(path)
            elif not key.startswith("@odata.") and not key.endswith("@odata.count"):
                yield from walk(item, (*path, key))
    elif isinstance(value, list):
        for item in value:
            yield from walk(item, path)
        if not value:
            yield "/".join(path)
    else:
        yield "/".join(path)


def in_trees(top):
    found = set()
    for path in (top / "tools/testing/golden/hosts").glob("*/tree.json"):
        for resource in json.loads(path.read_text()).values():
            kind = resource["@odata.type"].split(".")[-1]
            if not kind.endswith("Collection"):
                found |= {(kind, name) for name in walk(resource, ())}
    return found


def names(pairs):
    return sorted(f"{kind} {name}" for kind, name in pairs)


def check_properties(facts, shape, top):
    there = in_trees(top)
    kinds = {kind for kind, _ in there}
    named, event = set(), set()
    for row in facts:
        (event if row[3].startswith("event:") else named).update(properties(row[2]))
    for row in shape:
        for kind, name in properties(row[1]):
            named |= {(k, name) for k in kinds if (k, name) in there} if kind == "*" else {(kind, name)}
    yield not there - named, f"properties that no row has: {names(there - named)}"
    yield not named - there, f"properties that no golden tree has: {names(named - there)}"
    wrong = {pair for pair in event if pair in there}
    yield not wrong, f"properties that not only events have: {names(wrong)}"


def check_attributes(facts, absent, top):
    spec = yaml.safe_load((top / "Documentation/netlink/specs/fabmon.yaml").read_text())
    known = {f"{s['name']}.{a['name']}" for s in spec["attribute-sets"] for a in s["attributes"]}
    named = {span for row in facts for span in SPAN.findall(row[1]) if not span.startswith("/")}
    named = {name for span in named for name in expand(span)}
    out = {name for row in absent for span in SPAN.findall(row[0]) for name in expand(span)}
    for name in list(out):
        if name.endswith(".*"):
            out.remove(name)
            out |= {k for k in known if k.startswith(name[:-1])}
    yield named <= known, f"attributes that the specification does not have: {sorted(named - known)}"
    yield out <= known, f"attributes listed as absent that do not exist: {sorted(out - known)}"
    yield not known - named - out, f"attributes that are not named: {sorted(known - named - out)}"
    yield not named & out, f"attributes both in the tree and not: {sorted(named & out)}"


def check_files(facts, top):
    """The last part of a path, as a text of the daemon's source."""
    source = "".join(p.read_text() for p in (top / "daemon").rglob("*.c"))
    texts = set(re.findall(r'"([^"\n]+)"', source))
    parts = texts | {part for text in texts for part in text.split("/")}
    wrong = {name for row in facts for span in SPAN.findall(row[1]) if span.startswith("/")
             for name in expand(span) if name.rsplit("/", 1)[1] not in parts}
    yield not wrong, f"files that the daemon does not read: {sorted(wrong)}"


def check_tests(facts, top):
    wrong, none = set(), []
    for row in facts:
        spans = SPAN.findall(row[3])
        if not spans:
            none.append(row[0])
        for span in spans:
            program, _, function = span.partition(" ")
            path = top / f"tools/testing/unit/{program}.c"
            if not path.exists() or f"({function}" not in path.read_text():
                wrong.add(span)
    yield not wrong, f"tests that there are not: {sorted(wrong)}"
    yield not none, f"facts without a test: {none}"


def main():
    top = pathlib.Path(sys.argv[1])
    rows = list(tables((top / "Documentation/redfish-mapping.md").read_text()))
    facts, shape, absent = ([row for header, row in rows if header == wanted]
                            for wanted in (FACTS, SHAPE, ABSENT))
    odd = [row for header, row in rows if header not in (FACTS, SHAPE, ABSENT) or
           len(header) != len(row)]

    results = [(not odd, f"rows that no table should have: {odd}")]
    results += check_properties(facts, shape, top)
    results += check_attributes(facts, absent, top)
    results += check_files(facts, top)
    results += check_tests(facts, top)
    print("TAP version 13")
    print(f"1..{len(results)}")
    for number, (passed, text) in enumerate(results, 1):
        print(f"{'ok' if passed else 'not ok'} {number} - mapping: {text}")
    return 0 if all(passed for passed, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
