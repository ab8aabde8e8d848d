#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# The kernel's own YNL client drives the family from the specification.
. "$(dirname "$0")/lib.sh"

load || { skip "all" "the modules do not load"; finish; }
cli=
for name in cli.py pyynl/cli.py; do
	[ -f "${YNL_DIR:-/nowhere}/$name" ] && cli=$YNL_DIR/$name
done
[ -n "$cli" ] || { skip "all" "no YNL client: set YNL_DIR to tools/net/ynl"; finish; }
rxe_add 0 || { skip "all" "no rxe here"; finish; }

schema=$YNL_DIR/../../../Documentation/netlink/genetlink.yaml
ynl() {
	python3 "$cli" --spec "$FABMON_REPO/Documentation/netlink/specs/fabmon.yaml" \
		--schema "$schema" --output-json "$@"
}

info=$(ynl --do info-get 2>&1)
equal "K1: do info-get: the number of nodes" "$(nodes length)" "$(jq .nodes <<<"$info")"
check "K1: do info-get: capabilities by name" jq -e '.capabilities | index("rdma") != null' <<<"$info"
dump=$(ynl --dump node-get 2>&1)
equal "K2: dump node-get: the same names as fabmon show" \
	"$(nodes '[.[].name] | sort')" "$(jq -c '[.[].node.name] | sort' <<<"$dump")"
check "K2: dump node-get: enums by name" \
	jq -e 'any(.[]; .node.kind == "rdma-port" and .node."rdma-port".protocol == "rocev2")' <<<"$dump"
id=$(jq '[.[].node | select(.name == "rxe0")][0].id' <<<"$dump")
equal "K1: do node-get: one node" '"rxe0"' \
	"$(ynl --do node-get --json "{\"id\": $id}" 2>&1 | jq -c .node.name)"
check "K1: do node-get: the kernel's message for a wrong id" \
	sh -c "python3 '$cli' --spec '$FABMON_REPO/Documentation/netlink/specs/fabmon.yaml' --schema '$schema' \
	--do node-get --json '{\"id\": 4294967280}' 2>&1 | grep -q 'node: none with this'"

replay=$(ynl --dump event-get 2>&1)
check "K4: dump event-get: what happened, by action" jq -e '
	any(.[]; .action == "add" and .node.name == "rxe0" and (.cause | index("scan") != null))' <<<"$replay"
last=$(jq '.[-1].seq' <<<"$replay")
equal "K4: dump event-get from a number on" "$last" \
	"$(ynl --dump event-get --json "{\"seq\": $last}" 2>&1 | jq '.[0].seq')"

ynl --subscribe monitor --sleep 3 >"$work/ntf" 2>&1 &
children+=($!)
# python takes its time to begin: let things happen until it has ended
while kill -0 "${children[-1]}" 2>/dev/null; do
	rxe_del 0
	rxe_add 0
	sleep 0.2
done
rxe_del 0
check "K3: subscribe monitor: the notifications of a removal" \
	jq -e '[.[] | select(.name == "node-delete-ntf") | .msg.node.name] | index("rxe0") != null' "$work/ntf"
[ "$ktap_failed" -eq 0 ] || sed 's/^/# /' "$work/ntf" | tail -n 5
finish
