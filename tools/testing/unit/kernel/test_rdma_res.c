// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The RDMA core's answer about objects in use, taken apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <rdma/rdma_netlink.h>
#include <stdio.h>
#include <string.h>

#include "kernel/rdma_res.h"

static void res_entry(struct nl_msg *msg, const char *name, size_t len,
		      const void *value, int size)
{
	struct nlattr *nest = nla_nest_start(msg,
			RDMA_NLDEV_ATTR_RES_SUMMARY_ENTRY);

	nla_put(msg, RDMA_NLDEV_ATTR_RES_SUMMARY_ENTRY_NAME, (int)len, name);
	nla_put(msg, RDMA_NLDEV_ATTR_RES_SUMMARY_ENTRY_CURR, size, value);
	nla_nest_end(msg, nest);
}

static struct nl_msg *res_message(void)
{
	struct nl_msg *msg = nlmsg_alloc_simple(0, 0);
	const uint64_t qps = 12, cqs = 7;
	struct nlattr *nest;

	nla_put_u32(msg, RDMA_NLDEV_ATTR_DEV_INDEX, 0);
	nla_put_string(msg, RDMA_NLDEV_ATTR_DEV_NAME, "mlx5_0");
	nest = nla_nest_start(msg, RDMA_NLDEV_ATTR_RES_SUMMARY);
	res_entry(msg, "qp", 3, &qps, sizeof(qps));
	res_entry(msg, "cq", 3, &cqs, sizeof(cqs));
	/* no end, no name, a number of another size, a name that is too long */
	res_entry(msg, "mr", 2, &cqs, sizeof(cqs));
	res_entry(msg, "", 1, &cqs, sizeof(cqs));
	res_entry(msg, "pd", 3, &cqs, 4);
	res_entry(msg, "a_name_that_is_longer_than_any_object_of_a_device", 50,
		  &cqs, sizeof(cqs));
	nla_nest_end(msg, nest);
	return msg;
}

/* "qp 12, cq 7, " */
static void on_count(const char *name, uint64_t count, void *ctx)
{
	char *text = ctx;

	snprintf(text + strlen(text), 256 - strlen(text), "%s %llu, ", name,
		 (unsigned long long)count);
}

static void test_parse(void **state)
{
	struct nl_msg *msg = res_message();
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	uint32_t len = hdr->nlmsg_len;
	char text[256] = "";

	rdma_res_parse(hdr, "mlx5_0", on_count, text);
	assert_string_equal(text, "qp 12, cq 7, ");
	*text = '\0';
	rdma_res_parse(hdr, "mlx5_1", on_count, text);
	assert_string_equal(text, "");
	for (hdr->nlmsg_len = 0; hdr->nlmsg_len < len; hdr->nlmsg_len++) {
		*text = '\0';
		rdma_res_parse(hdr, "mlx5_0", on_count, text);
	}
	nlmsg_free(msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
