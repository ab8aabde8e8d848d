/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Attribute sets by table: one says where each attribute of a set goes. No
 * more than knl's own files include this.
 */
#ifndef FABMON_KNL_FIELD_H
#define FABMON_KNL_FIELD_H

#include <stddef.h>
#include <stdint.h>

#include "attr.h"
#include "message.h"

enum knl_field_type {
	FIELD_SKIP,
	FIELD_U32,
	FIELD_U64,
	FIELD_TEXT,		/* char *, allocated */
	FIELD_SHORT,		/* char [16] */
	FIELD_NEST,
};

/**
 * struct knl_field - where an attribute goes
 * @type: how it is encoded
 * @offset: of the member, in the object that the attribute set describes
 * @nest: reads an attribute of FIELD_NEST into the whole object
 */
struct knl_field {
	enum knl_field_type type;
	size_t offset;
	int (*nest)(void *object, struct knl_span span);
};

#define FIELD(field_type, object, member) \
	{ .type = FIELD_##field_type, .offset = offsetof(object, member) }
#define NEST(parser) \
	{ .type = FIELD_NEST, .nest = parser }

/**
 * knl_fields_read - read an attribute set
 * @fields: what is known of it, of indexes 0 to @max, less than 64
 * @object: takes what is read
 * @has: gets a bit for each attribute that was there
 *
 * Return: 0, -EBADMSG or -ENOMEM.
 */
int knl_fields_read(struct knl_span span, const struct knl_field *fields,
		    unsigned int max, void *object, uint64_t *has);

/**
 * knl_array_add - room for one more element, zeroed
 * @array: of @n elements of @size bytes
 *
 * Return: the array, moved perhaps; NULL and errno: ENOMEM, or EBADMSG for
 * more than KNL_LIST_MAX.
 */
void *knl_array_add(void *array, size_t n, size_t size);

/**
 * knl_message_open - find the command and the attributes of a message
 * @hdr: the message; @len bytes of it are readable
 * @span: out: its attributes, in the message
 *
 * Return: 0 or -EBADMSG.
 */
int knl_message_open(const struct nlmsghdr *hdr, size_t len, uint8_t *cmd,
		     struct knl_span *span);

/* Attributes of the set "node" into a struct knl_node. 0 or -errno. */
int knl_node_read(struct knl_node *node, struct knl_span span);
/* One more of the sets "gid" and "pkey" into a list. 0 or -errno. */
int knl_gid_read(struct knl_gid **gids, size_t *n, struct knl_span span);
int knl_pkey_read(struct knl_pkey **pkeys, size_t *n, struct knl_span span);
/* Attributes of the set "event" into a struct knl_event. 0 or -errno. */
int knl_event_read(struct knl_event *event, struct knl_span span);

/* Replaces what @bytes has. Return: 0 or -ENOMEM. */
int knl_bytes_copy(struct knl_bytes *bytes, const uint8_t *data, size_t len);

#endif /* FABMON_KNL_FIELD_H */
