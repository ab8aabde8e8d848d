/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Netlink attributes, one after the other, out of bytes that nobody vouches
 * for. Pure; no more than knl's own files include it.
 */
#ifndef FABMON_KNL_ATTR_H
#define FABMON_KNL_ATTR_H

#include <stddef.h>
#include <stdint.h>

/* Attributes that are still to be read. */
struct knl_span {
	const uint8_t *pos;
	size_t len;
};

struct knl_attr {
	unsigned int type;		/* without the flags */
	const uint8_t *data;		/* in the span's bytes */
	size_t len;
};

/**
 * knl_attr_next - take the next attribute off a span
 *
 * Return: 1 with *@attr filled; 0 at the end; -EBADMSG.
 */
int knl_attr_next(struct knl_span *span, struct knl_attr *attr);

/* A number of just this size. Return: 0 or -EBADMSG. */
int knl_attr_u32(const struct knl_attr *attr, uint32_t *value);
int knl_attr_u64(const struct knl_attr *attr, uint64_t *value);

/**
 * knl_attr_text - copy a text
 * @attr: must hold a NUL, at most 4096 bytes from its start
 * @text: what it held is freed; the caller frees the copy
 *
 * Return: 0, -EBADMSG or -ENOMEM.
 */
int knl_attr_text(const struct knl_attr *attr, char **text);

/**
 * knl_attr_copy - copy a short text
 * @attr: must hold a NUL within the first @room bytes
 * @text: @room bytes, filled up with NUL
 *
 * Return: 0 or -EBADMSG.
 */
int knl_attr_copy(const struct knl_attr *attr, char *text, size_t room);

/* Likewise; of a longer text (up to 4096 bytes) the beginning. */
int knl_attr_clip(const struct knl_attr *attr, char *text, size_t room);

#endif /* FABMON_KNL_ATTR_H */
