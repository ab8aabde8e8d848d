#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# Debug kernels: nothing that the modules allocated was lost by them. Asked with
# the modules loaded, where what they hold can be told from what they lost by
# its being pointed at, and without, where they hold nothing.
. "$(dirname "$0")/lib.sh"

leaks=/sys/kernel/debug/kmemleak

# scan TEXT: a young object counts only at a second scan, after five seconds
scan() {
	echo scan >$leaks
	sleep 7
	echo scan >$leaks
	# one report is a line that is not indented, and those that are
	awk '
	function report() { if (text ~ /fabmon/) printf "%s", text }
	/^[^ ]/ { report(); text = "" }
	{ text = text $0 "\n" }
	END { report() }' $leaks >"$work/leaks"
	if [ -s "$work/leaks" ]; then
		fail "$1" "$(cat "$work/leaks")"
	else
		pass "$1"
	fi
}

if ! echo scan 2>/dev/null >$leaks; then
	skip "kmemleak" "not in this kernel, or switched off"
	finish
fi
load
scan "no leak of the modules' while they are loaded"
unload
scan "no leak of the modules' once they are unloaded"
finish
