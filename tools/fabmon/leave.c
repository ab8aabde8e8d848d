// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* fabmon leave, fabmon join: this host out of OFMFs, or in again. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "util/error.h"

#define ADMIN	".admin"	/* behind the control socket */

static const char *text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static long long number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static int print_left(const struct cli *cli, const json_t *result)
{
	const char *state = text(result, "state"), *why = text(result, "error");

	if (state && !strcmp(state, "left")) {
		fprintf(cli->out, ": left; %lld resources deleted with all below them",
			number(result, "deleted"));
		if (number(result, "handed_over"))
			fprintf(cli->out, ", %lld handed over to who shares them",
				number(result, "handed_over"));
		fputc('\n', cli->out);
		return 0;
	}
	fprintf(cli->out, ": not left yet: %s; fabmond keeps trying, see fabmon status\n",
		why ? why : "it is joined again");
	return CLI_EXIT_FAILURE;
}

static int print_results(const struct cli *cli, const json_t *answer, bool join)
{
	const json_t *result;
	int code = 0, one;
	size_t i;

	json_array_foreach(json_object_get(answer, "results"), i, result) {
		const char *url = text(result, "url");

		fprintf(cli->out, "OFMF %s", url ? url : "?");
		if (join) {
			fputs(": joining, see fabmon status\n", cli->out);
			continue;
		}
		one = print_left(cli, result);
		code = code ? code : one;
	}
	return code;
}

/* What JSON says, as an exit code. */
static int outcome(const json_t *answer, bool join)
{
	const json_t *result;
	size_t i;

	json_array_foreach(json_object_get(answer, "results"), i, result) {
		const char *state = text(result, "state");

		if (!join && (!state || strcmp(state, "left")))
			return CLI_EXIT_FAILURE;
	}
	return 0;
}

static int print_answer(const struct cli *cli, json_t *answer, bool join)
{
	const char *error = text(answer, "error");
	int code, err;

	if (error) {
		fprintf(stderr, "fabmon: fabmond refused: %s\n", error);
		json_decref(answer);
		return CLI_EXIT_FAILURE;
	}
	if (!cli->json) {
		code = print_results(cli, answer, join);
		json_decref(answer);
	} else {
		code = outcome(answer, join);
		err = cli_json_print(cli, answer);
		if (err)
			return cli_fail(err, "print the answer");
	}
	err = cli_finish(cli);
	return err ? err : code;
}

static int ask(const struct cli *cli, const char *command)
{
	json_t *request, *answer;
	char *path = NULL;
	int code = 0;

	if (cli->n_args > 1) {
		fprintf(stderr, "fabmon: unexpected argument '%s'; see fabmon help\n",
			cli->args[1]);
		return CLI_EXIT_USAGE;
	}
	request = json_pack("{s:s, s:s*}", "command", command, "name",
			    cli->n_args ? cli->args[0] : NULL);
	if (!request || asprintf(&path, "%s" ADMIN, cli->socket) < 0) {
		json_decref(request);
		return cli_fail(-ENOMEM, "ask fabmond");
	}
	signal(SIGPIPE, SIG_IGN);
	answer = cli_ask(path, "root", request, &code);
	json_decref(request);
	free(path);
	return answer ? print_answer(cli, answer, !strcmp(command, "join")) :
			code;
}

int cli_leave(const struct cli *cli)
{
	return ask(cli, "leave");
}

int cli_join(const struct cli *cli)
{
	return ask(cli, "join");
}
