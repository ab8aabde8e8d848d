#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# fabmon_cxl is loaded for the ACPI device that stands for the CXL root, finds
# what is there, and goes without a trace.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cxl_lib.sh"

alias=$(cat /sys/bus/acpi/devices/ACPI0017:00/modalias 2>/dev/null)
[ -n "$alias" ] || { skip "all" "no CXL here"; finish; }
unload || { fail "K7: nothing is loaded to begin with" "$(lsmod | head)"; finish; }

# A tree of modules of our own: the root file system is read-only.
tree=$work/lib/modules/$(uname -r)
mkdir -p "$tree/extra"
ln -s "$FABMON_KMOD"/fabmon.ko "$FABMON_KMOD"/fabmon_cxl.ko "$tree/extra/"
touch "$tree/modules.order" "$tree/modules.builtin"
depmod -b "$work" "$(uname -r)"
check "K7: modprobe $alias loads a module" modprobe -d "$work" "$alias"
check "K7: it is fabmon_cxl, and fabmon with it" sh -c \
	"grep -q '^fabmon_cxl ' /proc/modules && grep -q '^fabmon ' /proc/modules"
check "K7: it says that it is there" has cxl

# Loaded while devices come: the walk and the notifications meet.
cxl_modules
until_true 30 cxl_settled
wrong=
for _ in 1 2 3 4 5 6 7 8 9 10; do
	rmmod fabmon_cxl || wrong="$wrong rmmod"
	count=$(fabmon info -j | jq .nodes)
	[ "$count" = 0 ] || wrong="$wrong $count-left"
	insmod "$FABMON_KMOD/fabmon_cxl.ko" || wrong="$wrong insmod"
	count=$(find "$bus" -type l | wc -l)
	[ "$(nodes length)" = "$count" ] || wrong="$wrong $(nodes length)/$count"
done
equal "K1: all nodes are there when it is loaded, none when it is gone, 10 times" "" "$wrong"

# The same while a device is bound and unbound. The kernel refuses to bind it
# until it has taken down what the last driver left.
rebind() {
	local drivers=/sys/bus/cxl/drivers/cxl_mem

	for _ in $(seq 20); do
		echo "$1" >$drivers/unbind
		until_true 5 sh -c "echo $1 >$drivers/bind" || return
	done
}

mem=$(cxl list -M | jq -r '.[0].memdev')
rebind "$mem" >/dev/null 2>&1 &
pid=$!
wrong=
while kill -0 "$pid" 2>/dev/null; do
	rmmod fabmon_cxl && insmod "$FABMON_KMOD/fabmon_cxl.ko" || wrong=failed
done
check "K5: the device keeps its driver through it" wait "$pid"
equal "K5: loading and unloading while a driver is bound and unbound" "" "$wrong"
until_true 10 sh -c "[ \$(fabmon show -j | jq length) = \$(ls $bus | wc -l) ]"
equal "K1: the nodes are the devices of the bus afterwards" \
	"$(find "$bus" -mindepth 1 -printf '%f\n' | sort | paste -sd' ')" \
	"$(nodes '.[].name' | jq -r . | sort | paste -sd' ')"
unload
finish
