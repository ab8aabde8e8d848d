# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
"""How fast the host's time stamp counter runs, which an emulated guest reads.

A guest finds this out by counting it against its emulated timers. On a busy
host the result has been seen wrong by a factor of 13, and with it every time
in the guest; so it is given the frequency.
"""

import ctypes
import mmap
import time

# rdtsc; shl rdx, 32; or rax, rdx; ret
RDTSC = bytes.fromhex("0f31 48c1e220 4809d0 c3")


def khz(seconds=0.05):
    """Counted for so long; None where that is not possible."""
    try:
        code = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ |
                         mmap.PROT_WRITE | mmap.PROT_EXEC)
        code.write(RDTSC)
        page = (ctypes.c_char * len(RDTSC)).from_buffer(code)
        rdtsc = ctypes.CFUNCTYPE(ctypes.c_uint64)(ctypes.addressof(page))
    except (OSError, ValueError):
        return None

    def sample():
        """The tightest of a few pairs: one may have been preempted."""
        pairs = []
        for _ in range(20):
            before = time.monotonic_ns()
            ticks = rdtsc()
            after = time.monotonic_ns()
            pairs.append((after - before, (before + after) / 2, ticks))
        return min(pairs)[1:]

    when, ticks = sample()
    time.sleep(seconds)
    later, more = sample()
    return round((more - ticks) / (later - when) * 1e6)
