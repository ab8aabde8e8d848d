// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The checker of histories (history.h). */
#include <string.h>

#include "history.h"

/**
 * struct state - while a log is read
 * @said: URI -> [[t, content or null], ...], all that the kernel ever said
 * @at: URI -> which of these the OFMF showed last
 * @shown: URI -> what the OFMF shows
 * @since: URI -> t since when that differs from what the kernel says
 * @late: URIs that were reported as late and differ still
 * @event: t of the last host entry
 * @blind: nothing can be known of a wiped OFMF
 * @calls: repairs since the last calm
 */
struct state {
	const struct history_promise *promise;
	FILE *out;
	json_t *said, *at, *shown, *since, *late;
	uint64_t now, event, repair, over;
	unsigned int repairs, breaches;
	bool blind, trouble, lied;
};

static void breach(struct state *s, const char *uri, const char *what)
{
	if (s->breaches++ < 20)
		fprintf(s->out, "# %llu ms: %s: %s\n",
			(unsigned long long)s->now, uri, what);
}

static const json_t *latest(const struct state *s, const char *uri)
{
	const json_t *all = json_object_get(s->said, uri);

	return json_array_get(json_array_get(all, json_array_size(all) - 1), 1);
}

static bool same(const json_t *a, const json_t *b)
{
	bool none_a = !a || json_is_null(a), none_b = !b || json_is_null(b);

	return none_a || none_b ? none_a && none_b : json_equal(a, b);
}

static void differ_update(struct state *s, const char *uri)
{
	if (same(latest(s, uri), json_object_get(s->shown, uri))) {
		json_object_del(s->since, uri);
		json_object_del(s->late, uri);
	} else if (!json_object_get(s->since, uri)) {
		json_object_set_new(s->since, uri,
				    json_integer((json_int_t)s->now));
	}
}

/* ---- what the kernel says ----------------------------------------------- */

static void on_host(struct state *s, const json_t *entry)
{
	const char *uri;
	json_t *content, *all;

	json_object_foreach(json_object_get(entry, "uris"), uri, content) {
		all = json_object_get(s->said, uri);
		if (!all) {
			all = json_array();
			json_object_set_new(s->said, uri, all);
		}
		json_array_append_new(all, json_pack("[I, O]",
						     (json_int_t)s->now,
						     content));
		differ_update(s, uri);
	}
	s->event = s->now;
}

/* ---- what the OFMF shows ------------------------------------------------ */

/* Which it is, the oldest that is possible; after it nothing older may come. */
static void order_check(struct state *s, const char *uri, const json_t *content)
{
	const json_t *all = json_object_get(s->said, uri);
	size_t from = (size_t)json_integer_value(json_object_get(s->at, uri));
	size_t i, n = json_array_size(all);

	for (i = from; i < n; i++)
		if (same(json_array_get(json_array_get(all, i), 1), content))
			break;
	if (i < n) {
		json_object_set_new(s->at, uri, json_integer((json_int_t)i));
		return;
	}
	for (i = 0; i < from; i++)
		if (same(json_array_get(json_array_get(all, i), 1), content))
			break;
	breach(s, uri, i < from ? "is older than what was shown before" :
				  "is what the kernel never said");
}

static void on_seen(struct state *s, const json_t *entry)
{
	json_int_t drift = json_integer_value(json_object_get(entry, "drift"));
	const char *uri;
	json_t *content;

	json_object_foreach(json_object_get(entry, "uris"), uri, content) {
		json_object_set(s->shown, uri, content);
		if (!json_is_null(content))
			order_check(s, uri, content);
		differ_update(s, uri);
	}
	if (drift && s->blind) {
		s->blind = false;
		s->over = s->now + s->promise->trouble;
	}
	if (drift || s->blind || !json_object_size(s->since)) {
		s->lied = false;
	} else if (!s->lied) {
		s->lied = true;
		breach(s, json_object_iter_key(json_object_iter(s->since)),
		       "differs while drift is 0");
	}
}

