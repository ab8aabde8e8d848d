#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# A region's life: made, committed, torn down.
. "$(dirname "$0")/lib.sh"

load || { skip "all" "the modules do not load"; finish; }
cxl_modules || { skip "all" "no CXL here"; finish; }
until_true 20 test -e /sys/bus/cxl/devices/mem1
[ -e /sys/bus/cxl/devices/decoder0.0/create_ram_region ] ||
	{ skip "all" "this kernel makes no volatile regions"; finish; }
mem=$(cxl list -M | jq -r '.[] | select(.serial == 4660) | .memdev')

stream_start
made=$(cxl create-region -t ram -d decoder0.0 -m "$mem" -s 256M 2>"$work/err")
region=$(jq -r '.region // empty' <<<"$made")
check "cxl(1) makes and commits a region: $region" test -n "$region"
[ -n "$region" ] || { sed 's/^/# /' "$work/err"; stream_stop; finish; }
sleep 0.5
now=$(nodes ".[] | select(.name == \"$region\")")
cxl disable-region "$region" >/dev/null 2>&1
cxl destroy-region -f "$region" >/dev/null 2>&1
stream_stop 1

equal "committed: its driver is bound" '"cxl_region"' "$(jq -c .driver <<<"$now")"
root=$(nodes '.[] | select(.name == "decoder0.0") | .id')
equal "its parent is the root decoder" "$root" "$(jq -c .parent <<<"$now")"
check "it was told: made without a driver" stream "[.[] | select(.op == \"add\" and
	.node.name == \"$region\") | .node.driver] == [null]"
check "it was told: committed" stream "[.[] | select(.op == \"change\" and
	.node.name == \"$region\") | .node.driver] | index(\"cxl_region\") != null"
check "it was told: gone" stream "[.[] | select(.op == \"delete\" and
	.node.name == \"$region\")] | length == 1"
check "the sequence has no gap" stream '[.[] | select(.seq != null) | .seq] |
	. as $s | length > 0 and . == [range($s[0]; $s[0] + length)]'
finish
