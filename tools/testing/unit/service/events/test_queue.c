// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A queue, the history, and which events are wanted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/events/events.h"

static uint64_t seq;

/* "C/a" is the creation of /a, "M/a" its change, "R/a" its removal, "A/a" an
 * alert about it.
 */
static struct event *make(const char *what)
{
	struct event *event;
	json_t *record;

	if (*what != 'A') {
		event = event_lifecycle(++seq, 0, *what == 'C' ? TREE_CREATED :
					*what == 'M' ? TREE_CHANGED :
					TREE_REMOVED, what + 1, "Port", 0);
		assert_non_null(event);
		return event;
	}
	record = json_pack("{s:s, s:s, s:{s:s}}", "MessageId",
			   "Platform.1.3.MemoryUncorrectableError",
			   "EventType", "Other", "OriginOfCondition",
			   "@odata.id", what + 1);
	event = event_new(++seq, 0, record, "Port");
	json_decref(record);
	assert_non_null(event);
	return event;
}

static void put(struct event_queue *queue, const char *what)
{
	struct event *event = make(what);

	event_queue_put(queue, event, false);
	event_unref(event);
}

static char letter(const struct event *event)
{
	return event->lifecycle ? "CMR"[event->op] : 'A';
}

/* Takes up to @max and compares with "C/a M/b", "!" where something was lost. */
static void take(struct event_queue *queue, size_t max, const char *want)
{
	struct event *list[16];
	char got[256] = "";
	uint64_t lost;
	size_t n, i;

	n = event_queue_take(queue, 1 << 20, list, max, &lost);
	if (lost)
		strcat(got, "!");
	for (i = 0; i < n; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got),
			 "%s%c%s", i ? " " : "", letter(list[i]),
			 list[i]->origin);
	assert_string_equal(got, want);
}

static void puts_all(struct event_queue *queue, const char *list)
{
	char copy[256], *at, *save;

	snprintf(copy, sizeof(copy), "%s", list);
	for (at = strtok_r(copy, " ", &save); at;
	     at = strtok_r(NULL, " ", &save))
		put(queue, at);
}

static void test_merge(void **state)
{
	static const char *const cases[][2] = {
		{ "M/a M/b M/a", "M/b M/a" },
		{ "C/a M/a M/a", "C/a" },
		{ "C/a M/b R/a", "M/b" },
		{ "M/a R/a", "R/a" },
		{ "R/a C/a", "R/a C/a" },
		{ "R/a C/a R/a C/a M/a", "R/a C/a" },
		{ "R/a C/a R/a", "R/a" },
		{ "A/a A/a M/a A/a", "A/a A/a M/a A/a" },
		{ "M/a A/a M/a", "A/a M/a" },
	};
	struct event_queue *queue;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		queue = event_queue_new(100);
		puts_all(queue, cases[i][0]);
		take(queue, 16, cases[i][1]);
		event_queue_done(queue);
		take(queue, 16, "");
		event_queue_free(queue);
	}
}

/* What comes while something is sent, and it is not taken. */
static void test_back(void **state)
{
	static const char *const cases[][3] = {
		{ "M/a M/b", "M/a", "M/b M/a" },
		{ "C/a", "M/a", "C/a M/a" },
		{ "C/a", "M/a M/a", "C/a M/a" },
		/* it may have arrived: that it went is news */
		{ "C/a", "R/a", "C/a R/a" },
		{ "R/a", "C/a", "R/a C/a" },
		{ "A/a M/b", "A/c", "A/a M/b A/c" },
	};
	struct event_queue *queue;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		queue = event_queue_new(100);
		puts_all(queue, cases[i][0]);
		take(queue, 16, cases[i][0]);
		puts_all(queue, cases[i][1]);
		event_queue_back(queue);
		take(queue, 16, cases[i][2]);
		event_queue_back(queue);
		take(queue, 16, cases[i][2]);
		event_queue_free(queue);
	}
	/* back before the removal came: it is dropped with the creation */
	queue = event_queue_new(100);
	put(queue, "C/a");
	take(queue, 16, "C/a");
	event_queue_back(queue);
	put(queue, "R/a");
	take(queue, 16, "R/a");
	event_queue_free(queue);
}

static void test_bound(void **state)
{
	struct event_queue *queue = event_queue_new(3);

	puts_all(queue, "M/a M/b M/c M/d A/e");
	assert_int_equal(event_queue_length(queue), 3);
	take(queue, 2, "!M/c M/d");
	puts_all(queue, "M/f M/g");
	/* there is no room for those two any more */
	event_queue_back(queue);
	take(queue, 16, "!A/e M/f M/g");
	event_queue_done(queue);
	put(queue, "M/a");
	take(queue, 16, "M/a");
	put(queue, "M/b");
	event_queue_lose(queue, ++seq);
	take(queue, 16, "!");
	event_queue_done(queue);
	take(queue, 16, "");
	event_queue_free(queue);
}

static void test_bytes(void **state)
{
	struct event_queue *queue = event_queue_new(100);
	struct event *list[8];
	uint64_t lost;

	puts_all(queue, "M/a M/b M/c");
	assert_int_equal(event_queue_take(queue, 1, list, 8, &lost), 1);
	event_queue_done(queue);
	assert_int_equal(event_queue_take(queue, 1 << 20, list, 8, &lost), 2);
	event_queue_free(queue);
}

