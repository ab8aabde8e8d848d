// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Messages that are cut, broken, or too much: refused, and never read beyond. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "kernel/knl/knl.h"
#include "util/error.h"
#include "kernel/knl/priv.h"
#include "knl_message.h"

/* A node with the attributes of @with, a set of bits. */
static struct nl_msg *bare_node(unsigned int with)
{
	struct nl_msg *msg = knl_message(FABMON_CMD_NODE_GET);
	struct nlattr *nest;

	if (with & 1)
		nla_put_u64(msg, FABMON_A_INSTANCE, INSTANCE);
	if (with & 2)
		nla_put_u64(msg, FABMON_A_SEQ, 41);
	if (!(with & 4))
		return msg;
	nest = nla_nest_start(msg, FABMON_A_NODE);
	if (with & 8)
		nla_put_u32(msg, FABMON_A_NODE_ID, 11);
	if (with & 16)
		nla_put_u32(msg, FABMON_A_NODE_KIND, 77);
	if (with & 32)
		nla_put_string(msg, FABMON_A_NODE_NAME, "x");
	nla_nest_end(msg, nest);
	return msg;
}

static void mandatory_attributes(void **state)
{
	struct nl_msg *from = bare_node(63);
	struct knl_msg msg;
	unsigned int bit;

	assert_int_equal(knl_message_parse(from, &msg), 0);
	nlmsg_free(from);
	assert_int_equal(msg.node.numa_node, -1);
	assert_int_equal(msg.node.kind, 77);
	assert_string_equal(knl_kind_name(msg.node.kind), "unknown");
	assert_int_equal(msg.node.port.has, 0);
	knl_msg_clear(&msg);

	for (bit = 1; bit < 64; bit <<= 1)
		knl_message_refused(bare_node(63 & ~bit));
	knl_message_refused(knl_message(FABMON_CMD_INFO_GET));
	knl_message_refused(knl_notification(FABMON_CMD_EVENT_NTF));
	knl_message_refused(knl_notification(FABMON_CMD_NODE_DELETE_NTF));
}

/* @name, of @len bytes, as the name of a node. */
static int parse_name(const void *name, size_t len, struct knl_msg *msg)
{
	struct nl_msg *from = knl_notification(FABMON_CMD_NODE_ADD_NTF);
	struct nlattr *nest = nla_nest_start(from, FABMON_A_NODE);
	int err;

	nla_put_u32(from, FABMON_A_NODE_ID, 11);
	nla_put_u32(from, FABMON_A_NODE_KIND, 1);
	nla_put(from, FABMON_A_NODE_NAME, len, name);
	nla_nest_end(from, nest);
	err = knl_message_parse(from, msg);
	nlmsg_free(from);
	return err;
}

static void text(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "", "" },
		{ "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
		  "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "\x1b[2Jx\x7f\n", "?[2Jx??" },
		{ "\xff\xfe", "??" },
		{ "\xc2\x9b" "1m", "??1m" },	/* C1: a terminal obeys it */
		{ "\xc0\xaf", "??" },		/* too long a form of "/" */
		{ "\xed\xa0\x80", "???" },	/* half of a pair */
		{ "\xf4\x90\x80\x80", "????" },	/* past the end */
		{ "\xe2\x82", "??" },		/* cut */
		{ "\xe0\x80\x80", "???" },
	};
	struct knl_msg msg;
	char big[5000];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse_name(cases[i].in,
					    strlen(cases[i].in) + 1, &msg), 0);
		assert_string_equal(msg.node.name, cases[i].out);
		knl_msg_clear(&msg);
	}
	assert_int_equal(parse_name("a\0b", 4, &msg), 0);
	assert_string_equal(msg.node.name, "a");
	knl_msg_clear(&msg);
	assert_int_equal(parse_name("abc", 3, &msg), -EBADMSG);
	assert_non_null(strstr(error_text(-EBADMSG), "kernel: message "));
	assert_int_equal(parse_name("", 0, &msg), -EBADMSG);
	memset(big, 'x', sizeof(big));
	big[4999] = 0;
	assert_int_equal(parse_name(big, sizeof(big), &msg), -EBADMSG);
	big[4095] = 0;
	assert_int_equal(parse_name(big, 4096, &msg), 0);
	knl_msg_clear(&msg);
}

/* A node with one attribute of a wrong shape. */
static void assert_shape_refused(int type, const void *data, size_t len)
{
	struct nl_msg *from = bare_node(3);
	struct nlattr *nest = nla_nest_start(from, FABMON_A_NODE);

	nla_put_u32(from, FABMON_A_NODE_ID, 11);
	nla_put_u32(from, FABMON_A_NODE_KIND, 1);
	nla_put_string(from, FABMON_A_NODE_NAME, "x");
	nla_put(from, type, len, data);
	nla_nest_end(from, nest);
	knl_message_refused(from);
}

