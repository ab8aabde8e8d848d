# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""Runs virtme-ng for ./boot, inside the tool root.

Three streams are kept apart: what the guest's script prints goes to stdout
line by line, the console to the log, and a virtio port carries requests from
the guest (QMP commands, the exit code; see control.py).
"""

import argparse
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import tsc
from control import Control

TIMEOUT, DIED, NOT_STARTED = 124, 125, 126
BOOTS = 3                   # tries, until the script has begun
BEGINS = b"fabmon-vm: the script begins"     # printed by guest/pid1
MACHINE_UUID = "7c1e6d0a-52b4-4f6e-9a61-0fab5c0de001"


def parse_args():
    p = argparse.ArgumentParser()
    for name in ("image", "version", "series", "topology", "repo", "log-name"):
        p.add_argument("--" + name, required=True)
    p.add_argument("--console-fd", type=int, required=True)
    p.add_argument("--timeout", type=float, default=300)
    p.add_argument("--boot-timeout", type=float, default=300)
    p.add_argument("--share", default="")
    p.add_argument("--memory", default="1G")
    p.add_argument("--cpus", default="2")
    p.add_argument("--env", action="append", default=[])
    p.add_argument("--append", action="append", default=[])
    p.add_argument("--bind", action="append", default=[])
    p.add_argument("--verbose", action="store_true")
    p.add_argument("script")
    p.add_argument("args", nargs="*")
    return p.parse_args()


def topology_options(path):
    """QEMU options of a topology file: blank lines and # comments dropped."""
    with open(path, encoding="utf-8") as f:
        lines = [line.split("#")[0].strip() for line in f]
    return [line for line in lines if line]


def qemu_options(args, sockets):
    memory = f"-m {args.memory},slots=8,maxmem=32G"
    # Without "-hypervisor" the CXL core refuses to commit a region, as it
    # cannot flush the caches of a guest.
    return [
        memory, "-cpu qemu64,-hypervisor",
        # without it SMBIOS has a UUID of zeros
        f"-uuid {MACHINE_UUID}",
        *topology_options(args.topology),
        f"-chardev socket,id=fmqmp,path={sockets['qmp']}",
        "-mon chardev=fmqmp,mode=control",
        f"-chardev socket,id=fmctl,path={sockets['ctl']}",
        "-device virtio-serial-pci,bus=pcie.0,id=fmserial",
        "-device virtserialport,bus=fmserial.0,name=fabmon.ctl,chardev=fmctl",
    ]


def guest_command(args):
    env = {
        "FABMON_REPO": args.repo,
        "FABMON_VM": os.path.join(args.repo, "tools/testing/vm"),
        "FABMON_KERNEL": args.version,
        "FABMON_SERIES": args.series,
        "FABMON_KMOD": f"{args.repo}/build/kmod-{args.version}",
        "FABMON_SHARE": args.share,
        "FABMON_TOPOLOGY": os.path.basename(args.topology),
    }
    env.update(item.split("=", 1) for item in args.env)
    init = os.path.join(env["FABMON_VM"], "guest", "init")
    words = ["env", *(f"{k}={v}" for k, v in env.items()), init,
             args.script, *args.args]
    return shlex.join(words)


def vng_command(args, sockets):
    # tsc=reliable nohz=off: on a busy host the counter is otherwise found
    # unstable and ticks are lost. no_timer_check: there the kernel finds no
    # timer interrupt and panics in setup_IO_APIC; KVM guests do without that
    # check as well. 9p starts faster than virtiofs (README.md).
    cmd = ["vng", "--verbose", "--disable-kvm", "--disable-microvm",
           "--force-9p", "--force-initramfs", "--cpus", args.cpus, "--memory", args.memory,
           "--run", args.image, "--cwd", "/",
           "--append", "tsc=reliable nohz=off no_timer_check mitigations=off",
           # the first init= is the one which virtme-ng's initramfs starts
           "--append", f"init={args.repo}/tools/testing/vm/guest/pid1"]
    speed = tsc.khz()
    if speed:
        cmd += ["--append", f"tsc_early_khz={speed}"]
    for word in args.append:
        cmd += ["--append", word]
    # seen through the root file system, unless pid1 hides it
    for folder in (args.repo, os.environ["FABMON_CACHE"],
                   os.path.dirname(args.script), *args.bind):
        if folder.startswith(("/tmp/", "/var/tmp/", "/run/")):
            cmd += ["--rodir", f"{folder}={folder}"]
    if args.share:
        cmd += ["--rwdir", f"{args.share}={args.share}"]
    cmd += ["--qemu-opts=" + " ".join(qemu_options(args, sockets)),
            "--exec", guest_command(args)]
    return cmd


