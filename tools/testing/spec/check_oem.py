#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Compare the Oem objects of the golden trees with their schemas (CSDL).

Every Oem object is of a type that derives from Resource.OemObject, has only
properties of that type, and values of their types; and every type and property
of the schemas is in some golden tree. What only events have is in none: there
the source has the names. So that no object can hide from the golden hosts, all
types and properties that the source names are in the schemas.

Usage: check_oem.py TOP. Prints TAP; exit status 1 if anything differs.
"""
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ET

EVENTS = ("Fabmon.v1_0_0.HealthEvent",)
TYPE_NAME = re.compile(r'\brf_oem\(&?rf,[^;]*?"(\w+)"')
OEM_NAME = re.compile(r'\brf_\w+\(&?rf, oem,\s*"(\w+)"')
EVENT_NAME = re.compile(r'(?:rf_\w+\(rf, oem,|\{ FABMON_A_EVENT_\w+,)\s*"(\w+)"')
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
PRIMITIVE = {
    "Edm.String": lambda v: isinstance(v, str) and v != "",
    "Edm.Boolean": lambda v: isinstance(v, bool),
    "Edm.Int64": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "Edm.Decimal": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "Edm.DateTimeOffset": lambda v: isinstance(v, str) and "T" in v,
}


class Schemas:
    """Complex types: {name: {property: type}}; types of others are links."""

    def __init__(self, paths):
        self.types, self.oem, self.used = {}, set(), set()
        self.undescribed = []
        for path in paths:
            for schema in ET.parse(path).getroot().iter(EDM + "Schema"):
                for entry in schema.iter(EDM + "ComplexType"):
                    self.add(f"{schema.get('Namespace')}.{entry.get('Name')}", entry)

    def add(self, name, entry):
        self.types[name] = {}
        if entry.get("BaseType") == "Resource.OemObject":
            self.oem.add(name)
        for prop in (*entry.iter(EDM + "Property"), *entry.iter(EDM + "NavigationProperty")):
            self.types[name][prop.get("Name")] = prop.get("Type")
        for element in (entry, *entry.iter(EDM + "Property")):
            if not any(a.get("Term") == "OData.Description" and a.get("String")
                       for a in element.findall(EDM + "Annotation")):
                self.undescribed.append(f"{name} {element.get('Name')}")

    def fits(self, kind, value, where):
        """Yields what is wrong with a value."""
        if kind.startswith("Collection("):
            if not isinstance(value, list) or not value:
                yield f"{where}: no list of {kind}"
                return
            for item in value:
                yield from self.fits(kind[len("Collection("):-1], item, where)
        elif kind in PRIMITIVE:
            if not PRIMITIVE[kind](value):
                yield f"{where}: {value!r} is no {kind}"
        elif kind in self.types:
            yield from self.object(kind, value, where)
        elif not isinstance(value, dict) or set(value) != {"@odata.id"}:
            yield f"{where}: {value!r} is no link to {kind}"

    def object(self, kind, value, where):
        self.used.add((kind, None))
        for name, item in value.items():
            if name.startswith("@odata."):
                continue
            if name not in self.types[kind]:
                yield f"{where}: {kind} has no {name}"
                continue
            self.used.add((kind, name))
            yield from self.fits(self.types[kind][name], item, f"{where} {name}")

    def unused(self):
        for kind, properties in self.types.items():
            for name in (None, *properties):
                if (kind, name) not in self.used:
                    yield f"{kind} {name or ''}".strip()


def oem_objects(value, where):
    """Yields (where, object) for each member of an Oem."""
    items = value.items() if isinstance(value, dict) else \
        enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if key == "Oem":
            for name, oem in item.items():
                yield f"{where} Oem {name}", oem
        else:
            yield from oem_objects(item, where)


def check_host(schemas, host):
    for path in sorted(host.glob("*.json")):
        for where, oem in oem_objects(json.loads(path.read_text()), str(host.name)):
            kind = oem.get("@odata.type", "").lstrip("#")
            if kind not in schemas.oem:
                yield f"{where}: no Oem type is called {kind!r}"
            else:
                yield from schemas.object(kind, oem, where)


def event_names(top):
    """Properties of the Oem object of a health event, by the source."""
    for path in (top / "daemon/redfish").glob("*.c"):
        source = path.read_text()
        if 'rf_oem(rf, obj, "HealthEvent")' in source:
            return set(EVENT_NAME.findall(source))
    return set()


def check_source(schemas, top):
    """Yields what the source has and no schema."""
    properties = {name for kind in schemas.oem for name in schemas.types[kind]}
    for path in (top / "daemon/redfish").glob("*.c"):
        source = path.read_text()
        for name in TYPE_NAME.findall(source):
            if f"Fabmon.v1_0_0.{name}" not in schemas.oem:
                yield f"{path.name}: type {name}"
        for name in OEM_NAME.findall(source):
            if name not in properties:
                yield f"{path.name}: property {name}"


def check(top):
    schemas = Schemas(sorted((top / "daemon/redfish/schema").glob("*_v1.xml")))
    yield not schemas.undescribed, f"what has no description: {schemas.undescribed}"
    for host in sorted((top / "tools/testing/golden/hosts").iterdir()):
        wrong = list(dict.fromkeys(check_host(schemas, host)))
        yield not wrong, f"{host.name}: what the schemas do not say: {wrong[:10]}"
    unknown = list(check_source(schemas, top))
    yield not unknown, f"what only the source has: {unknown}"
    for kind in EVENTS:
        named = event_names(top)
        has = set(schemas.types[kind])
        yield named == has, f"{kind}: only in the source {named - has}, only in the schema {has - named}"
        schemas.used |= {(kind, name) for name in (None, *has)}
    unused = list(schemas.unused())
    yield not unused, f"what no golden tree has: {unused}"


def main():
    results = list(check(pathlib.Path(sys.argv[1])))
    print("TAP version 13")
    print(f"1..{len(results)}")
    for number, (passed, text) in enumerate(results, 1):
        print(f"{'ok' if passed else 'not ok'} {number} - oem: {text}")
    return 0 if all(passed for passed, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
