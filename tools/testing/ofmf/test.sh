#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# Test ofmf-standin over loopback. KTAP on stdout; exit 0, 1, or 4 for skip.
# STANDIN=PROGRAM (default ./ofmf-standin), WRAP="valgrind -q ..." to run it
# under something.
here=$(cd "$(dirname "$0")" && pwd)
: "${STANDIN:=$here/ofmf-standin}"
export STANDIN WRAP PYTHONDONTWRITEBYTECODE=1

skip() {
	echo "TAP version 13"
	echo "1..0 # SKIP $1"
	exit 4
}

command -v python3 >/dev/null || skip "no python3"
[ -x "$STANDIN" ] || skip "no $STANDIN, run make first"
exec python3 "$here/test_standin.py"
