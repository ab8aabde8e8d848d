// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What a later run must know of requests: which action on a region was under
 * way, and which chunks were removed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-id128.h>

#include "forward_priv.h"
#include "util/log.h"

#define RECORD_KEY	"action"
#define REMOVED_PREFIX	"chunk/"
#define REMOVED_MAX	256

/* ---- actions under way -------------------------------------------------- */

static void boot_id(char text[static SD_ID128_STRING_MAX])
{
	sd_id128_t id = SD_ID128_NULL;

	sd_id128_get_boot(&id);
	sd_id128_to_string(id, text);
}

static json_t *memdevs_json(const struct action *action)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < action->ways; i++)
		json_array_append_new(list, json_string(action->memdevs[i]));
	return list;
}

void forward_record_put(struct store *store,
			const struct forward_record *record)
{
	const struct action *action = &record->action;
	char boot[SD_ID128_STRING_MAX], *text;
	json_t *json;

	if (!store)
		return;
	boot_id(boot);
	json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:i, s:b}",
			 "boot", boot, "member", record->member,
			 "connection", record->connection,
			 "region", action->region, "root", action->root,
			 "others", action->others,
			 "memdevs", memdevs_json(action),
			 "size", (json_int_t)action->size, "use",
			 (int)action->use, "pmem", (int)action->pmem);
	text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	if (text)
		store_set(store, RECORD_KEY, text);
	else
		log_error("%s: the action cannot be recorded: out of memory",
			  record->member);
	free(text);
	json_decref(json);
}

void forward_record_drop(struct store *store)
{
	if (store)
		store_set(store, RECORD_KEY, NULL);
}

/* False where it does not fit. */
static bool copy(char *to, size_t size, const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text && snprintf(to, size, "%s", text) < (int)size;
}

static bool record_parse(struct forward_record *record, const json_t *json)
{
	struct action *action = &record->action;
	const json_t *list = json_object_get(json, "memdevs"), *name;
	size_t i;

	memset(record, 0, sizeof(*record));
	action->kind = ACTION_REGION_SETTLE;
	action->size = (uint64_t)json_integer_value(json_object_get(json,
								    "size"));
	action->use = (enum action_use)json_integer_value(json_object_get(json,
								 "use"));
	action->pmem = json_is_true(json_object_get(json, "pmem"));
	if (action->use > ACTION_USE_SYSTEM_RAM ||
	    !copy(record->member, sizeof(record->member), json, "member") ||
	    !copy(record->connection, sizeof(record->connection), json,
		  "connection") ||
	    !copy(action->region, sizeof(action->region), json, "region") ||
	    !copy(action->root, sizeof(action->root), json, "root") ||
	    !copy(action->others, sizeof(action->others), json, "others") ||
	    json_array_size(list) > ACTION_WAYS_MAX)
		return false;
	json_array_foreach(list, i, name)
		snprintf(action->memdevs[action->ways++], ACTION_NAME, "%s",
			 json_is_string(name) ? json_string_value(name) : "");
	return action->region[0] || action->ways;
}

/* A region that is not committed does not outlive a boot. */
int forward_record_get(struct store *store, struct forward_record *record)
{
	char boot[SD_ID128_STRING_MAX], *text;
	const char *then;
	json_t *json;
	int ret = -ENOENT;

	if (!store || store_get(store, RECORD_KEY, &text))
		return -ENOENT;
	json = json_loads(text, 0, NULL);
	free(text);
	boot_id(boot);
	then = json_string_value(json_object_get(json, "boot"));
	if (then && !strcmp(then, boot)) {
		if (record_parse(record, json))
			ret = 0;
		else
			log_warning("store: the record of an action makes no sense: ignored");
	}
	json_decref(json);
	return ret;
}

/* ---- chunks that were removed ------------------------------------------- */

static void removed_key(const char *chunk,
			char key[static CHANGE_URI_MAX + 8])
{
	snprintf(key, CHANGE_URI_MAX + 8, REMOVED_PREFIX "%s", chunk);
}

bool forward_removed(struct store *store, const char *chunk)
{
	char key[CHANGE_URI_MAX + 8], *value;
	bool removed;

	removed_key(chunk, key);
	if (!store || store_get(store, key, &value))
		return false;
	/* earlier versions had names here that lead to chunks */
	removed = !*value;
	free(value);
	return removed;
}

static void on_removed(const char *key, const char *value, void *ctx)
{
	json_array_append_new(ctx, json_string(key));
}

/* So many requests to remove something are repeated at no time. */
static void removed_trim(struct store *store)
{
	json_t *keys = json_array(), *key;
	size_t i;

	store_each(store, REMOVED_PREFIX, on_removed, keys);
	if (json_array_size(keys) >= REMOVED_MAX)
		json_array_foreach(keys, i, key)
			store_set(store, json_string_value(key), NULL);
	json_decref(keys);
}

void forward_removed_put(struct store *store, const char *chunk)
{
	char key[CHANGE_URI_MAX + 8];

	if (!store)
		return;
	removed_trim(store);
	removed_key(chunk, key);
	store_set(store, key, "");
}
