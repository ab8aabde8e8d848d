# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# The changes that an OFMF logged, a line each: jq -rs --argjson begin NS
def short: sub("^/redfish/v1/"; "");
def ms: if . == null then "" else "\(. * 10 | round / 10) ms" end;
def pad($n): . + (" " * ([$n - length, 0] | max));
def lpad($n): (" " * ([$n - length, 0] | max)) + .;
def since: (.epoch_ms // null) | if . then . - ($begin / 1000000) else null end;
def what:
	if (.properties // []) | length > 0 then
		.properties[:3] | map("\(.path): \(.old // "-") -> \(.new // "-")") | join(", ")
	elif .message_id and (.change | IN("Created", "Changed", "Removed") | not) then
		"\(.message_id) \(.message_args // [] | join(", "))"
	else .name // "" end;
.[] | "    \(since | ms | lpad(10)) \("(" + (.latency_ms | ms) + ")" | lpad(12))  \(.change | pad(8)) \(.uri // "" | short)  \(what)"
