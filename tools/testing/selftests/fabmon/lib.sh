# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash
# What the tests share: KTAP, modules, devices, waiting.
#
# Each test script sources this, calls `check` for each thing it proves, and
# ends with `finish`. Exit code: 0 passed, 1 failed, 4 nothing could run.

: "${FABMON_KMOD:?directory of the modules}" "${FABMON_BIN:?directory of fabmon, fabmond, ofmf-standin}"
export PATH=$FABMON_BIN:$PATH

ktap_count=0
ktap_failed=0
ktap_ran=0
ktap_prefix=$(basename "$0" .sh)
work=$(mktemp -d)

ktap_line() {
	ktap_count=$((ktap_count + 1))
	echo "$1 $ktap_count - $ktap_prefix: $2"
}

pass() {
	ktap_ran=$((ktap_ran + 1))
	ktap_line ok "$1"
}

# fail DESCRIPTION [DETAIL...]
fail() {
	local text=$1

	shift
	ktap_ran=$((ktap_ran + 1))
	ktap_failed=$((ktap_failed + 1))
	[ $# -eq 0 ] || printf '%s\n' "$@" | head -n 40 | sed 's/^/# /'
	ktap_line "not ok" "$text"
}

# skip DESCRIPTION REASON
skip() {
	ktap_line ok "$1 # SKIP $2"
}

# check DESCRIPTION COMMAND...: passes if the command succeeds. It runs in this
# shell, so that what it starts and sets stays.
check() {
	local text=$1

	shift
	if "$@" >"$work/check" 2>&1; then
		pass "$text"
	else
		fail "$text" "command: $*" "$(cat "$work/check")"
	fi
}

# equal DESCRIPTION WANTED GOT
equal() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "wanted: $2" "got:    $3"
	fi
}

# Kills what a test left running, by id.
children=()
finish() {
	local pid

	for pid in "${children[@]}"; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	done
	rm -rf "$work"
	echo "1..$ktap_count"
	[ "$ktap_failed" -eq 0 ] || exit 1
	[ "$ktap_ran" -gt 0 ] || exit 4
	exit 0
}

# until_true SECONDS COMMAND...: tries until it succeeds
until_true() {
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

loaded() { grep -q "^$1 " /proc/modules; }

# load [MODULE...]: the modules (default all three) and what they need
load() {
	local m

	[ $# -gt 0 ] || set -- fabmon fabmon_rdma fabmon_cxl
	for m; do
		loaded "$m" && continue
		[ "$m" != fabmon_rdma ] || modprobe ib_core || return
		insmod "$FABMON_KMOD/$m.ko" || return
	done
}

unload() {
	local m

	[ $# -gt 0 ] || set -- fabmon_cxl fabmon_rdma fabmon_sim fabmon
	for m; do
		if loaded "$m"; then
			rmmod "$m" || return
		fi
	done
}

cxl_modules() {
	modprobe -a cxl_acpi cxl_pci cxl_mem cxl_pmem cxl_port
	[ -d /sys/bus/cxl/devices/root0 ]
}

# rxe_add N: dummy device dN with RDMA device rxeN on it
rxe_add() {
	modprobe -q crc32_generic
	modprobe rdma_rxe || return
	# what another test has left is not taken for a kernel without rxe
	[ ! -e "/sys/class/net/d$1" ] || ip link del "d$1" || return
	ip link add "d$1" type dummy || return
	ip link set "d$1" up || return
	rdma link add "rxe$1" type rxe netdev "d$1"
}

rxe_del() {
	rdma link del "rxe$1"
	ip link del "d$1"
}

# Milliseconds that count as not being held up. The instruments of a debug kernel
# take ten times as long for everything.
held_up=2000
[ ! -e /sys/kernel/debug/kmemleak ] || held_up=20000

# sim COMMAND...: to fabmon_sim (kmod/sim/main.c)
sim() { echo "$*" >/sys/kernel/debug/fabmon_sim/ctl; }

# nodes [JQ-FILTER]: the kernel's nodes, as an array, filtered
nodes() { fabmon show -j | jq -ce "${1:-.}"; }

# A stream of notifications in the background: stream_start; stream_stop
stream_start() {
	stream_file=$work/stream.$RANDOM
	fabmon monitor -j "$@" >"$stream_file" 2>"$stream_file.err" &
	stream_pid=$!
	children+=("$stream_pid")
	# it is listening once it has written nothing and is in the group
	until_true 10 grep -q ready "$stream_file.err"
}

# The same as nobody, whose socket holds no more than net.core.rmem_max says,
# which is 4 MiB on some kernels: as much as on 6.12.
stream_start_nobody() {
	sysctl -qw net.core.rmem_max=212992
	stream_file=$work/stream.$RANDOM
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		fabmon monitor -j >"$stream_file" 2>"$stream_file.err" &
	stream_pid=$!
	children+=("$stream_pid")
	until_true 10 grep -q ready "$stream_file.err"
}

stream_stop() {
	sleep "${1:-0.5}"
	kill -INT "$stream_pid" 2>/dev/null
	wait "$stream_pid" 2>/dev/null
}

# stream JQ-FILTER: over the array of everything that came
stream() { jq -sce "$1" "$stream_file"; }

trap 'exit 1' INT TERM
