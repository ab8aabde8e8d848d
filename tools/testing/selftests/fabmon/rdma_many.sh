#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# Very many RDMA devices: one whole picture, names that change under
# notifications, and all of them gone at once. 512 take an emulated guest one and a
# half minutes, most of it for making them; they are made on one kernel.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rdma_lib.sh"

rdma_load || { skip "all" "the modules do not load"; finish; }
rxe_add 0 && rxe_del 0 || { skip "all" "no rxe here"; finish; }

case $(uname -r) in
7.*) many=512 ;;
*) many=128 ;;
esac
ms() { echo $(($(date +%s%N) / 1000000)); }

stream_start
start=$(ms)
for i in $(seq "$many"); do
	echo "link add m$i type dummy"
	echo "link set m$i up"
done >"$work/ip"
for i in $(seq "$many"); do
	echo "link add rxe$i type rxe netdev m$i"
done >"$work/rdma"
check "$many devices are made" sh -c "ip -batch '$work/ip' && rdma -b '$work/rdma'"
echo "# made in $(($(ms) - start)) ms"

start=$(ms)
fabmon show -j >"$work/dump"
took=$(($(ms) - start))
start=$(ms)
rdma -j link show >"$work/links"
rdma -j dev show >"$work/devs"
echo "# fabmon $took ms, rdma(8) with less to tell $(($(ms) - start)) ms"
equal "K2: all devices in one dump" "$many" \
	"$(jq '[.[] | select(.kind == "rdma-dev")] | length' "$work/dump")"
equal "K2: devices as rdma(8) has them" "$(rdma_devs | sha256sum)" \
	"$(fabmon_devs | sha256sum)"
equal "K2: ports as rdma(8) has them" "$(rdma_links | sha256sum)" \
	"$(fabmon_links | sha256sum)"
check "K2: no node twice" jq -e '[.[].id] | length == (unique | length)' "$work/dump"

# Names change while the net devices beneath have things to tell.
for i in $(seq 100); do echo "dev set rxe$i name renamed$i"; done >"$work/rename"
for i in $(seq 100); do echo "link set m$i mtu 1400"; done >"$work/mtu"
ip -batch "$work/mtu" &
mtu_pid=$!
check "100 devices are renamed" rdma -b "$work/rename"
wait "$mtu_pid"
settled() { [ "$(rdma_devs)" = "$(fabmon_devs)" ]; }
check "K1: every name is the new one" until_true 20 settled
fabmon show -j >"$work/dump"
equal "K1: those of the ports, too" 100 "$(jq '[.[] | select(.kind == "rdma-port" and
	(.name | startswith("renamed")))] | length' "$work/dump")"
equal "K3: and the MTUs" 100 \
	"$(jq '[.[].edges[]? | select(.mtu == 1400)] | length' "$work/dump")"

start=$(ms)
rmmod rdma_rxe
took=$(($(ms) - start))
equal "K5: all gone at once ($took ms)" 0 \
	"$(nodes '[.[] | select(.kind | startswith("rdma"))] | length')"
deleted() { [ "$(grep -c '"op":"delete"' "$stream_file")" -eq $((2 * many)) ]; }
check "K3: each is notified as gone" until_true 20 deleted
stream_stop
# once through what is long, then as often as needed through what is short
jq -c '{op, seq, id: .node.id}' "$stream_file" >"$work/short"
stream_file=$work/short
equal "K3: no number is missing, none comes twice" true "$(stream '
	[.[].seq | select(. != null)] | . == [range(.[0]; .[0] + length)]')"
equal "K3: what was added is what is gone" true "$(stream '
	([.[] | select(.op == "add") | .id] | sort) ==
	([.[] | select(.op == "delete") | .id] | sort)')"
for i in $(seq "$many"); do echo "link del m$i"; done >"$work/ip"
ip -batch "$work/ip"
finish
