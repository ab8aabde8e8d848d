#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# Replay as an operator has it: fabmon monitor, over the made-up nodes of
# fabmon_sim, and the example program of the documentation.
. "$(dirname "$0")/lib.sh"

# Without the others, from number 1 on: every notification is one asked for.
unload
load fabmon fabmon_sim || { skip "all" "no fabmon_sim here"; finish; }
last() { fabmon info -j | jq .seq; }

# Every number once, in order, from $1 to the last; what is lost counts.
whole() {
	jq -sce --argjson from "$1" --argjson to "$(last)" '
		reduce (.[] | select(.seq)) as $line ({next: $from, wrong: []};
			($line.count // 1) as $count |
			if $line.seq == .next + $count - 1 then .
			else .wrong += [{next, seq: $line.seq, op: $line.op, $count}] end |
			.next = $line.seq + 1) |
		if .next == $to + 1 and .wrong == [] then true
		else ({wanted: ($to + 1)} + . | .wrong |= .[:5]), false end
	' "$stream_file" | tee "$work/whole" | grep -qx true || { cat "$work/whole"; return 1; }
}

sim add 3 2
sim change 7
sim event 2
check "K4: monitor --replay: it begins" stream_start --replay
sim change 5
sim event 1
stream_stop
check "K4: all from the first on, then live: no hole, no double" whole 1
check "K4: nothing is reported as lost" stream 'all(.[]; .op != "lost" and .op != "resync")'
check "K3: the changes name what changed, of the past and of now" stream \
	'[.[] | select(.op == "change") | .changed | length] | length == 12 and all(. > 0)'
check "the events have their node's name" stream \
	'[.[] | select(.op == "event") | .event.device] | length == 3 and all(. != null)'

from=$(($(last) - 4))
check "K4: monitor --since: it begins" stream_start --since "$from"
sim change 3
stream_stop
check "K4: from that number on, then live" whole "$from"
next=$(($(last) + 1))
check "K4: --since with the next number" stream_start --since "$next"
sim change 3
stream_stop
check "K4: only what is new" whole "$next"

# until_shown: the last notification is there
until_shown() { until_true 60 grep -q "\"seq\":$(last)," "$stream_file"; }

# A reader that sleeps: more than its socket holds, about 50 notifications of
# this size, but not more than this ring, which holds about 240.
unload fabmon_sim fabmon
insmod "$FABMON_KMOD/fabmon.ko" ring_kbytes=1024
load fabmon_sim
sim add 2 100
check "a monitor starts without any privilege" stream_start_nobody
from=$(($(last) + 1))
kill -STOP "$stream_pid"
sim change 150
kill -CONT "$stream_pid"
sim change 1
until_shown
stream_stop
check "K4: the socket overran" test "$(fabmon info -j | jq '."lost-send"')" -gt 0
check "K4: a hole is filled from the ring: no hole, no double" whole "$from"
check "K4: and nothing is read again" stream 'all(.[]; .op == "change" and .resync == null)'

# More than the ring: how many are lost, then the nodes are read again.
check "a monitor starts without any privilege" stream_start_nobody
from=$(($(last) + 1))
kill -STOP "$stream_pid"
sim change 500
kill -CONT "$stream_pid"
until_true 60 grep -q '"op":"resync"' "$stream_file"
sim change 2
until_shown
stream_stop
check "K4: how many are lost is reported, and all others are there" whole "$from"
check "K4: the nodes were read again" stream 'any(.[]; .op == "lost" and .count > 0) and any(.[]; .op == "resync")'
equal "what is shown last is what is" \
	"$(nodes '[.[] | {name, state: ."rdma-port".state}] | sort')" \
	"$(stream '[.[] | select(.node) | .node] | group_by(.id) | map(.[-1] | {name, state: ."rdma-port".state}) | sort')"
sim remove

# Another instance: all that it has sent is new.
check "a monitor starts" stream_start
unload fabmon_sim fabmon
load fabmon
load fabmon_sim
sim add 4 1
sim event 1
stream_stop 1
check "K3: the module goes and comes back" stream \
	'[.[] | select(.op == "unload" or .op == "load") | .op] == ["unload", "load"]'
check "K3: what the new instance sent is all there, from 1 on" stream \
	'[.[] | select(.op == "load" or .seq)] | .[index(map(select(.op == "load"))[0]):] |
	 [.[] | select(.seq) | .seq] == [1, 2, 3, 4, 5]'
check "K3: and nothing was read again" stream 'all(.[]; .op != "lost" and .op != "resync")'

info=$(fabmon info)
check "info: the ring" grep -qE '^replay +5 of 4096 notifications kept' <<<"$info"
check "info: the provider, and what came from it" \
	grep -qE '^providers +sim [0-9.]+: 4 nodes, 4 added, .* 1 events' <<<"$info"
check "info -j: the same" jq -e '.providers == [.providers[] | select(.name == "sim" and .added == 4)] and
	."ring-used" == 5' <<<"$(fabmon info -j)"

# refused STATUS WORDS ARGUMENT...: it fails, and says why in one line
refused() {
	local status=$1 words=$2 code=0

	shift 2
	timeout 10 fabmon "$@" >"$work/out" 2>"$work/err" || code=$?
	[ "$code" = "$status" ] && [ ! -s "$work/out" ] &&
		[ "$(wc -l <"$work/err")" = 1 ] && grep -q -- "$words" "$work/err" ||
		{ cat "$work/err"; return 1; }
}
check "--since a number to come: refused" refused 1 'notification 999999 is still to come, the last one is' \
	monitor --since 999999
check "--since no number: refused" refused 2 "not '12x'" monitor --since 12x
check "--since a negative number: refused" refused 2 "not '-1'" monitor --since -1
check "--since 0: refused" refused 2 "not '0'" monitor --since 0
check "--since a number of 80 bits: refused" refused 2 "number of a notification" \
	monitor --since 604462909807314587353088
check "--since nothing: refused" refused 2 "missing after '--since'" monitor --since

# The example of the documentation prints the nodes, and all that follows.
if [ -x "$FABMON_BIN/selftests/example" ]; then
	"$FABMON_BIN/selftests/example" 300 >"$work/example" 2>&1 &
	example=$!
	children+=("$example")
	until_true 10 test -s "$work/example"
	sleep 0.5
	from=$(last)
	kill -STOP "$example"
	sim remove
	sim add 2 600
	sim change 293
	sim event 1
	kill -CONT "$example"
	check "K4: the example comes to its end, though its socket overran" \
		until_true 20 sh -c "! kill -0 $example 2>/dev/null"
	equal "K2: the example printed the nodes" 4 "$(grep -c '^node ' "$work/example")"
	equal "K4: and every notification once" "$(seq -s ' ' "$((from + 1))" "$((from + 300))")" \
		"$(sed -n 's/^#\([0-9]*\) .*/\1/p' "$work/example" | tr '\n' ' ' | sed 's/ $//')"
	[ "$ktap_failed" -eq 0 ] || tail -n 5 "$work/example" | sed 's/^/# /'
else
	skip "the example of the documentation" "it is not built"
fi

sim remove
unload fabmon_sim
finish
