#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# An RDMA core that is not the kernel's own is not touched.
. "$(dirname "$0")/lib.sh"

file=$(modinfo -n ib_core 2>/dev/null)
case $file in
*.ko) cp "$file" "$work/ib_core.ko" ;;
*.ko.xz) xz -dc "$file" >"$work/ib_core.ko" ;;
*.ko.zst) zstd -qdc "$file" >"$work/ib_core.ko" ;;
*)
	skip "all" "the RDMA core is no module here"
	finish
	;;
esac
unload
modprobe -qr mlx5_ib rdma_rxe siw
for module in mock_ib rdma_ucm rdma_cm iw_cm ib_cm ib_umad ib_uverbs ib_core; do
	loaded "$module" && rmmod "$module"
done
loaded ib_core && { skip "all" "the RDMA core is in use"; finish; }

# what makes the kernel take it for its own, and the signature, which is wrong
# then: without either it is as if another package had brought it
sed -i -e 's/\x00intree=Y\x00/\x00xntree=Y\x00/' \
	-e 's/~Module signature appended~/-Module signature appended-/' "$work/ib_core.ko"
IFS=, read -ra needs < <(modinfo -F depends ib_core)
[ ${#needs[@]} -eq 0 ] || modprobe -a "${needs[@]}"
check "a replaced RDMA core loads" insmod "$work/ib_core.ko"
check "and is out of tree" grep -q O /sys/module/ib_core/taint
load fabmon
dmesg -C
check "K7: fabmon_rdma refuses it" sh -c "! insmod '$FABMON_KMOD/fabmon_rdma.ko' 2>/dev/null"
check "K7: with a message that says what to do" sh -c \
	"dmesg | grep -q 'fabmon_rdma: ib_core is not this kernel.s own.*OFA_DIR'"
check "K7: and is not left half loaded" sh -c '! grep -q ^fabmon_rdma /proc/modules'
rmmod ib_core
check "with the kernel's own it loads" load fabmon_rdma
finish
