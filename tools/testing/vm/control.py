# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""The guest's line to the harness.

Requests are lines on a virtio port, each answered by one line, "ok JSON" or
"error JSON":
    qmp {"execute": ..., "arguments": ...}     runs a QMP command
    batch [{"execute": ...}, ...]              runs them all, the guest halted
    exit N                                     the script's end; no answer
"""

import json
import threading


class Qmp:
    """QEMU's monitor: one command at a time, events are skipped."""

    def __init__(self, conn):
        self.file = conn.makefile("rwb")
        self.changed = threading.Condition()
        self.replies, self.closed = [], False
        json.loads(self.file.readline())
        threading.Thread(target=self._read, daemon=True).start()
        self.command({"execute": "qmp_capabilities"})

    def _read(self):
        try:
            for line in self.file:
                message = json.loads(line)
                if "event" not in message:
                    with self.changed:
                        self.replies.append(message)
                        self.changed.notify_all()
        except (OSError, ValueError):
            pass
        with self.changed:
            self.closed = True
            self.changed.notify_all()

    def command(self, request):
        with self.changed:
            self.file.write(json.dumps(request).encode() + b"\n")
            self.file.flush()
            self.changed.wait_for(lambda: self.replies or self.closed)
            if not self.replies:
                return {"error": {"desc": "QEMU is gone"}}
            return self.replies.pop(0)


class Control(threading.Thread):
    """Serves one guest; status is its script's exit code once it is known."""

    def __init__(self, qmp_listener, ctl_listener):
        super().__init__(daemon=True)
        self.listeners = qmp_listener, ctl_listener
        self.status = None
        self.qmp = None

    def run(self):
        # QEMU opens its sockets in the order of its command line
        conn, _ = self.listeners[0].accept()
        port, _ = self.listeners[1].accept()
        self.qmp = Qmp(conn)
        with port.makefile("rwb") as lines:
            try:
                for line in lines:
                    answer = self.serve(line.decode(errors="replace").strip())
                    if answer:
                        lines.write(answer.encode() + b"\n")
                        lines.flush()
            except OSError:
                pass

    def serve(self, line):
        verb, _, rest = line.partition(" ")
        try:
            if verb == "qmp":
                return self.serve_qmp(json.loads(rest))
            if verb == "batch":
                return self.serve_batch(json.loads(rest))
            if verb == "exit":
                self.status = int(rest)
                # quicker than the guest's own power-off
                self.qmp.command({"execute": "quit"})
                return None
        except (ValueError, KeyError) as e:
            return "error " + json.dumps({"desc": str(e)})
        return "error " + json.dumps({"desc": "unknown request: " + verb})

    def serve_qmp(self, request):
        reply = self.qmp.command(request)
        if "error" in reply:
            return "error " + json.dumps(reply["error"])
        return "ok " + json.dumps(reply["return"])

    def serve_batch(self, requests):
        """The guest sees them all at once: it does not run meanwhile."""
        self.qmp.command({"execute": "stop"})
        replies = [self.qmp.command(request) for request in requests]
        self.qmp.command({"execute": "cont"})
        errors = [r["error"] for r in replies if "error" in r]
        if errors:
            return "error " + json.dumps(errors[0])
        return "ok " + json.dumps([r["return"] for r in replies])
