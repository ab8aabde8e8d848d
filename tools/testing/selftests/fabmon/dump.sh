#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# A dump is one picture: while devices come and go, none has a node twice, a
# port without its device, or a device without its port.
. "$(dirname "$0")/lib.sh"

load || { skip "all" "the modules do not load"; finish; }
rxe_add 0 || { skip "all" "no rxe here"; finish; }

(
	while :; do
		for n in 21 22 23; do rxe_add "$n"; done
		for n in 23 22 21; do rxe_del "$n"; done
	done
) >/dev/null 2>&1 &
churn=$!

dumps=0 twice=0 orphans=0
end=$((SECONDS + 12))
while [ "$SECONDS" -lt "$end" ]; do
	fabmon show -j >"$work/dump" 2>"$work/err" || continue
	dumps=$((dumps + 1))
	jq -e '[.[].id] | length == (unique | length)' "$work/dump" >/dev/null ||
		twice=$((twice + 1))
	jq -e '[.[].id] as $ids | all(.[] | select(.parent != null);
		.parent as $p | $ids | index($p) != null)' "$work/dump" >/dev/null ||
		orphans=$((orphans + 1))
done
kill "$churn"
wait "$churn" 2>/dev/null

check "K2: there were dumps enough to say something ($dumps)" test "$dumps" -ge 5
equal "K2: no node twice in a dump" 0 "$twice"
equal "K2: no node without its parent" 0 "$orphans"

for n in 21 22 23; do rxe_del "$n" 2>/dev/null; done
for n in $(seq 30 60); do rxe_add "$n" || break; done
equal "K2: many devices in one dump" "$(rdma -j dev | jq length)" \
	"$(nodes '[.[] | select(.kind == "rdma-dev")] | length')"
equal "K2: and all their ports" "$(rdma -j link | jq length)" \
	"$(nodes '[.[] | select(.kind == "rdma-port")] | length')"
for n in $(seq 30 60); do rxe_del "$n"; done
rxe_del 0
finish
