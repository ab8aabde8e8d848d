# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# The changes that an OFMF logged, a line each:
# jq -rs --arg host ID --argjson begin NS
def short: sub("^/redfish/v1/"; "") | gsub($host; "HOST");
def lpad($n): (" " * ([$n - length, 0] | max)) + .;
def pad($n): . + (" " * ([$n - length, 0] | max));
def ms: if . == null then "" else "\(. * 10 | round / 10) ms" end;
def cut($n): if length > $n then .[:$n - 3] + "..." else . end;
# "2026-11-23T00:40:19.884Z" in ms since the epoch
def epoch: (sub("\\.[0-9]+Z$"; "Z") | fromdate * 1000) + (capture("\\.(?<ms>[0-9]{3})").ms | tonumber);
def value: if . == null then "-" else tostring | short | cut(48) end;
def what:
	if (.properties // []) | length > 0 then
		(.properties[:2] | map("\(.path): \(.old | value) -> \(.new | value)") | join(", "))
		+ (if .properties | length > 2 then ", ..." else "" end)
	elif .change == "Event" then "\(.message_id) [\(.message_args // [] | join(", "))]"
	else .name // "" end;
.[]
# read again on the way, and found to be as it was
| select((.change == "Changed" and (.properties | length) == 0) | not)
| "  \(.time | epoch - $begin / 1000000 | ms | lpad(9))  \(.latency_ms | ms | "(\(.))" | lpad(12))  \(.change | pad(8))\(.uri // "" | short)"
	+ (what | if . == "" then "" else "\n\(" " * 35)\(.)" end)
