// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Messages of the module and of the controller: raw bytes, or well-formed. */
#include <errno.h>

#include "kernel/knl/knl.h"
#include "kernel/knl/priv.h"
#include "message.h"

static void parse(const struct nlmsghdr *hdr, size_t len)
{
	struct knl_ctrl ctrl;
	struct knl_info info;
	struct knl_msg msg;
	int r;

	r = knl_msg_parse(hdr, len, &msg);
	fuzz_assert(!r || r == -EBADMSG);
	if (!r)
		knl_msg_clear(&msg);
	r = knl_info_parse(hdr, len, &info);
	fuzz_assert(!r || r == -EBADMSG);
	r = knl_ctrl_parse(hdr, len, "monitor", &ctrl);
	fuzz_assert(!r || r == -EBADMSG);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct nl_msg *msg;
	void *copy;

	if (fuzz_byte(&in) % 2) {
		msg = fuzz_message(&in);
		parse(nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
		nlmsg_free(msg);
		return 0;
	}
	/* aligned as a socket's buffer is, and not a byte longer */
	copy = malloc(in.size ? in.size : 1);
	fuzz_assert(copy);
	memcpy(copy, in.data, in.size);
	parse(copy, in.size);
	free(copy);
	return 0;
}