static void wrong_shapes(void **state)
{
	assert_shape_refused(FABMON_A_NODE_PARENT, "12345678", 8);
	assert_shape_refused(FABMON_A_NODE_PARENT, "12", 2);
	assert_shape_refused(FABMON_A_NODE_PARENT, NULL, 0);
	assert_shape_refused(FABMON_A_NODE_ID, "\0\0\0\0", 4);
	assert_shape_refused(FABMON_A_NODE_KIND, "\0\0\0\0", 4);
	assert_shape_refused(FABMON_A_NODE_PCI, "0123456789abcdef", 17);
	/* A nest whose attribute is longer than the nest, and one cut. */
	assert_shape_refused(FABMON_A_NODE_EDGE, "\x20\0\1\0aaaa", 8);
	assert_shape_refused(FABMON_A_NODE_RDMA_DEV, "\x08\0\1", 3);
	assert_shape_refused(FABMON_A_NODE_RDMA_PORT, "\x03\0\1\0", 4);
	/* A GID of 4 bytes. */
	assert_shape_refused(FABMON_A_NODE_RDMA_PORT,
			     "\x0c\0\x12\0\x08\0\3\0gggg", 12);
}

/* The same attribute twice: the later one, and the first is not leaked. */
static void comes_twice(void **state)
{
	struct nl_msg *from = knl_node_message();
	struct knl_msg msg;
	struct nlattr *nest = nla_nest_start(from, FABMON_A_NODE);

	nla_put_u32(from, FABMON_A_NODE_ID, 12);
	nla_put_u32(from, FABMON_A_NODE_KIND, 2);
	nla_put_string(from, FABMON_A_NODE_NAME, "one");
	nla_put_string(from, FABMON_A_NODE_NAME, "two");
	nla_nest_end(from, nest);
	assert_int_equal(knl_message_parse(from, &msg), 0);
	assert_string_equal(msg.node.name, "two");
	assert_int_equal(msg.node.n_edges, 0);
	nlmsg_free(from);
	knl_msg_clear(&msg);
}

static void lists_are_bounded(void **state)
{
	struct nl_msg *from = bare_node(3);
	struct nlattr *nest = nla_nest_start(from, FABMON_A_NODE);
	struct knl_msg msg;
	int i;

	nla_put_u32(from, FABMON_A_NODE_ID, 11);
	nla_put_u32(from, FABMON_A_NODE_KIND, 1);
	nla_put_string(from, FABMON_A_NODE_NAME, "x");
	for (i = 0; i < KNL_LIST_MAX; i++)
		nla_put(from, FABMON_A_NODE_EDGE, 0, NULL);
	nla_nest_end(from, nest);
	assert_int_equal(knl_message_parse(from, &msg), 0);
	assert_int_equal(msg.node.n_edges, KNL_LIST_MAX);
	knl_msg_clear(&msg);

	nla_put(from, FABMON_A_NODE_EDGE, 0, NULL);
	nest->nla_len += NLA_HDRLEN;
	knl_message_refused(from);
}

/* A copy that ends where the message does, for the sanitizer to see. */
static void parse_copy(const uint8_t *data, size_t len, uint32_t claimed)
{
	struct nlmsghdr *copy = malloc(len ? len : 1);
	struct knl_info info;
	struct knl_ctrl ctrl;
	struct knl_msg msg;
	int err;

	memcpy(copy, data, len);
	if (len >= sizeof(copy->nlmsg_len))
		memcpy(copy, &claimed, sizeof(claimed));
	err = knl_msg_parse(copy, len, &msg);
	assert_true(err == 0 || err == -EBADMSG);
	if (!err)
		knl_msg_clear(&msg);
	err = knl_info_parse(copy, len, &info);
	assert_true(err == 0 || err == -EBADMSG);
	err = knl_ctrl_parse(copy, len, "monitor", &ctrl);
	assert_true(err == 0 || err == -EBADMSG);
	free(copy);
}

static struct nl_msg *(* const builders[])(void) = {
	knl_node_message, knl_event_message, knl_info_message,
	knl_controller_message, knl_lost_message,
};

static void cut_at_every_byte(void **state)
{
	const uint8_t *data;
	struct nl_msg *from;
	size_t b, len, full;

	for (b = 0; b < sizeof(builders) / sizeof(builders[0]); b++) {
		from = builders[b]();
		data = (const uint8_t *)nlmsg_hdr(from);
		full = nlmsg_hdr(from)->nlmsg_len;
		for (len = 0; len <= full; len++) {
			parse_copy(data, len, len);
			parse_copy(data, len, full);
			parse_copy(data, len, UINT32_MAX);
		}
		nlmsg_free(from);
	}
}

static void mutations(void **state)
{
	uint8_t data[8192];
	struct nl_msg *from;
	size_t len, i;
	int round, n;

	srandom(1);
	for (round = 0; round < 10000; round++) {
		from = builders[round % 5]();
		len = nlmsg_hdr(from)->nlmsg_len;
		assert_true(len <= sizeof(data));
		memcpy(data, nlmsg_hdr(from), len);
		nlmsg_free(from);
		for (n = random() % 8; n >= 0; n--) {
			i = NLMSG_HDRLEN + random() % (len - NLMSG_HDRLEN);
			data[i] = random() % 3 ? random() : random() % 16;
		}
		parse_copy(data, len, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mandatory_attributes),
		cmocka_unit_test(text),
		cmocka_unit_test(wrong_shapes),
		cmocka_unit_test(comes_twice),
		cmocka_unit_test(lists_are_bounded),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