class Console(threading.Thread):
    """Copies the console to the log and remembers its end."""

    def __init__(self, stream, fd, verbose):
        super().__init__(daemon=True)
        self.stream, self.fd, self.verbose = stream, fd, verbose
        self.tail = []
        self.kernel, self.panic, self.script = False, False, False

    def run(self):
        # a copy: the next try goes on in the same log
        with os.fdopen(os.dup(self.fd), "wb", buffering=0) as log:
            for line in self.stream:
                log.write(line)
                self.kernel |= b"Linux version" in line
                self.panic |= b"Kernel panic" in line
                self.script |= BEGINS in line
                self.tail = self.tail[-14:] + [line]
                if self.verbose:
                    sys.stderr.buffer.write(line)
                    sys.stderr.flush()


class Output(threading.Thread):
    """Passes on what the guest's script prints."""

    def __init__(self, stream):
        super().__init__(daemon=True)
        self.stream, self.begun = stream, False

    def run(self):
        for line in self.stream:
            self.begun = True
            sys.stdout.buffer.write(line)
            sys.stdout.flush()


class Failed(Exception):
    """The guest came to nothing before its script began."""

    def __init__(self, status, console, text):
        super().__init__(text)
        self.status, self.console = status, console


def reason(console):
    """What a guest died of, as far as its console shows it."""
    for line in reversed(console.tail):
        if b"qemu-system" in line and b"Assertion" in line:
            # seen with QEMU 10, in iotlb_to_section (system/physmem.c), while
            # the guest assigned PCI memory
            return "QEMU aborted"
    if console.panic:
        return "the kernel panicked"
    return "the guest died" if console.kernel else "no kernel was started"


def wait(vm, console, args):
    """Wait for the end; raise TimeoutExpired, or Failed where the kernel stands
    still while it boots.

    Seen on a busy host: emulated processors that wait for each other.
    """
    boot = min(args.boot_timeout, args.timeout)
    try:
        vm.wait(boot)
    except subprocess.TimeoutExpired:
        if not console.script:
            raise Failed(TIMEOUT, console,
                         f"the kernel stood still for {boot:g} s") from None
        vm.wait(args.timeout - boot)


def end(vm, *threads):
    os.killpg(vm.pid, signal.SIGKILL)
    vm.wait()
    for thread in threads:
        thread.join(2)


def listen(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.bind(path)
    s.listen(1)
    return s


def complain(args, console, text):
    sys.stdout.flush()
    print(f"boot: {text}; the console's end ({args.log_name}):",
          file=sys.stderr)
    for line in console.tail:
        print("  " + line.decode(errors="replace").rstrip(), file=sys.stderr)


def run(args, tmp):
    sockets = {n: os.path.join(tmp, n) for n in ("qmp", "ctl")}
    listeners = {n: listen(path) for n, path in sockets.items()}
    start = time.monotonic()
    with subprocess.Popen(vng_command(args, sockets), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          start_new_session=True) as vm:
        console = Console(vm.stderr, args.console_fd, args.verbose)
        output = Output(vm.stdout)
        control = Control(listeners["qmp"], listeners["ctl"])
        for thread in (console, output, control):
            thread.start()
        try:
            wait(vm, console, args)
        except Failed:
            end(vm, output, console)
            raise
        except subprocess.TimeoutExpired:
            end(vm, output, console)
            complain(args, console, f"timeout after {args.timeout:g} s")
            return TIMEOUT
        output.join(5)
        console.join(5)
        if control.status is not None:
            return control.status
        if not (console.script or output.begun):
            raise Failed(DIED if console.kernel else NOT_STARTED, console,
                         reason(console))
        took = time.monotonic() - start
        complain(args, console, f"{reason(console)} after {took:.0f} s")
        return DIED


def main():
    args = parse_args()
    for tries in range(1, BOOTS + 1):
        try:
            with tempfile.TemporaryDirectory(prefix="fabmon-vm-") as tmp:
                return run(args, tmp)
        except Failed as failed:
            text = f"{failed} before the script began (try {tries} of {BOOTS})"
            if tries == BOOTS:
                complain(args, failed.console, text)
                return failed.status
        print(f"boot: {text}, see {args.log_name}", file=sys.stderr)
        os.write(args.console_fd, b"\nboot: started again\n")
    return DIED


if __name__ == "__main__":
    sys.exit(main())
