// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* ofmf-standin: stands in for the OFMF's server in tests and the demo. */
#include <curl/curl.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "alias.h"
#include "change.h"
#include "http.h"
#include "listen.h"
#include "standin.h"
#include "store.h"

#define EXIT_USAGE	1
#define EXIT_LISTEN	2
#define STOP_SECONDS	3

struct options {
	const char *listen;
	bool conformant, json, quiet;
	long callback_timeout_ms;
};

static void help(void)
{
	puts("Usage: ofmf-standin [OPTION]...\n"
	     "Stand in for the OFMF's reference server in tests and the demo.\n"
	     "\n"
	     "  -l, --listen ADDR:PORT     where to listen (127.0.0.1:5000)\n"
	     "  -c, --conformant           do what the Sunfish document wants\n"
	     "                             instead of what the server does\n"
	     "  -j, --json                 changes as JSON, one object a line\n"
	     "  -q, --quiet                print no changes\n"
	     "  -t, --callback-timeout MS  limit of one call to an agent (0: none)\n"
	     "  -h, --help                 this text\n"
	     "  -V, --version              the version\n"
	     "\n"
	     "Exit status: 0 ended by a signal, 1 bad option, 2 cannot listen.");
}

static bool number(const char *text, long *out)
{
	char *end;

	errno = 0;
	*out = strtol(text, &end, 10);
	return !errno && end != text && !*end && *out >= 0 &&
	       *out <= 86400000;
}

/* Returns -1 to go on, else the exit status. */
static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "conformant", no_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "callback-timeout", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "l:cjqt:hV", longs, NULL)) != -1) {
		switch (opt) {
		case 'l': o->listen = optarg; break;
		case 'c': o->conformant = true; break;
		case 'j': o->json = true; break;
		case 'q': o->quiet = true; break;
		case 't':
			if (number(optarg, &o->callback_timeout_ms))
				break;
			fprintf(stderr, "ofmf-standin: --callback-timeout wants milliseconds, not '%s'\n",
				optarg);
			return EXIT_USAGE;
		case 'h': help(); return 0;
		case 'V': puts("ofmf-standin " STANDIN_VERSION); return 0;
		default: return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "ofmf-standin: unexpected argument '%s'\n",
		argv[optind]);
	return EXIT_USAGE;
}

static bool setup(struct standin *s, const struct options *o)
{
	s->conformant = o->conformant;
	s->callback_timeout_ms = o->callback_timeout_ms;
	s->store = store_new(o->conformant);
	s->alias = alias_new();
	s->changes = change_log_new(o->json, o->quiet);
	for (size_t i = 0; i < STANDIN_LANES; i++)
		pthread_mutex_init(&s->lanes[i], NULL);
	return s->store && s->alias && s->changes &&
	       !curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void teardown(struct standin *s)
{
	for (size_t i = 0; i < STANDIN_LANES; i++)
		pthread_mutex_destroy(&s->lanes[i]);
	change_log_free(s->changes);
	alias_free(s->alias);
	store_free(s->store);
	curl_global_cleanup();
}

static void *stop_thread(void *daemon)
{
	http_stop(daemon);
	return NULL;
}

/* Whoever reads our stdout may have stopped reading: do not wait for it. */
static void stop(struct MHD_Daemon *daemon)
{
	struct timespec until;
	pthread_t thread;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STOP_SECONDS;
	if (pthread_create(&thread, NULL, stop_thread, daemon) ||
	    pthread_timedjoin_np(thread, NULL, &until))
		_exit(0);
}

/* The threads inherit the mask, so only this one sees the signals. */
static int serve(struct standin *s, int fd, const char *url)
{
	struct MHD_Daemon *daemon;
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	daemon = http_start(s, fd);
	if (!daemon) {
		fprintf(stderr, "ofmf-standin: cannot start the HTTP server\n");
		close(fd);
		return EXIT_LISTEN;
	}
	change_listening(s->changes, url);
	sigwait(&set, &sig);
	atomic_store(&s->stopping, true);
	stop(daemon);
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { .listen = "127.0.0.1:5000" };
	struct standin s = { 0 };
	const char *why = "";
	char url[128];
	int rc, fd;

	rc = parse(argc, argv, &o);
	if (rc >= 0)
		return rc;
	fd = listen_open(o.listen, url, sizeof(url), &why);
	if (fd < 0) {
		fprintf(stderr, "ofmf-standin: cannot listen on %s: %s\n",
			o.listen, why);
		return fd == -EINVAL ? EXIT_USAGE : EXIT_LISTEN;
	}
	if (setup(&s, &o)) {
		rc = serve(&s, fd, url);
	} else {
		fprintf(stderr, "ofmf-standin: out of memory\n");
		rc = EXIT_LISTEN;
	}
	teardown(&s);
	return rc;
}
