// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What comes in is trusted no more than any other input: a length is checked
 * before what it measures is touched, and text becomes printable UTF-8. The
 * latter matters: whoever owns a network namespace may name a network device
 * in bytes that no JSON encoder takes and that a terminal obeys.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"
#include "attr.h"

/* Longest text, as the kernel's PATH_MAX. */
#define TEXT_MAX	4096

int knl_attr_next(struct knl_span *span, struct knl_attr *attr)
{
	struct nlattr head;
	size_t step;

	if (!span->len)
		return 0;
	if (span->len < sizeof(head))
		return -EBADMSG;
	memcpy(&head, span->pos, sizeof(head));
	if (head.nla_len < NLA_HDRLEN || head.nla_len > span->len)
		return -EBADMSG;

	attr->type = head.nla_type & NLA_TYPE_MASK;
	attr->data = span->pos + NLA_HDRLEN;
	attr->len = head.nla_len - NLA_HDRLEN;

	step = NLA_ALIGN(head.nla_len);
	if (step > span->len)
		step = span->len;
	span->pos += step;
	span->len -= step;
	return 1;
}

int knl_attr_u32(const struct knl_attr *attr, uint32_t *value)
{
	if (attr->len != sizeof(*value))
		return -EBADMSG;
	memcpy(value, attr->data, sizeof(*value));
	return 0;
}

int knl_attr_u64(const struct knl_attr *attr, uint64_t *value)
{
	if (attr->len != sizeof(*value))
		return -EBADMSG;
	memcpy(value, attr->data, sizeof(*value));
	return 0;
}

/* Bytes of the printable UTF-8 character at @s, 0 where there is none. */
static size_t text_char_len(const uint8_t *s, size_t len)
{
	uint32_t code;
	size_t n, i;

	if (s[0] < 0x80)
		return s[0] >= 0x20 && s[0] != 0x7f;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (n > len)
		return 0;

	code = s[0] & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	/* C1 controls, forms that are too long, surrogates, the end. */
	if (code < 0xa0 || (n == 3 && code < 0x800) ||
	    (n == 4 && code < 0x10000) || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return n;
}

static void text_clean(char *text, size_t len)
{
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = text_char_len((const uint8_t *)text + i, len - i);
		if (!n) {
			text[i] = '?';
			n = 1;
		}
	}
}

/* Length of the text in @attr, without its NUL; -EBADMSG. */
static int attr_text_len(const struct knl_attr *attr, size_t room, size_t *len)
{
	const uint8_t *end = NULL;

	if (attr->len)
		end = memchr(attr->data, 0, attr->len);
	if (!end)
		return -EBADMSG;
	*len = end - attr->data;
	return *len < room ? 0 : -EBADMSG;
}

int knl_attr_text(const struct knl_attr *attr, char **text)
{
	char *copy;
	size_t len;
	int err;

	err = attr_text_len(attr, TEXT_MAX, &len);
	if (err)
		return err;
	copy = malloc(len + 1);
	if (!copy)
		return error_origin(-ENOMEM, "kernel: text of attribute %u",
				    attr->type);
	memcpy(copy, attr->data, len);
	copy[len] = 0;
	text_clean(copy, len);
	free(*text);
	*text = copy;
	return 0;
}

int knl_attr_copy(const struct knl_attr *attr, char *text, size_t room)
{
	size_t len;
	int err;

	err = attr_text_len(attr, room, &len);
	if (err)
		return err;
	memset(text, 0, room);
	memcpy(text, attr->data, len);
	text_clean(text, len);
	return 0;
}

int knl_attr_clip(const struct knl_attr *attr, char *text, size_t room)
{
	size_t len;
	int err;

	err = attr_text_len(attr, TEXT_MAX, &len);
	if (err)
		return err;
	if (len >= room)
		len = room - 1;
	memset(text, 0, room);
	memcpy(text, attr->data, len);
	text_clean(text, len);
	return 0;
}
