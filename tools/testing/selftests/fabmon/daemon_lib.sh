# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash disable=SC2154
# fabmond and an OFMF to talk to, for the tests of the daemon.

OFMF_PORT=5900
AGENT_PORT=5901
OFMF=http://127.0.0.1:$OFMF_PORT
AGENT=http://127.0.0.1:$AGENT_PORT

# ofmf_start [OPTION...]
ofmf_start() {
	ofmf-standin --listen "127.0.0.1:$OFMF_PORT" --json "$@" \
		>>"$work/ofmf.log" 2>>"$work/ofmf.err" &
	ofmf_pid=$!
	children+=("$ofmf_pid")
	until_true 10 curl -sf "$OFMF/redfish/v1/"
}

ofmf_stop() {
	kill "$ofmf_pid" && wait "$ofmf_pid" 2>/dev/null
}

# agent_start [OPTION...]
agent_start() {
	fabmond --config "$work/fabmond.conf" --state-dir "$work/state" \
		--listen "127.0.0.1:$AGENT_PORT" --ofmf "$OFMF" "$@" \
		>>"$work/agent.log" 2>&1 &
	agent_pid=$!
	children+=("$agent_pid")
	until_true 10 curl -sf "$AGENT/redfish/v1/"
}

agent_stop() {
	kill "-${1:-TERM}" "$agent_pid" && wait "$agent_pid" 2>/dev/null
}

agent_setup() {
	mkdir -p "$work/state"
	# links go up and down all the time here, and are to be seen each time; an
	# OFMF reads the logs with each new resource
	printf '[health]\nflap_count = 0\nlog_entries = 8\n[daemon]\nlog_level = debug\n' \
		>"$work/fabmond.conf"
}

ofmf_tree() { curl -sf "$OFMF/standin/tree"; }

# The resources below $1 (a JSON object URI -> resource) that are the host's,
# without what an OFMF adds to them, and without log entries, which it is not notified of
# as resources, and without counters: they move on.
tree_normal='with_entries(select((.value.Members | not) and
	(.value."@odata.type" // "" | test("Metrics[.]|^#LogEntry[.]") | not) and
	(.key | test("^/redfish/v1/(Systems|Chassis|Fabrics)/")))
	| .value |= (del(.Oem.Sunfish_RM, .Entries) | if .Oem == {} then del(.Oem) else . end))'

# The tree as the kernel's state makes it now.
tree_wanted() {
	rm -rf "$work/tree"
	fabmond --config "$work/fabmond.conf" --dump-tree "$work/tree" \
		>"$work/dump.log" 2>&1 || return
	find "$work/tree" -name index.json -exec cat {} + |
		jq -s 'map({(.["@odata.id"]): .}) | add'
}

# tree_equal: the OFMF's tree is the kernel's; prints what differs
tree_equal() {
	tree_wanted | jq -S "$tree_normal" >"$work/wanted.json"
	ofmf_tree | jq -S "$tree_normal" >"$work/has.json"
	[ "$(jq length "$work/wanted.json")" -gt 3 ] || return 1
	diff -u "$work/wanted.json" "$work/has.json" | head -n 60
	return "${PIPESTATUS[0]}"
}

# trees_equal SECONDS DESCRIPTION: within this time the OFMF has what the kernel
# has; else what differs is shown.
trees_equal() {
	if until_true "$1" tree_equal; then
		pass "$2"
	else
		fail "$2" "$(tree_equal)"
	fi
}

# ofmf_logged JQ-CONDITION: a change that was printed; of all so far
ofmf_logged() { jq -se "any(.[]; $1)" "$work/ofmf.log" >/dev/null; }

agents() { curl -sf "$OFMF/redfish/v1/AggregationService/AggregationSources" |
	jq '.Members | length'; }
