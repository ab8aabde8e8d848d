// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The lengths of nested attributes are what a fuzzer hardly ever gets right;
 * this gets them right for it.
 */
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "message.h"

#define DEPTH_MAX	8

enum { NEST, UP, U32, SMALL, U64, TEXT, BYTES, END, N_OPS };

static uint64_t number(struct fuzz_input *in, int bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | fuzz_byte(in);
	return value;
}

static void put(struct nl_msg *msg, struct fuzz_input *in, int op, int type)
{
	size_t len;
	char *text;

	switch (op) {
	case U32:
		nla_put_u32(msg, type, (uint32_t)number(in, 4));
		break;
	case SMALL:
		nla_put_u32(msg, type, fuzz_byte(in));
		break;
	case U64:
		nla_put_u64(msg, type, number(in, 8));
		break;
	case TEXT:
		len = fuzz_byte(in);
		text = fuzz_text(in, len);
		nla_put_string(msg, type, text);
		free(text);
		break;
	case BYTES:
		len = fuzz_byte(in);
		if (len > in->size)
			len = in->size;
		nla_put(msg, type, (int)len, in->data);
		in->data += len;
		in->size -= len;
		break;
	}
}

struct nl_msg *fuzz_message(struct fuzz_input *in)
{
	struct nl_msg *msg = nlmsg_alloc_size(32768);
	struct nlattr *nests[DEPTH_MAX];
	int depth = 0, op, type;

	fuzz_assert(msg);
	fuzz_assert(genlmsg_put(msg, 0, 0, 0x21, 0, 0, fuzz_byte(in) % 16, 1));
	while (in->size) {
		op = fuzz_byte(in) % N_OPS;
		if (op == END)
			break;
		if (op == UP) {
			if (depth)
				nla_nest_end(msg, nests[--depth]);
			continue;
		}
		type = fuzz_byte(in);
		if (op != NEST)
			put(msg, in, op, type);
		else if (depth < DEPTH_MAX &&
			 (nests[depth] = nla_nest_start(msg, type)))
			depth++;
	}
	while (depth)
		nla_nest_end(msg, nests[--depth]);
	return msg;
}
