// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <string.h>

#include "history.h"

#define DRIFT_MS	50

static const char *const hosts[] = {
	"/redfish/v1/Systems/", "/redfish/v1/Chassis/", "/redfish/v1/Fabrics/",
};

void history_init(struct history *history, uint64_t now)
{
	memset(history, 0, sizeof(*history));
	history->log = json_array();
	history->ours = json_object();
	history->theirs = json_object();
	history->raw = json_object();
	history->begin = now;
	history->drift = -1;
}

void history_clear(struct history *history)
{
	json_decref(history->log);
	json_decref(history->ours);
	json_decref(history->theirs);
	json_decref(history->raw);
}

static bool is_left_out(const char *key, const json_t *value)
{
	return *key == '@' || !strcmp(key, "Id") || !strcmp(key, "Actions") ||
	       json_is_null(value) ||
	       (!strcmp(key, "Links") && json_is_object(value) &&
		!json_object_size(value)) ||
	       (json_object_size(value) == 1 &&
		json_object_get(value, "@odata.id"));
}

json_t *history_plain(const json_t *resource)
{
	json_t *plain = json_object(), *value, *oem;
	const char *key;

	json_object_foreach((json_t *)resource, key, value) {
		if (is_left_out(key, value))
			continue;
		if (strcmp(key, "Oem")) {
			json_object_set(plain, key, value);
			continue;
		}
		oem = json_copy(value);
		json_object_del(oem, "Sunfish_RM");
		if (json_object_size(oem))
			json_object_set(plain, key, oem);
		json_decref(oem);
	}
	return plain;
}

/* Entries of logs are told as events, and collections are the OFMF's. */
bool history_covers(const char *uri, const json_t *resource)
{
	const char *type = json_string_value(json_object_get(resource,
							     "@odata.type"));
	size_t i;

	if ((type && strstr(type, "Collection.")) ||
	    json_object_get(resource, "Members") || strstr(uri, "/Entries/"))
		return false;
	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (!strncmp(uri, hosts[i], strlen(hosts[i])))
			return true;
	return false;
}

static void append(struct history *history, uint64_t now, json_t *entry)
{
	json_object_set_new(entry, "t",
			    json_integer((json_int_t)(now - history->begin)));
	json_array_append_new(history->log, entry);
}

/*
 * What differs from @before, which becomes what @tree has; null: not there.
 * @raw: the tree of the last time, so that most need no closer look; or NULL
 */
static json_t *changes(json_t *before, const json_t *raw, const json_t *tree)
{
	json_t *out = json_object(), *value, *plain;
	const char *uri;
	void *next;

	json_object_foreach((json_t *)tree, uri, value) {
		/* "broken": read while the reference server wrote it */
		if (!history_covers(uri, value) ||
		    json_object_get(value, "broken") ||
		    (raw && json_equal(value, json_object_get(raw, uri))))
			continue;
		plain = history_plain(value);
		if (!json_equal(plain, json_object_get(before, uri))) {
			json_object_set(out, uri, plain);
			json_object_set(before, uri, plain);
		}
		json_decref(plain);
	}
	json_object_foreach_safe(before, next, uri, value)
		if (!json_object_get(tree, uri)) {
			json_object_set_new(out, uri, json_null());
			json_object_del(before, uri);
		}
	return out;
}

void history_host(struct history *history, uint64_t now, const char *what,
		  const json_t *tree)
{
	append(history, now, json_pack("{s:s, s:s, s:o}", "is", "host",
				       "what", what, "uris",
				       changes(history->ours, NULL, tree)));
	history->changes++;
}

void history_seen(struct history *history, uint64_t now, const json_t *tree,
		  long drift)
{
	append(history, now, json_pack("{s:s, s:I, s:o}", "is", "seen", "drift",
				       (json_int_t)drift, "uris",
				       changes(history->theirs, history->raw,
					       tree)));
	json_decref(history->raw);
	history->raw = json_incref((json_t *)tree);
	history->drift = drift;
	history->told = now;
}

void history_drift(struct history *history, uint64_t now, long drift)
{
	if (drift == history->drift && now < history->told + DRIFT_MS)
		return;
	append(history, now, json_pack("{s:s, s:I, s:{}}", "is", "seen", "drift",
				       (json_int_t)drift, "uris"));
	history->drift = drift;
	history->told = now;
}

void history_write(struct history *history, uint64_t now, const char *method,
		   const char *uri, const json_t *body, const json_t *ours)
{
	json_t *plain = ours ? history_plain(ours) : json_null();

	append(history, now, json_pack("{s:s, s:s, s:s, s:O?, s:o}", "is",
				       "write", "method", method, "uri", uri,
				       "body", body, "ours", plain));
	history->writes++;
}

void history_alert(struct history *history, uint64_t now, const char *id)
{
	append(history, now, json_pack("{s:s, s:s}", "is", "alert", "id", id));
}

void history_note(struct history *history, uint64_t now,
		  enum history_note note, const char *uri)
{
	append(history, now, json_pack("{s:s, s:i, s:s?}", "is", "note",
				       "note", (int)note, "uri", uri));
}

void history_straighten(struct history *history)
{
	size_t i = json_array_size(history->log);
	json_int_t least = INT64_MAX, t;
	json_t *entry;

	while (i--) {
		entry = json_array_get(history->log, i);
		t = json_integer_value(json_object_get(entry, "t"));
		if (t < least)
			least = t > 0 ? t : 0;
		json_object_set_new(entry, "t", json_integer(least));
	}
}

void history_print(const struct history *history, FILE *out)
{
	json_t *entry;
	size_t i;

	json_array_foreach(history->log, i, entry) {
		json_dumpf(entry, out, JSON_COMPACT);
		fputc('\n', out);
	}
}

void history_count(const struct history *history, size_t count[static 3])
{
	const json_t *theirs;
	const char *uri;
	json_t *value;

	memset(count, 0, 3 * sizeof(count[0]));
	json_object_foreach(history->ours, uri, value) {
		theirs = json_object_get(history->theirs, uri);
		count[0] += theirs && !json_equal(theirs, value);
		count[1] += !theirs;
	}
	json_object_foreach(history->theirs, uri, value)
		count[2] += !json_object_get(history->ours, uri);
}