static void test_history(void **state)
{
	struct event_history *history = calloc(1, sizeof(*history));
	struct event *event;
	uint64_t first = seq + 1;
	size_t i;

	history->gone = seq;
	assert_null(event_history_after(history, 0));
	for (i = 0; i < EVENT_HISTORY_MAX + 10; i++) {
		event = make("M/a");
		event_history_add(history, event);
		event_unref(event);
	}
	assert_int_equal(history->count, EVENT_HISTORY_MAX);
	assert_int_equal(history->gone, first + 9);
	assert_int_equal(event_history_after(history, 0)->seq, first + 10);
	assert_int_equal(event_history_after(history, first + 100)->seq,
			 first + 101);
	assert_null(event_history_after(history, seq));
	event_history_clear(history);
	free(history);
}

/* ---- what is wanted ----------------------------------------------------- */

static void test_wanted(void **state)
{
	static const struct {
		const char *properties, *what;
		bool wanted;
	} cases[] = {
		{ "{}", "M/r/a", true },
		{ "{'RegistryPrefixes': []}", "M/r/a", true },
		{ "{'RegistryPrefixes': ['Platform']}", "M/r/a", false },
		{ "{'RegistryPrefixes': ['Platform']}", "A/r/a", true },
		{ "{'RegistryPrefixes': ['Plat']}", "A/r/a", false },
		{ "{'MessageIds': ['ResourceEvent.ResourceChanged']}", "M/r/a",
		  true },
		{ "{'MessageIds': ['ResourceEvent.9.9.ResourceChanged']}",
		  "M/r/a", true },
		{ "{'MessageIds': ['ResourceEvent.ResourceChange']}", "M/r/a",
		  false },
		/* in either */
		{ "{'MessageIds': ['ResourceEvent.ResourceChanged'],"
		  " 'RegistryPrefixes': ['Platform']}", "A/r/a", true },
		{ "{'MessageIds': ['ResourceEvent.ResourceChanged'],"
		  " 'RegistryPrefixes': ['Platform']}", "R/r/a", false },
		{ "{'ExcludeMessageIds': ['ResourceEvent.ResourceChanged']}",
		  "M/r/a", false },
		{ "{'ExcludeRegistryPrefixes': ['ResourceEvent']}", "M/r/a",
		  false },
		{ "{'ExcludeRegistryPrefixes': ['ResourceEvent']}", "A/r/a",
		  true },
		{ "{'ResourceTypes': ['Chassis', 'Port']}", "M/r/a", true },
		{ "{'ResourceTypes': ['Chassis']}", "M/r/a", false },
		{ "{'Severities': ['OK']}", "M/r/a", true },
		{ "{'Severities': ['OK']}", "A/r/a", false },
		{ "{'OriginResources': [{'@odata.id': '/r'}]}", "M/r", true },
		{ "{'OriginResources': [{'@odata.id': '/r/'}]}", "M/r", true },
		{ "{'OriginResources': [{'@odata.id': '/r'}]}", "M/r/a",
		  false },
		{ "{'OriginResources': [{'@odata.id': '/r'}],"
		  " 'SubordinateResources': true}", "M/r/a", true },
		{ "{'OriginResources': [{'@odata.id': '/r'}],"
		  " 'SubordinateResources': true}", "M/ra", false },
	};
	struct event *event;
	json_t *properties;
	char text[256], *c;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "%s", cases[i].properties);
		for (c = text; *c; c++)
			if (*c == '\'')
				*c = '"';
		properties = json_loads(text, 0, NULL);
		assert_non_null(properties);
		event = make(cases[i].what);
		if (event_wanted(properties, event) != cases[i].wanted)
			fail_msg("%s %s", text, cases[i].what);
		event_unref(event);
		json_decref(properties);
	}
}

static void test_filter(void **state)
{
	static const char *const cases[][2] = {
		{ "ResourceType eq Port", "{'ResourceTypes':['Port']}" },
		{ " ( ResourceType eq 'a (b)' ) ",
		  "{'ResourceTypes':['a (b)']}" },
		{ "ResourceType eq A or (ResourceType eq B)",
		  "{'ResourceTypes':['A','B']}" },
		{ "(ResourceType eq A or ResourceType eq B) and"
		  " OriginResource eq '/r' and SubordinateResources eq true",
		  "{'ResourceTypes':['A','B'],"
		  "'OriginResources':[{'@odata.id':'/r'}],"
		  "'SubordinateResources':true}" },
		{ "RegistryPrefix eq A and MessageId eq B.C", NULL },
		{ "RegistryPrefix eq A or MessageId eq B.C", NULL },
		{ "ResourceType eq A and ResourceType eq B", NULL },
		{ "SubordinateResources eq maybe", NULL },
		{ "SubordinateResources eq true or SubordinateResources eq"
		  " false", NULL },
		{ "ResourceType eq A ResourceType eq B", NULL },
		{ "ResourceType eq A and", NULL },
		{ "ResourceType eq 'A", NULL },
		{ "ResourceType eq A)", NULL },
		{ "not ResourceType eq A", NULL },
		{ "ResourceType", NULL },
		{ "and", NULL },
		{ "", NULL },
		{ "()", NULL },
		{ "((((((((((ResourceType eq A))))))))))", NULL },
	};
	json_t *filter;
	char want[256], *text, *c;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		filter = event_filter_parse(cases[i][0]);
		if (!cases[i][1]) {
			if (filter)
				fail_msg("%s", cases[i][0]);
			continue;
		}
		if (!filter)
			fail_msg("%s", cases[i][0]);
		snprintf(want, sizeof(want), "%s", cases[i][1]);
		for (c = want; *c; c++)
			if (*c == '\'')
				*c = '"';
		text = json_dumps(filter, JSON_COMPACT);
		assert_string_equal(text, want);
		free(text);
		json_decref(filter);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_back),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_filter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
