// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What outlives us of one OFMF's client: a text or JSON for each concern, in the
 * store under the name of the concern and of the OFMF.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/error.h"
#include "priv.h"

static char *key_of(const struct ofmf *ofmf, const char *what)
{
	char *key;

	return asprintf(&key, "ofmf.%s.%s", what, ofmf->name) < 0 ? NULL : key;
}

/**
 * ofmf_record_set - store what is known of @what
 * @text: NULL: nothing is
 *
 * Return: 0, durable by then, or -errno, not logged.
 */
int ofmf_record_set(struct ofmf *ofmf, const char *what, const char *text)
{
	char *key = key_of(ofmf, what);
	int r;

	if (!key)
		return error_origin(-ENOMEM, "%s: its key", what);
	r = store_set(ofmf->store, key, text);
	free(key);
	return r == -ENOENT ? 0 : r;
}

/**
 * ofmf_record_set_json - the same with JSON; NULL: nothing is known
 */
int ofmf_record_set_json(struct ofmf *ofmf, const char *what,
			 const json_t *value)
{
	char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;
	int r;

	if (value && !text)
		return error_origin(-ENOMEM, "%s: writing JSON", what);
	r = ofmf_record_set(ofmf, what, text);
	free(text);
	return r;
}

/**
 * ofmf_record_get - what an earlier run stored
 *
 * Return: to be freed; NULL: nothing, or it cannot be read, which is logged.
 */
char *ofmf_record_get(const struct ofmf *ofmf, const char *what)
{
	char *key = key_of(ofmf, what), *text = NULL;

	if (key && store_get(ofmf->store, key, &text))
		text = NULL;
	free(key);
	return text;
}

/**
 * ofmf_record_get_json - the same as JSON, a new reference
 */
json_t *ofmf_record_get_json(const struct ofmf *ofmf, const char *what)
{
	char *text = ofmf_record_get(ofmf, what);
	json_t *value = text ? json_loads(text, 0, NULL) : NULL;

	free(text);
	return value;
}