/* ---- what is written ---------------------------------------------------- */

static bool is_stale_patch(const json_t *body, const json_t *ours)
{
	json_t *plain = history_plain(body), *value;
	const char *key;
	bool stale = json_is_null(ours);

	json_object_foreach(plain, key, value)
		stale |= !json_equal(value, json_object_get(ours, key));
	json_object_foreach((json_t *)body, key, value)
		stale |= json_is_null(value) && json_object_get(ours, key);
	json_decref(plain);
	return stale;
}

static void on_write(struct state *s, const json_t *entry)
{
	const char *method = json_string_value(json_object_get(entry, "method"));
	const char *uri = json_string_value(json_object_get(entry, "uri"));
	const json_t *ours = json_object_get(entry, "ours");

	if (strstr(uri, "/AggregationSources/")) {
		if (!strcmp(method, "DELETE")) {
			s->repair = s->now;
			s->repairs++;
		}
		return;
	}
	if (!strcmp(method, "PATCH") &&
	    is_stale_patch(json_object_get(entry, "body"), ours))
		breach(s, uri, "is patched to what our tree does not say");
	if (!strcmp(method, "DELETE") && !json_is_null(ours))
		breach(s, uri, "is deleted while it exists");
	if (!strcmp(method, "ResourceCreated") && json_is_null(ours))
		breach(s, uri, "is told as created while it does not exist");
	if (!strcmp(method, "ResourceRemoved") && !json_is_null(ours))
		breach(s, uri, "is told as removed while it exists");
}

static void on_note(struct state *s, const json_t *entry)
{
	switch (json_integer_value(json_object_get(entry, "note"))) {
	case HISTORY_WIPED:
		s->blind = true;
		break;
	case HISTORY_TROUBLE:
		s->trouble = true;
		break;
	case HISTORY_OVER:
		s->trouble = false;
		s->over = s->now + s->promise->trouble;
		break;
	case HISTORY_CALM:
		s->repairs = 0;
		break;
	}
}

/* ---- in time ------------------------------------------------------------ */

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t deadline(const struct state *s, uint64_t since)
{
	const struct history_promise *p = s->promise;
	uint64_t quiet = later(s->event, since) + p->converge;
	uint64_t end = since + p->latest + p->converge;
	unsigned int n = s->repairs;

	if (quiet < end)
		end = quiet;
	if (n > HISTORY_BACKOFFS)
		n = HISTORY_BACKOFFS;
	if (n)
		end = later(end, s->repair + p->backoff[n - 1] + p->converge);
	return later(end, s->over);
}

static void time_check(struct state *s)
{
	const char *uri;
	json_t *since;

	if (s->trouble || s->blind)
		return;
	json_object_foreach(s->since, uri, since) {
		if (json_object_get(s->late, uri) || s->now <=
		    deadline(s, (uint64_t)json_integer_value(since)))
			continue;
		breach(s, uri, "is not right within the promised time");
		json_object_set_new(s->late, uri, json_true());
	}
}

unsigned int history_check(const json_t *log,
			   const struct history_promise *promise, FILE *out)
{
	struct state s = {
		.promise = promise, .out = out, .said = json_object(),
		.at = json_object(), .shown = json_object(),
		.since = json_object(), .late = json_object(),
		.trouble = true,	/* until the first registration */
	};
	json_t *entry;
	const char *is;
	size_t i;

	json_array_foreach((json_t *)log, i, entry) {
		s.now = (uint64_t)json_integer_value(json_object_get(entry,
								     "t"));
		time_check(&s);
		is = json_string_value(json_object_get(entry, "is"));
		if (!strcmp(is, "host"))
			on_host(&s, entry);
		else if (!strcmp(is, "seen"))
			on_seen(&s, entry);
		else if (!strcmp(is, "write"))
			on_write(&s, entry);
		else
			on_note(&s, entry);
	}
	json_decref(s.said);
	json_decref(s.at);
	json_decref(s.shown);
	json_decref(s.since);
	json_decref(s.late);
	return s.breaches;
}
