// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* fabmon status: the state of fabmond, what is pending for each receiver. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli.h"

/* "12 s", "5 min", "3 h", "2 d" */
static const char *age(char *buffer, size_t size, json_int_t seconds)
{
	if (seconds < 120)
		snprintf(buffer, size, "%lld s", (long long)seconds);
	else if (seconds < 120 * 60)
		snprintf(buffer, size, "%lld min", (long long)seconds / 60);
	else if (seconds < 48 * 3600)
		snprintf(buffer, size, "%lld h", (long long)seconds / 3600);
	else
		snprintf(buffer, size, "%lld d", (long long)seconds / 86400);
	return buffer;
}

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "unknown";
}

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void print_age(FILE *out, const json_t *object, const char *key,
		      const char *before, const char *after)
{
	const json_t *value = json_object_get(object, key);
	char buffer[32];

	if (value)
		fprintf(out, "%s%s%s", before,
			age(buffer, sizeof(buffer), json_integer_value(value)),
			after);
}

/* "receiver rack7 http://ofmf:5000 (sunfish): registered" */
static void print_head(FILE *out, const json_t *receiver)
{
	static const char *const keys[] = { "name", "url" };
	const char *value;
	size_t i;

	fputs("receiver", out);
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		value = json_string_value(json_object_get(receiver, keys[i]));
		if (value)
			fprintf(out, " %s", value);
	}
	fprintf(out, " (%s): %s\n", text(receiver, "profile"),
		text(receiver, "state"));
}

static void print_receiver(FILE *out, const json_t *receiver)
{
	print_head(out, receiver);
	/* an OFMF that subscribes has no queue of its own */
	if (!json_object_get(receiver, "queued"))
		return;
	fprintf(out, "  %lld queued", (long long)number(receiver, "queued"));
	print_age(out, receiver, "oldest_s", ", the oldest for ", "");
	if (json_is_null(json_object_get(receiver, "drift")))
		fputs("; drift unknown", out);
	else
		fprintf(out, "; drift %lld",
			(long long)number(receiver, "drift"));
	fprintf(out, "; %lld failures in a row; %lld dropped\n",
		(long long)number(receiver, "failures"),
		(long long)number(receiver, "dropped"));
	print_age(out, receiver, "success_s", "  last success ", " ago\n");
	print_age(out, receiver, "compared_s", "  last comparison ", " ago");
	if (json_object_get(receiver, "compared_s"))
		fprintf(out, ", %lld differences\n",
			(long long)number(receiver, "differences"));
}

/* Devices whose provider is not loaded. */
static void print_unwatched(FILE *out, const json_t *unwatched)
{
	const char *provider = text(unwatched, "provider");
	time_t when = (time_t)number(unwatched, "since");
	char since[32] = "?";
	struct tm tm;

	if (gmtime_r(&when, &tm))
		strftime(since, sizeof(since), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fprintf(out, "  %s devices are here and not watched since %s, their health is unknown (%lld nodes): modprobe fabmon_%s\n",
		provider, since, (long long)number(unwatched, "nodes"),
		provider);
}

static void print_report(const struct cli *cli, const json_t *report)
{
	const json_t *kernel = json_object_get(report, "kernel");
	const json_t *tree = json_object_get(report, "tree");
	const json_t *receiver, *unwatched;
	size_t i;

	fprintf(cli->out, "fabmond %s, host %s\n", text(report, "version"),
		text(report, "host"));
	fprintf(cli->out, "kernel: %s; %lld nodes at %lld\n",
		text(kernel, "state"), (long long)number(kernel, "nodes"),
		(long long)number(kernel, "seq"));
	json_array_foreach(json_object_get(kernel, "unwatched"), i, unwatched)
		print_unwatched(cli->out, unwatched);
	fprintf(cli->out, "tree: %lld resources, generation %lld\n",
		(long long)number(tree, "resources"),
		(long long)number(tree, "generation"));
	json_array_foreach(json_object_get(report, "receivers"), i, receiver)
		print_receiver(cli->out, receiver);
}

int cli_status(const struct cli *cli)
{
	json_t *report;
	int code = 0;

	report = cli_ask(cli->socket, "root or the group fabmon", NULL, &code);
	if (!report)
		return code;
	if (cli->json) {
		code = cli_json_print(cli, report);
		return code ? cli_fail(code, "print the report") :
			      cli_finish(cli);
	}
	print_report(cli, report);
	json_decref(report);
	return cli_finish(cli);
}
