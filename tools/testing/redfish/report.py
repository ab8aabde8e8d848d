#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Says in a few lines what a validator's report has to say.

Usage: report.py service|protocol HOST DIRECTORY. The Service Validator leaves
an Excel sheet (openpyxl, which it needs itself, reads it), the other a table.
Exit status 1 if there is no report.
"""
import collections
import csv
import pathlib
import sys


def service_rows(directory):
    import openpyxl

    for sheet in openpyxl.load_workbook(newest(directory / "service", "*/*.xlsx")):
        for row in sheet.iter_rows(values_only=True):
            cells = [str(cell) for cell in row if cell is not None]
            for word in ("FAIL", "WARN", "PASS"):
                if word in cells:
                    yield word, " | ".join(cells[1:])


def protocol_rows(directory):
    with open(newest(directory / "protocol", "*.tsv"), newline="") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            yield row["Result"], " | ".join(v for v in row.values() if v)


def newest(directory, pattern):
    found = sorted(directory.glob(pattern))
    if not found:
        sys.exit(f"{directory}: no report; see {directory}.log")
    return found[-1]


def main():
    kind, host, directory = sys.argv[1:]
    rows = {"service": service_rows, "protocol": protocol_rows}[kind]
    count = collections.Counter()
    for result, text in rows(pathlib.Path(directory)):
        count[result] += 1
        if result in ("FAIL", "WARN"):
            print(f"  {result} {text}")
    print(f"{host}, {kind}: " + ", ".join(f"{n} {r}" for r, n in sorted(count.items())))


if __name__ == "__main__":
    main()
