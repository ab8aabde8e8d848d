#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""aer_unmask.py PCI-ADDRESS: let a PCI function report internal errors, as CXL
protocol errors are (PCIe 6.0, 7.8.4)."""

import struct
import sys

with open(f"/sys/bus/pci/devices/{sys.argv[1]}/config", "r+b", 0) as config:
    def read(offset):
        config.seek(offset)
        return struct.unpack("<I", config.read(4))[0]

    def clear(offset, bit):
        value = read(offset) & ~(1 << bit)
        config.seek(offset)
        config.write(struct.pack("<I", value))

    offset = 0x100
    while offset:
        header = read(offset)
        if header & 0xffff == 1:
            clear(offset + 0x08, 22)
            clear(offset + 0x14, 14)
        offset = header >> 20
