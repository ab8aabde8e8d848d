// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Messages of rtnetlink about links, and answers of the RDMA core: a header
 * with their length, and bytes.
 */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "fuzz.h"
#include "kernel/netdev.h"
#include "kernel/rdma_res.h"

static void on_count(const char *name, uint64_t count, void *ctx)
{
	fuzz_assert(*name && strlen(name) < RDMA_RES_NAME_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netdev_change change;
	struct nlmsghdr *hdr;
	size_t len = NLMSG_HDRLEN + (size ? size - 1 : 0);

	/* aligned as a socket's buffer is, and not a byte longer */
	hdr = calloc(1, len);
	fuzz_assert(hdr);
	hdr->nlmsg_len = (uint32_t)len;
	hdr->nlmsg_type = size && *data % 2 ? RTM_NEWLINK : RTM_DELLINK;
	if (size > 1)
		memcpy((char *)hdr + NLMSG_HDRLEN, data + 1, size - 1);
	netdev_parse(hdr, len, &change);
	rdma_res_parse(hdr, "mlx5_0", on_count, NULL);
	free(hdr);
	return 0;
}
