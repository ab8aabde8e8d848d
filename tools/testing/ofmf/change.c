// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Change lines, for people and as JSON, and the log of them. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "jsonx.h"
#include "stamp.h"

#define LOG_MAX		10000
#define SHOWN_MAX	3
#define VALUE_MAX	80

struct change_log {
	pthread_mutex_t lock;	/* protects entries and the order of lines */
	json_t *entries;
	bool json;
	bool quiet;
};

struct change_log *change_log_new(bool json, bool quiet)
{
	struct change_log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	pthread_mutex_init(&log->lock, NULL);
	log->entries = json_array();
	log->json = json;
	log->quiet = quiet;
	return log;
}

void change_log_free(struct change_log *log)
{
	if (!log)
		return;
	json_decref(log->entries);
	pthread_mutex_destroy(&log->lock);
	free(log);
}

void cause_init(struct cause *c, const json_t *record,
		const struct timespec *arrival)
{
	struct timespec sent;

	memset(c, 0, sizeof(*c));
	c->record = record;
	c->timed = stamp_parse(jsonx_str(record, "EventTimestamp"), &sent);
	if (c->timed)
		c->latency_ms = (double)(arrival->tv_sec - sent.tv_sec) * 1e3 +
			(double)(arrival->tv_nsec - sent.tv_nsec) / 1e6;
}

/* "#Port.v1_9_0.Port" -> "Port" */
static json_t *short_type(const json_t *object)
{
	const char *type = jsonx_str(object, "@odata.type");
	const char *dot = type ? strrchr(type, '.') : NULL;

	if (!type)
		return json_null();
	return json_string(dot ? dot + 1 : type + (*type == '#'));
}

static json_t *or_null(json_t *borrowed)
{
	return borrowed ? json_incref(borrowed) : json_null();
}

static json_t *change_json(const struct change *c)
{
	const json_t *record = c->cause ? c->cause->record : NULL;
	bool timed = c->cause && c->cause->timed;
	json_t *name = json_object_get(c->object, "Name");
	json_t *args = json_deep_copy(json_object_get(record, "MessageArgs"));
	char when[STAMP_MAX];

	stamp_utc(when);
	return json_pack("{s:s, s:o, s:s, s:s?, s:o, s:o, s:o, s:o, s:o, s:s?}",
		"time", when,
		"latency_ms", timed ? json_real(c->cause->latency_ms) :
			json_null(),
		"change", c->kind, "uri", c->uri,
		"type", short_type(c->object), "name", or_null(name),
		"message_id",
			or_null(json_object_get(record, "MessageId")),
		"message_args", args ? args : json_null(),
		"properties", c->properties ? json_deep_copy(c->properties) :
			json_array(),
		"note", c->note);
}

/* Bytes of the UTF-8 character at @text; jansson lets only valid ones in. */
static size_t char_len(const char *text)
{
	unsigned char c = (unsigned char)*text;
	size_t want = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1, n;

	for (n = 1; n < want && ((unsigned char)text[n] & 0xc0) == 0x80; n++)
		;
	return n;
}

static bool is_control(const char *text)
{
	unsigned char c = (unsigned char)*text;

	return c < 0x20 || c == 0x7f ||	/* C0, and C1 from U+0080 */
	       (c == 0xc2 && ((unsigned char)text[1] & 0xe0) == 0x80);
}

/* Nothing an agent sends may reach the terminal as a control sequence. */
static void put_text(FILE *out, const char *text, size_t max)
{
	size_t len;

	for (; *text; text += len, max--) {
		if (!max) {
			fputs("...", out);
			return;
		}
		len = char_len(text);
		if (is_control(text))
			putc('?', out);
		else
			fwrite(text, 1, len, out);
	}
}

static void put_value(FILE *out, const json_t *val)
{
	const char *str = json_string_value(val);
	char *text;

	if (str) {
		put_text(out, str, VALUE_MAX);
		return;
	}
	text = json_dumps(val, JSON_ENCODE_ANY | JSON_COMPACT);
	put_text(out, text ? text : "?", VALUE_MAX);
	free(text);
}

static void put_properties(FILE *out, const json_t *properties)
{
	size_t i, n = json_array_size(properties);
	json_t *p;

	json_array_foreach((json_t *)properties, i, p) {
		if (i == SHOWN_MAX)
			break;
		fputs(i ? ", " : "  ", out);
		put_text(out, jsonx_str(p, "path"), VALUE_MAX);
		fputs(": ", out);
		put_value(out, json_object_get(p, "old"));
		fputs(" -> ", out);
		put_value(out, json_object_get(p, "new"));
	}
	if (n > SHOWN_MAX)
		fprintf(out, " (+%zu more)", n - SHOWN_MAX);
}

static void put_message(FILE *out, const json_t *entry)
{
	const json_t *args = json_object_get(entry, "message_args");
	const char *id = jsonx_str(entry, "message_id");
	json_t *arg;
	size_t i;

	fputs("  ", out);
	put_text(out, id ? id : "(no MessageId)", VALUE_MAX);
	if (!json_array_size(args))
		return;
	fputs(" [", out);
	json_array_foreach((json_t *)args, i, arg) {
		if (i)
			fputs(", ", out);
		put_value(out, arg);
	}
	putc(']', out);
}

static void put_line(FILE *out, const struct change *c, const json_t *entry)
{
	const char *type = jsonx_str(entry, "type");
	char when[STAMP_MAX];

	stamp_clock(when);
	fputs(when, out);
	if (c->cause && c->cause->timed)
		fprintf(out, "  %+.1f ms", c->cause->latency_ms);
	fprintf(out, "  %-8s", c->kind);
	if (c->uri) {
		fputs("  ", out);
		put_text(out, c->uri, 1024);
	}
	if (type) {
		fputs("  ", out);
		put_text(out, type, VALUE_MAX);
		if (jsonx_str(entry, "name")) {
			fputs(" \"", out);
			put_text(out, jsonx_str(entry, "name"), VALUE_MAX);
			putc('"', out);
		}
	}
	if (c->named)
		put_message(out, entry);
	put_properties(out, c->properties);
	if (c->note) {
		fputs("  (", out);
		put_text(out, c->note, 160);
		putc(')', out);
	}
	putc('\n', out);
}

void change_emit(struct change_log *log, const struct change *c)
{
	json_t *entry;

	pthread_mutex_lock(&log->lock);
	entry = change_json(c);
	if (!log->quiet && !log->json)
		put_line(stdout, c, entry);
	if (!log->quiet && log->json && entry) {
		json_dumpf(entry, stdout, JSON_COMPACT);
		putchar('\n');
	}
	fflush(stdout);
	if (json_array_size(log->entries) >= LOG_MAX)
		json_array_remove(log->entries, 0);
	json_array_append_new(log->entries, entry);
	pthread_mutex_unlock(&log->lock);
}

void change_listening(struct change_log *log, const char *url)
{
	char when[STAMP_MAX];

	stamp_utc(when);
	if (log->json)
		printf("{\"time\":\"%s\",\"change\":\"Listening\",\"uri\":null,"
		       "\"note\":\"listening on %s\"}\n", when, url);
	else
		printf("listening on %s\n", url);
	fflush(stdout);
}

json_t *change_log_dump(struct change_log *log)
{
	json_t *copy;

	pthread_mutex_lock(&log->lock);
	copy = json_deep_copy(log->entries);
	pthread_mutex_unlock(&log->lock);
	return copy;
}
