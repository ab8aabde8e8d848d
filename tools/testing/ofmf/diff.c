// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Differences of two resources as flat property paths. */
#include <stdio.h>
#include <string.h>

#include "diff.h"

static void diff_value(json_t *out, const char *path, const json_t *old,
		       const json_t *now);

static void diff_member(json_t *out, const char *path, const char *key,
			const json_t *old, const json_t *now)
{
	char full[512];

	if (!strcmp(key, "@odata.etag") || !strcmp(key, "Sunfish_RM"))
		return;
	snprintf(full, sizeof(full), "%s%s%s", path, *path ? "." : "", key);
	diff_value(out, full, old, now);
}

static void diff_object(json_t *out, const char *path, const json_t *old,
			const json_t *now)
{
	const char *key;
	json_t *val;

	json_object_foreach((json_t *)old, key, val)
		diff_member(out, path, key, val, json_object_get(now, key));
	json_object_foreach((json_t *)now, key, val)
		if (!json_object_get(old, key))
			diff_member(out, path, key, NULL, val);
}

static void diff_array(json_t *out, const char *path, const json_t *old,
		       const json_t *now)
{
	size_t n = json_array_size(old), m = json_array_size(now);
	char full[512];

	for (size_t i = 0; i < (n > m ? n : m); i++) {
		snprintf(full, sizeof(full), "%s[%zu]", path, i);
		diff_value(out, full, json_array_get(old, i),
			   json_array_get(now, i));
	}
}

static void diff_value(json_t *out, const char *path, const json_t *old,
		       const json_t *now)
{
	if (json_array_size(out) >= DIFF_MAX)
		return;
	if (old && now && json_equal(old, now))
		return;
	if (json_is_object(old) && json_is_object(now)) {
		diff_object(out, path, old, now);
	} else if (json_is_array(old) && json_is_array(now)) {
		diff_array(out, path, old, now);
	} else {
		json_array_append_new(out, json_pack("{s:s%, s:o, s:o}", "path",
				path, strlen(path), "old",
				old ? json_deep_copy(old) : json_null(), "new",
				now ? json_deep_copy(now) : json_null()));
	}
}

json_t *diff_properties(const json_t *old, const json_t *now)
{
	json_t *out = json_array();

	diff_value(out, "", old, now);
	return out;
}
