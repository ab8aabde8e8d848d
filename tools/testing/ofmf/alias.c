// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Names given to agents' objects. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alias.h"
#include "jsonx.h"

struct alias {
	pthread_mutex_t lock;	/* protects agents */
	json_t *agents;		/* {agent: {theirs: here}} */
};

struct alias *alias_new(void)
{
	struct alias *al = calloc(1, sizeof(*al));

	if (!al)
		return NULL;
	pthread_mutex_init(&al->lock, NULL);
	al->agents = json_object();
	return al;
}

void alias_free(struct alias *al)
{
	if (!al)
		return;
	json_decref(al->agents);
	pthread_mutex_destroy(&al->lock);
	free(al);
}

void alias_reset(struct alias *al)
{
	pthread_mutex_lock(&al->lock);
	json_object_clear(al->agents);
	pthread_mutex_unlock(&al->lock);
}

static json_t *names_of(struct alias *al, const char *agent)
{
	json_t *names = json_object_get(al->agents, agent);

	if (names)
		return names;
	json_object_set_new(al->agents, agent, json_object());
	return json_object_get(al->agents, agent);
}

void alias_add(struct alias *al, const char *agent, const char *theirs,
	       const char *here)
{
	pthread_mutex_lock(&al->lock);
	json_object_set_new(names_of(al, agent), theirs, json_string(here));
	pthread_mutex_unlock(&al->lock);
}

void alias_mark(struct alias *al, const char *agent)
{
	pthread_mutex_lock(&al->lock);
	names_of(al, agent);
	pthread_mutex_unlock(&al->lock);
}

bool alias_known(struct alias *al, const char *agent)
{
	bool known;

	pthread_mutex_lock(&al->lock);
	known = json_object_get(al->agents, agent);
	pthread_mutex_unlock(&al->lock);
	return known;
}

json_t *alias_dump(struct alias *al, const char *agent)
{
	json_t *names;

	pthread_mutex_lock(&al->lock);
	names = json_deep_copy(json_object_get(al->agents, agent));
	pthread_mutex_unlock(&al->lock);
	return names ? names : json_object();
}

/* The longest name that is @uri or stands above it wins. */
static char *translate(const json_t *names, const char *uri, bool to_agent)
{
	const char *theirs, *best = NULL;
	size_t best_len = 0;
	char *out = NULL;
	json_t *value;

	json_object_foreach((json_t *)names, theirs, value) {
		const char *here = json_string_value(value);
		const char *from = to_agent ? here : theirs;
		size_t len = strlen(from);

		if (strncmp(uri, from, len) || (uri[len] && uri[len] != '/'))
			continue;
		if (len > best_len) {
			best_len = len;
			best = to_agent ? theirs : here;
		}
	}
	if (!best)
		return strdup(uri);
	if (asprintf(&out, "%s%s", best, uri + best_len) < 0)
		return NULL;
	return out;
}

static char *translate_one(struct alias *al, const char *agent,
			   const char *uri, bool to_agent)
{
	json_t *names = alias_dump(al, agent);
	char *out = translate(names, uri, to_agent);

	json_decref(names);
	return out;
}

char *alias_to_here(struct alias *al, const char *agent, const char *uri)
{
	return translate_one(al, agent, uri, false);
}

char *alias_to_agent(struct alias *al, const char *agent, const char *uri)
{
	return translate_one(al, agent, uri, true);
}

static void translate_id(json_t *obj, const char *was, const char *is)
{
	const char *id = jsonx_str(obj, "Id");
	const char *old = strrchr(was, '/'), *new = strrchr(is, '/');

	if (id && old && new && !strcmp(id, old + 1))
		json_object_set_new(obj, "Id", json_string(new + 1));
}

static void translate_all(const json_t *names, json_t *val, bool to_agent)
{
	const char *uri = jsonx_str(val, "@odata.id");
	const char *key;
	json_t *item;
	size_t i;

	if (uri) {
		char *to = translate(names, uri, to_agent);

		if (to && strcmp(to, uri)) {
			translate_id(val, uri, to);
			json_object_set_new(val, "@odata.id", json_string(to));
		}
		free(to);
	}
	json_array_foreach(val, i, item)
		translate_all(names, item, to_agent);
	json_object_foreach(val, key, item)
		if (strcmp(key, "Sunfish_RM"))
			translate_all(names, item, to_agent);
}

void alias_links(struct alias *al, const char *agent, json_t *obj,
		 bool to_agent)
{
	json_t *names = alias_dump(al, agent);

	if (json_object_size(names))
		translate_all(names, obj, to_agent);
	json_decref(names);
}
