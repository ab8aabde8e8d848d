// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The checker of histories (history.h). */
#include <string.h>

#include "history.h"

#define BREACHES_PRINTED	40

/**
 * struct state - while a log is read
 * @said: URI -> [content or null, ...], all that the kernel ever said
 * @at: URI -> which of these the OFMF showed last
 * @shown: URI -> what the OFMF shows
 * @since: URI -> t since when that differs from what the kernel says
 * @late: URIs that were reported as late and differ still
 * @edited: URI -> t when a client wrote to its copy, which was not right since
 * @alerts: MessageId -> t, not delivered yet
 * @deleted: URIs that were ever deleted there
 * @event: t of the last host entry
 * @repair: t when the last repair began
 * @over: t until when nothing is promised, for there was trouble
 * @wiped: t of the last wipe
 * @calm: t of the last calm
 * @repairs: since then
 * @blind: nothing can be known of a wiped OFMF
 * @lied: that drift is 0 was reported, and it is still
 */
struct state {
	const struct history_promise *promise;
	FILE *out;
	json_t *said, *at, *shown, *since, *late, *edited, *alerts,
	       *deleted;
	uint64_t now, event, repair, calm, over, wiped;
	unsigned int repairs;
	bool blind, trouble, lied;
	struct history_figures figures;
};

static void breach(struct state *s, const char *uri, const char *what)
{
	if (s->figures.breaches++ < BREACHES_PRINTED)
		fprintf(s->out, "# %llu ms: %s: %s\n",
			(unsigned long long)s->now, uri, what);
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static json_t *now_new(const struct state *s)
{
	return json_integer((json_int_t)s->now);
}

static uint64_t time_of(const json_t *times, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(times, key));
}

static const json_t *latest(const struct state *s, const char *uri)
{
	const json_t *all = json_object_get(s->said, uri);

	return json_array_get(all, json_array_size(all) - 1);
}

static bool same(const json_t *a, const json_t *b)
{
	bool none_a = !a || json_is_null(a), none_b = !b || json_is_null(b);

	return none_a || none_b ? none_a && none_b : json_equal(a, b);
}

/* ---- in time ------------------------------------------------------------ */

/* What a back-off adds: no repair begins before this. */
static uint64_t backoff_end(const struct state *s)
{
	unsigned int n = s->repairs;

	if (!n)
		return s->calm;
	if (n > HISTORY_BACKOFFS)
		n = HISTORY_BACKOFFS;
	return s->repair + s->promise->backoff[n - 1];
}

/* What differs since then has to be right when? */
static uint64_t deadline(const struct state *s, uint64_t since)
{
	const struct history_promise *p = s->promise;
	uint64_t quiet = later(s->event, since), end = since + p->latest;

	if (quiet < end)
		end = quiet;
	return later(later(end, backoff_end(s)) + p->converge, s->over);
}

static void late(struct state *s, const char *uri)
{
	if (json_object_get(s->late, uri))
		return;
	breach(s, uri, "is not right within the promised time");
	json_object_set_new(s->late, uri, json_true());
}

static void time_check(struct state *s)
{
	const struct history_promise *p = s->promise;
	const char *key;
	json_t *value;
	uint64_t end;
	void *next;

	if (s->trouble)
		return;
	if (s->blind) {
		if (s->now > later(s->wiped + p->wiped, s->over))
			late(s, "a wipe");
		return;
	}
	json_object_foreach(s->since, key, value) {
		end = deadline(s, (uint64_t)json_integer_value(value));
		if (json_object_get(s->edited, key))
			end = later(end, later(time_of(s->edited, key) +
					       p->edited, backoff_end(s)) +
					 p->converge);
		if (s->now > end)
			late(s, key);
	}
	json_object_foreach_safe(s->alerts, next, key, value) {
		if (s->now <= later((uint64_t)json_integer_value(value) +
				    p->converge, s->over))
			continue;
		breach(s, key, "is not delivered within the promised time");
		json_object_del(s->alerts, key);
	}
}

/* It is right; did anything but work delay it? */
static void measure(struct state *s, const char *uri)
{
	uint64_t since = time_of(s->since, uri);
	uint64_t from = later(s->event, since);

	if (s->trouble || s->blind || from < s->over ||
	    backoff_end(s) > from || json_object_get(s->edited, uri))
		return;
	s->figures.slowest = later(s->figures.slowest, s->now - from);
}

static void differ_update(struct state *s, const char *uri)
{
	bool differed = json_object_get(s->since, uri);

	if (!same(latest(s, uri), json_object_get(s->shown, uri))) {
		if (!differed)
			json_object_set_new(s->since, uri, now_new(s));
		return;
	}
	if (differed)
		measure(s, uri);
	json_object_del(s->since, uri);
	json_object_del(s->late, uri);
	json_object_del(s->edited, uri);
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
		json_array_append(all, content);
		differ_update(s, uri);
	}
	s->event = s->now;
}

/* ---- what the OFMF shows ------------------------------------------------ */

static bool is_deleted(const struct state *s, const char *uri)
{
	const char *top;
	json_t *value;
	size_t len;

	json_object_foreach(s->deleted, top, value) {
		len = strlen(top);
		if (!strncmp(uri, top, len) && (!uri[len] || uri[len] == '/'))
			return true;
	}
	return false;
}

static bool is_shown_as(const struct state *s, const json_t *said,
			const json_t *shown);

