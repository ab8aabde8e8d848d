#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""notified.py SOCKET: what the service manager would receive, a line each.

A line is the time in seconds since the epoch and the notification, as it comes.
"""

import os
import socket
import sys
import time

path = sys.argv[1]
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
    sock.bind(path)
    print("listening", flush=True)
    while True:
        for line in sock.recv(65536).decode().splitlines():
            print(f"{time.time():.3f} {line}", flush=True)
