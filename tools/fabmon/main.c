// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* fabmon: shows and watches the fabric as the kernel sees it; asks fabmond. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "util/error.h"

struct command {
	const char *name;
	int (*run)(const struct cli *cli);
	bool takes_args;
};

static const struct command commands[] = {
	{ "show", cli_show, true },
	{ "monitor", cli_monitor, false },
	{ "info", cli_info, false },
	{ "status", cli_status, false },
	{ "leave", cli_leave, true },
	{ "join", cli_join, true },
};

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "pretty", no_argument, NULL, 'p' },
	{ "timestamp", no_argument, NULL, 't' },
	{ "admin", no_argument, NULL, 'a' },
	{ "no-events", no_argument, NULL, 'H' },
	{ "replay", no_argument, NULL, 'r' },
	{ "since", required_argument, NULL, 's' },
	{ "socket", required_argument, NULL, 'S' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL },
};

static void usage(void)
{
	puts("Usage: fabmon [OPTION...] COMMAND [ARGUMENT...]\n"
	     "\n"
	     "  show [NODE...]   the RDMA and CXL devices, as a tree; NODE is a name,\n"
	     "                   a pattern, a kind (rdma-port), a PCI address or an id\n"
	     "  monitor          a line for each thing that happens, until interrupted\n"
	     "  info             the kernel module, what it reports and what it lost\n"
	     "  status           fabmond, and what is pending for each receiver\n"
	     "  leave [OFMF]     take this host out of an OFMF, or all, and stay out;\n"
	     "                   OFMF is the name of its section, or its URL\n"
	     "  join [OFMF]      register again after leave\n"
	     "  help             this\n"
	     "\n"
	     "  -j, --json       JSON; monitor: one object a line\n"
	     "  -p, --pretty     JSON, indented\n"
	     "  -t, --timestamp  monitor: time stamps with the date\n"
	     "  -a, --admin      monitor: events with addresses (CAP_NET_ADMIN)\n"
	     "      --no-events  monitor: changes of nodes only\n"
	     "  -r, --replay     monitor: first what was before, as far as it is kept\n"
	     "  -s, --since SEQ  monitor: the same, from notification SEQ on\n"
	     "      --socket FILE  status, leave, join: fabmond's control socket\n"
	     "  -h, --help       this\n"
	     "  -V, --version    the version\n");
}

int cli_fail(int err, const char *doing)
{
	switch (err) {
	case -ENOENT:
	case -ENODEV:
		fputs("fabmon: the kernel module is not loaded (modprobe fabmon_rdma fabmon_cxl)\n",
		      stderr);
		return CLI_EXIT_NO_MODULE;
	case -EPROTO:
		fprintf(stderr, "fabmon: the kernel module is too old, interface %d is needed: install the modules of version %s\n",
			KNL_ABI, FABMON_VERSION);
		return CLI_EXIT_OLD_MODULE;
	case -EPERM:
	case -EACCES:
		fprintf(stderr, "fabmon: cannot %s: that needs CAP_NET_ADMIN\n",
			doing);
		return CLI_EXIT_PERMISSION;
	case -EAGAIN:
		fprintf(stderr, "fabmon: cannot %s: the devices change too fast, try again\n",
			doing);
		return CLI_EXIT_FAILURE;
	}
	if (err != -EPIPE)
		fprintf(stderr, "fabmon: cannot %s: %s\n", doing,
			error_text(err));
	return CLI_EXIT_FAILURE;
}

int cli_finish(const struct cli *cli)
{
	if (!fflush(cli->out) && !ferror(cli->out))
		return 0;
	if (errno != EPIPE)
		fprintf(stderr, "fabmon: cannot write to standard output: %s\n",
			strerror(errno));
	return CLI_EXIT_FAILURE;
}

static int complain(const char *what, const char *word)
{
	fprintf(stderr, "fabmon: %s '%s'; see fabmon help\n", what, word);
	return CLI_EXIT_USAGE;
}

static int dispatch(struct cli *cli, const char *name)
{
	size_t i;

	if (!strcmp(name, "help")) {
		usage();
		return cli_finish(cli);
	}
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(name, commands[i].name))
			continue;
		if (cli->n_args && !commands[i].takes_args)
			return complain("unexpected argument", cli->args[0]);
		return commands[i].run(cli);
	}
	return complain("unknown command", name);
}

/* The number of a notification. 0 or -EINVAL. */
static int since_take(struct cli *cli, const char *word)
{
	char *end;

	errno = 0;
	cli->since = strtoull(word, &end, 10);
	if (errno || *end || *word < '0' || *word > '9' || !cli->since)
		return -EINVAL;
	cli->replay = true;
	return 0;
}

/* 0, or 1 with *code when there is nothing more to do. */
static int option_take(struct cli *cli, int option, char **argv, int *code)
{
	char letter[3] = { '-', (char)optopt };

	switch (option) {
	case 'j':
		cli->json = true;
		return 0;
	case 'p':
		cli->json = true;
		cli->pretty = true;
		return 0;
	case 't':
		cli->date = true;
		return 0;
	case 'a':
		cli->admin = true;
		return 0;
	case 'r':
		cli->replay = true;
		return 0;
	case 'S':
		cli->socket = optarg;
		return 0;
	case 's':
		if (!since_take(cli, optarg))
			return 0;
		*code = complain("--since takes the number of a notification, not",
				 optarg);
		return 1;
	case ':':
		*code = complain("something is missing after",
				 argv[optind - 1]);
		return 1;
	case 'H':
		cli->no_events = true;
		return 0;
	case 'h':
		usage();
		*code = cli_finish(cli);
		return 1;
	case 'V':
		puts("fabmon " FABMON_VERSION);
		*code = cli_finish(cli);
		return 1;
	}
	*code = complain("unknown option", optopt ? letter : argv[optind - 1]);
	return 1;
}

int main(int argc, char **argv)
{
	struct cli cli = { .out = stdout, .socket = CLI_SOCKET };
	int option, code = 0;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":jptars:hV", options, NULL)) != -1) {
		if (option_take(&cli, option, argv, &code))
			return code;
	}
	if (optind == argc) {
		fputs("fabmon: no command; see fabmon help\n", stderr);
		return CLI_EXIT_USAGE;
	}
	cli.args = argv + optind + 1;
	cli.n_args = argc - optind - 1;
	return dispatch(&cli, argv[optind]);
}
