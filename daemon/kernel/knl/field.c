// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Attribute sets, read as a table says. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "util/error.h"

_Static_assert(sizeof(enum fabmon_node_kind) == sizeof(uint32_t),
	       "enum members are filled as u32");
_Static_assert(KNL_PCI_LEN == KNL_IFNAME_LEN, "FIELD_SHORT is one size");

static int field_read(const struct knl_field *field,
		      const struct knl_attr *attr, void *object)
{
	uint8_t *member = (uint8_t *)object + field->offset;

	switch (field->type) {
	case FIELD_U32:
		return knl_attr_u32(attr, (uint32_t *)member);
	case FIELD_U64:
		return knl_attr_u64(attr, (uint64_t *)member);
	case FIELD_TEXT:
		return knl_attr_text(attr, (char **)member);
	case FIELD_SHORT:
		return knl_attr_copy(attr, (char *)member, KNL_PCI_LEN);
	case FIELD_NEST:
		return field->nest(object, (struct knl_span){
			.pos = attr->data, .len = attr->len });
	case FIELD_SKIP:
		break;
	}
	return 0;
}

int knl_fields_read(struct knl_span span, const struct knl_field *fields,
		    unsigned int max, void *object, uint64_t *has)
{
	struct knl_attr attr;
	int rc;

	while ((rc = knl_attr_next(&span, &attr)) > 0) {
		if (attr.type > max)
			continue;
		rc = field_read(&fields[attr.type], &attr, object);
		if (rc)
			return rc;
		*has |= KNL_HAS(attr.type);
	}
	return rc;
}

void *knl_array_add(void *array, size_t n, size_t size)
{
	void *grown = array;

	if (n >= KNL_LIST_MAX) {
		errno = EBADMSG;
		return NULL;
	}
	/* Grows at the powers of two. */
	if (!(n & (n - 1))) {
		grown = realloc(array, (n ? 2 * n : 1) * size);
		if (!grown) {
			errno = ENOMEM;
			return NULL;
		}
	}
	memset((uint8_t *)grown + n * size, 0, size);
	return grown;
}

int knl_bytes_copy(struct knl_bytes *bytes, const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		return error_origin(-ENOMEM, "kernel: %zu bytes of attributes",
				    len);
	if (len)
		memcpy(copy, data, len);
	free(bytes->data);
	bytes->data = copy;
	bytes->len = len;
	return 0;
}
