# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash
# Runs the parts of `check`, side by side where they allow it, and keeps their
# results. All of a run is in $out: the output of a part NAME is NAME.log, "tally"
# has a line "PASSED FAILED SKIPPED" for each part, and "times" a line "SECONDS
# USER SYSTEM NAME". These are files because a part may run in a process of its
# own.
#
# Wanted from who sources this: $top, $testing, $out, and $strict, which is not
# empty where nothing that is required may be skipped.

width=${CHECK_JOBS:-2}	# so many parts side by side
begun=0 shown=0

say() { printf 'check: %s\n' "$*"; }

# parts_begin: an empty $out, which this run has to itself
parts_begin() {
	local lock

	mkdir -p "$out"
	exec {lock}>"$out/.lock"
	if ! flock -n "$lock"; then
		say "waiting for another run that writes to ${out#"$top"/}"
		flock "$lock"
	fi
	find "$out" -mindepth 1 ! -name .lock -delete
	touch "$out/tally" "$out/times"
	trap 'parts_kill $$; exit 130' INT TERM
}

# parts_kill PID: what it started, and then itself
parts_kill() {
	local child

	for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
		parts_kill "$child"
	done
	[ "$1" = $$ ] || kill "$1" 2>/dev/null
}

# beside COMMAND...: runs one part, and does not wait for it. What parts print
# appears in the order in which they were begun.
beside() {
	while [ "$(jobs -rp | wc -l)" -ge "$width" ]; do
		wait -n
		parts_show
	done
	begun=$((begun + 1))
	{
		"$@" >"$out/part-$begun.new" 2>&1
		mv "$out/part-$begun.new" "$out/part-$begun"
	} &
	parts_show
}

# settle: waits for all parts that run
settle() {
	while [ "$(jobs -rp | wc -l)" -gt 0 ]; do
		wait -n
		parts_show
	done
	parts_show
}

# alone COMMAND...: runs one part while no other runs; what it returns
alone() {
	settle
	"$@" &
	wait "$!"
}

parts_show() {
	while [ -e "$out/part-$((shown + 1))" ]; do
		shown=$((shown + 1))
		cat "$out/part-$shown"
		rm "$out/part-$shown"
	done
}

# tally PASSED FAILED SKIPPED: adds to the totals
tally() { echo "$*" >>"$out/tally"; }

# timed NAME LOG COMMAND...: notes how long a command takes
timed() {
	local name=$1 log=$2 status=0 TIMEFORMAT="%R %U %S $1"

	shift 2
	{ time "$@" >"$log" 2>&1 </dev/null || status=$?; } 2>>"$out/times"
	return "$status"
}

# count NAME LOG STATUS [REQUIRED]: adds a program's results to the totals.
# REQUIRED says what may not be skipped where $strict is set.
count() {
	local name=$1 log=$2 status=$3 p f s

	read -r p f s < <(awk -v status="$status" -f "$testing/tally.awk" "$log")
	if [ -n "$strict" ] && [ -n "${4:-}" ] && [ "$s" -gt 0 ] && [ "$p" -eq 0 ]; then
		say "$name: $4 may not be skipped here"
		f=$((f + s)) s=0
	fi
	tally "$p" "$f" "$s"
	printf '  %-28s %4d passed %3d failed %3d skipped\n' "$name" "$p" "$f" "$s"
	grep -E '# SKIP' "$log" | sed 's/^/    /' | head -n 20
	if [ "$f" -gt 0 ]; then
		grep -E -B12 '^not ok' "$log" | sed 's/^/    /' | tail -n 60
		grep -qE '^not ok' "$log" || tail -n 25 "$log" | sed 's/^/    /'
		say "$name: the whole output is in ${log#"$top"/}"
	fi
}

# program NAME REQUIRED COMMAND...: a part that prints KTAP; REQUIRED as for
# count, or empty
program() {
	local name=$1 required=$2 status=0 log=$out/${1//[\/ ]/-}.log

	shift 2
	timed "$name" "$log" "$@" || status=$?
	count "$name" "$log" "$status" "$required"
}

# verdict NAME TEXT COMMAND...: a part without KTAP, which is one result
verdict() {
	local name=$1 text=$2 word=ok log=$out/${1//[\/ ]/-}.log

	shift 2
	timed "$name" "$log" "$@" || word="not ok"
	echo "$word 1 - $text" >>"$log"
	count "$name" "$log" 0
}

# step NAME COMMAND...: something that must work for the rest to make sense;
# only a failure counts
step() {
	local name=$1 log=$out/${1//[\/ ]/-}.log

	shift
	timed "$name" "$log" "$@" && return
	tail -n 40 "$log"
	say "$name failed; the whole output is in ${log#"$top"/}"
	tally 0 1 0
	return 1
}

# slowest N: the parts that took longest
slowest() {
	say "the $1 slowest parts, in seconds, and how much of a processor they took:"
	LC_ALL=C sort -rn "$out/times" | head -n "$1" |
		awk '{ name = $4; for (i = 5; i <= NF; i++) name = name " " $i
			printf "  %-28s %6.1f s, %6.1f s\n", name, $1, $2 + $3 }'
}

# total: the last line of a run
total() {
	awk '{ p += $1; f += $2; s += $3 }
		END {
			printf "%d passed, %d failed, %d skipped\n", p, f, s
			exit f > 0 || p == 0
		}' "$out/tally"
}
