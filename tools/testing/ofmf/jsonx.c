// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Small helpers over jansson: bounded parsing and Redfish look-ups. */
#include <string.h>

#include "jsonx.h"

/* jansson's own limit is 2048 levels: too deep for a thread's small stack. */
static bool depth_ok(const char *buf, size_t len)
{
	bool quoted = false;
	size_t depth = 0;

	for (size_t i = 0; i < len; i++) {
		char c = buf[i];

		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			if (++depth > JSONX_DEPTH_MAX)
				return false;
		} else if ((c == '}' || c == ']') && depth) {
			depth--;
		}
	}
	return true;
}

json_t *jsonx_parse(const char *buf, size_t len)
{
	if (!buf || !depth_ok(buf, len))
		return NULL;
	return json_loadb(buf, len, JSON_REJECT_DUPLICATES, NULL);
}

const char *jsonx_str(const json_t *obj, const char *key)
{
	return json_string_value(json_object_get(obj, key));
}

const char *jsonx_link(const json_t *obj, const char *key)
{
	return jsonx_str(json_object_get(obj, key), "@odata.id");
}

json_t *jsonx_rm(const json_t *obj)
{
	return json_object_get(json_object_get(obj, "Oem"), "Sunfish_RM");
}

const char *jsonx_manager(const json_t *obj)
{
	return jsonx_link(jsonx_rm(obj), "ManagingAgent");
}

bool jsonx_is_collection(const json_t *obj)
{
	const char *type = jsonx_str(obj, "@odata.type");

	return type && strstr(type, "Collection");
}

json_t *jsonx_link_new(const char *uri)
{
	return json_pack("{s:s}", "@odata.id", uri);
}

bool jsonx_has_link(const json_t *array, const char *uri)
{
	json_t *member;
	size_t i;

	json_array_foreach(array, i, member) {
		const char *have = json_string_value(member);

		if (!have)
			have = jsonx_str(member, "@odata.id");
		if (have && !strcmp(have, uri))
			return true;
	}
	return false;
}
