#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# A reader that has stopped, with its socket full, holds up no removal.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rdma_lib.sh"

rdma_load || { skip "all" "the modules do not load"; finish; }
rxe_add 0 || { skip "all" "no rxe here"; finish; }
load fabmon_sim || { skip "all" "no fabmon_sim here"; finish; }

# Column 9 of /proc/net/netlink counts what a socket could not take; libnl puts
# the process into the lower 22 bits of the address in column 3.
drops() {
	awk -v pid="$stopped" '$3 % 4194304 == pid { n += $9 } END { print n + 0 }' \
		/proc/net/netlink
}
full() { [ "$(drops)" -gt 0 ]; }

# A change of a node with 1000 GIDs takes 40 kB, and this reader's socket 400.
stream_start_nobody
stopped=$stream_pid
kill -STOP "$stopped"
sim add 1 1000
sim change 12
check "K5: the socket of the stopped reader is full" full
sim remove

for i in $(seq 100); do
	echo "link add v$i type dummy" >&3
	echo "link set v$i up" >&3
	echo "link add victim$i type rxe netdev v$i"
done 3>"$work/ip" >"$work/rdma"
check "100 devices are made" sh -c "ip -batch '$work/ip' && rdma -b '$work/rdma'"
slowest=0 removals=0
for i in $(seq 100); do
	start=$(date +%s%N)
	rdma link del "victim$i" || break
	took=$((($(date +%s%N) - start) / 1000000))
	removals=$((removals + 1))
	[ "$took" -le "$slowest" ] || slowest=$took
done
equal "K5: each of them is removed" 100 "$removals"
check "K5: the slowest removal took less than $((held_up / 1000)) s (${slowest} ms)" \
	test "$slowest" -lt "$held_up"
start=$(date +%s%N)
check "K5: the module unloads under the stopped reader" unload fabmon_rdma
check "K5: as fast" test $((($(date +%s%N) - start) / 1000000)) -lt "$held_up"
load fabmon_rdma

kill -CONT "$stopped"
rdma dev set rxe0 name awake0
check "K4: awake again, the reader goes on" until_true 30 \
	grep -q '"name":"awake0/1"' "$stream_file"
stream_stop
rdma dev set awake0 name rxe0
rxe_del 0
sed -i -e '/ up$/d' -e 's/ add \(.*\) type.*/ del \1/' "$work/ip"
ip -batch "$work/ip"
finish