/*
 * With a resource that is deleted the OFMF takes the links to it out of all
 * others, and the lists that are empty then, which nobody asked it to. They come
 * back by a repair, in time.
 */
static bool is_list_shown_as(const struct state *s, const json_t *said,
			     const json_t *shown)
{
	size_t i, j = 0, n = json_array_size(shown);
	const char *uri;
	json_t *item;

	json_array_foreach(said, i, item) {
		if (j < n && is_shown_as(s, item, json_array_get(shown, j))) {
			j++;
			continue;
		}
		uri = json_string_value(json_object_get(item, "@odata.id"));
		if (!uri || !is_deleted(s, uri))
			return false;
	}
	return j == n;
}

static bool is_shown_as_empty(const struct state *s, const json_t *said)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)said, key, value)
		if (!is_shown_as(s, value, NULL))
			return false;
	return true;
}

static bool is_shown_as(const struct state *s, const json_t *said,
			const json_t *shown)
{
	const char *key;
	json_t *value;

	if (json_is_array(said) && (!shown || json_is_array(shown)))
		return is_list_shown_as(s, said, shown);
	/* with its lists it goes, too */
	if (json_is_object(said) && json_object_size(said) && !shown)
		return is_shown_as_empty(s, said);
	if (!json_is_object(said) || !json_is_object(shown))
		return same(said, shown);
	json_object_foreach((json_t *)shown, key, value)
		if (!json_object_get(said, key))
			return false;
	json_object_foreach((json_t *)said, key, value)
		if (!is_shown_as(s, value, json_object_get(shown, key)))
			return false;
	return true;
}

/* Which it is, the oldest that is possible; after it nothing older may come. */
static void order_check(struct state *s, const char *uri, const json_t *content)
{
	const json_t *all = json_object_get(s->said, uri);
	size_t from = (size_t)time_of(s->at, uri);
	size_t i, n = json_array_size(all);

	for (i = from; i < n; i++)
		if (is_shown_as(s, json_array_get(all, i), content))
			break;
	if (i < n) {
		json_object_set_new(s->at, uri, json_integer((json_int_t)i));
		return;
	}
	/* it may have been written to when it was older */
	if (json_object_get(s->edited, uri))
		return;
	for (i = 0; i < from; i++)
		if (same(json_array_get(all, i), content))
			break;
	breach(s, uri, i < from ? "is older than what was shown before" :
				  "is what the kernel never said");
}

/* Something that differs, and can be known to. */
static const char *known(const struct state *s)
{
	const char *uri;
	json_t *value;

	json_object_foreach(s->since, uri, value)
		if (!json_object_get(s->edited, uri))
			return uri;
	return NULL;
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
		s->over = later(s->over, s->now + s->promise->recover);
		json_object_del(s->late, "a wipe");
	}
	uri = known(s);
	if (drift || s->blind || !uri) {
		s->lied = false;
	} else if (!s->lied) {
		s->lied = true;
		breach(s, uri, "differs while drift is 0");
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

	json_object_del(s->alerts, method);
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
	if (!strcmp(method, "DELETE") || !strcmp(method, "clear"))
		json_object_set_new(s->deleted, uri, json_true());
	if (!strcmp(method, "DELETE") && !json_is_null(ours))
		breach(s, uri, "is deleted while it exists");
	if (!strcmp(method, "ResourceCreated") && json_is_null(ours))
		breach(s, uri, "is told as created while it does not exist");
	if (!strcmp(method, "ResourceRemoved") && !json_is_null(ours))
		breach(s, uri, "is told as removed while it exists");
}

static void on_note(struct state *s, const json_t *entry)
{
	const char *uri = json_string_value(json_object_get(entry, "uri"));

	switch (json_integer_value(json_object_get(entry, "note"))) {
	case HISTORY_WIPED:
		s->blind = true;
		s->wiped = s->now;
		break;
	case HISTORY_TROUBLE:
		s->trouble = true;
		break;
	case HISTORY_OVER:
		s->trouble = false;
		s->over = s->now + s->promise->away + s->promise->recover;
		break;
	case HISTORY_CONTACT:
		s->over = s->now + s->promise->recover;
		break;
	case HISTORY_CALM:
		if (s->repairs)
			s->calm = s->now;
		s->repairs = 0;
		break;
	case HISTORY_EDITED:
		json_object_set_new(s->edited, uri, now_new(s));
		break;
	}
}

static void entry_check(struct state *s, const json_t *entry)
{
	const char *is = json_string_value(json_object_get(entry, "is"));

	s->now = time_of(entry, "t");
	time_check(s);
	if (!strcmp(is, "host"))
		on_host(s, entry);
	else if (!strcmp(is, "seen"))
		on_seen(s, entry);
	else if (!strcmp(is, "write"))
		on_write(s, entry);
	else if (!strcmp(is, "alert"))
		json_object_set_new(s->alerts, json_string_value(
				    json_object_get(entry, "id")), now_new(s));
	else
		on_note(s, entry);
}

struct history_figures history_check(const json_t *log,
				     const struct history_promise *promise,
				     FILE *out)
{
	struct state s = {
		.promise = promise, .out = out,
		.trouble = true,	/* until the first registration */
	};
	json_t **const all[] = { &s.said, &s.at, &s.shown, &s.since, &s.late,
				 &s.edited, &s.alerts, &s.deleted };
	json_t *entry;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		*all[i] = json_object();
	json_array_foreach((json_t *)log, i, entry)
		entry_check(&s, entry);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		json_decref(*all[i]);
	return s.figures;
}
