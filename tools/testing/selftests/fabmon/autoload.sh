#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# Installed, the providers come by themselves with what they watch: the RDMA
# core, and the CXL root of ACPI. The installation is an overlay of this test.
. "$(dirname "$0")/lib.sh"

release=$(uname -r)
original=$(readlink -f "/lib/modules/$release")
alias=acpi:ACPI0017:

# install: the modules and the file of modprobe.d, as `make install` puts them
install_all() {
	mkdir -p "$work/top" "$work/upper" || return
	mount -t tmpfs tmpfs "$work/upper" || return
	mkdir "$work/upper/u" "$work/upper/w"
	mount -t overlay -o "xino=off,lowerdir=$original,upperdir=$work/upper/u,workdir=$work/upper/w" \
		overlay "$work/top" || return
	ln -sfn "$work/top" "/lib/modules/$release"
	mkdir -p "$work/top/updates" /etc/modprobe.d
	cp "$FABMON_KMOD"/fabmon{,_rdma,_cxl}.ko "$work/top/updates/" || return
	cp "$FABMON_REPO/packaging/modprobe.d/fabmon.conf" /etc/modprobe.d/ ||
		return
	depmod "$release"
}

# What was there before goes on as it was.
restore() {
	rm -f /etc/modprobe.d/fabmon.conf
	ln -sfn "$original" "/lib/modules/$release"
	umount "$work/top" "$work/upper"
}

# gone MODULE...: out of the kernel, with what uses them
gone() {
	local m

	for m; do
		! loaded "$m" || modprobe -r "$m" || return
	done
}

unload
gone rdma_rxe ib_core
check "they install" install_all
if [ "$ktap_failed" -gt 0 ]; then
	restore
	finish
fi

if loaded ib_core; then
	skip "autoload: fabmon_rdma" "ib_core is in use here"
else
	check "ib_core loads" modprobe ib_core
	check "fabmon_rdma came with it" loaded fabmon_rdma
	check "and fabmon" loaded fabmon
	# modprobe -r ib_core would as well, and then miss ib_core itself
	check "they unload" unload
	check "ib_core unloads after them" rmmod ib_core
	equal "nothing of fabmon is left" "" \
		"$(awk '/^fabmon/ { print $1 }' /proc/modules)"
	modprobe -q crc32_generic
	check "a driver that needs ib_core loads" modprobe rdma_rxe
	check "fabmon_rdma came with that as well" loaded fabmon_rdma
	check "the driver unloads while fabmon_rdma is there" \
		rmmod rdma_rxe
fi

if [ -e /sys/bus/acpi/devices/ACPI0017:00 ] && cxl_modules; then
	check "the alias of the CXL root loads" modprobe "$alias"
	check "fabmon_cxl came by it" loaded fabmon_cxl
	check "so did the kernel's own driver" loaded cxl_acpi
	check "fabmon_cxl unloads" modprobe -r fabmon_cxl
else
	check "the alias of the CXL root names fabmon_cxl" \
		sh -c "modprobe -R $alias | grep -qx fabmon_cxl"
fi
unload
restore
finish
