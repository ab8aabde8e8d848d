/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A proxy for HTTP/1.1 that does to chosen requests what networks, servers
 * and other proxies do to them.
 *
 * A thread a connection, which blocks, so that it works whatever the caller's
 * loop is doing and a fault is a few lines. Do not fork() without exec()
 * while there is one.
 */
#ifndef FABMON_TEST_FAULT_H
#define FABMON_TEST_FAULT_H

#include <stdbool.h>
#include <stddef.h>

enum fault {
	FAULT_NONE,
	FAULT_REFUSE,		/* reset, then refuse connections for a time */
	FAULT_HANG_BEFORE,	/* take the request, do nothing, no answer */
	FAULT_HANG_AFTER,	/* do it, no answer */
	FAULT_500,		/* an answer of the proxy's own, not done */
	FAULT_503,
	FAULT_400,
	FAULT_401,
	FAULT_404,
	FAULT_409,
	FAULT_GARBAGE,		/* bytes that are no HTTP, not done */
	FAULT_GARBLED,		/* done, but the body is no JSON */
	FAULT_HALF,		/* done, half of the answer, end */
	FAULT_BYTES,		/* done, the answer byte by byte */
	FAULT_CLOSE_BEFORE,	/* not done, end without an answer */
	FAULT_CLOSE_AFTER,	/* done, end without an answer */
	FAULT_TRUNCATE,		/* half of the request goes on, end */
	FAULT_DUPLICATE,	/* done twice, the second answer */
	FAULT_DELAY,		/* done, later */
	FAULT_LIE,		/* not done, 200 */
	FAULT_REDIRECT,		/* not done, somewhere else */
	FAULT_KINDS
};

/**
 * struct fault_rule - which requests it happens to
 * @method: or NULL for any
 * @path: what the target has to end with if it begins with '$', else to
 *	contain; NULL: any
 * @body: what the body has to contain, or NULL
 * @skip: how many of those that match are let through first
 * @count: how many are hit then; all others go through
 * @port: where REDIRECT leads on this host; 0: to the proxy itself
 * @ms: how long REFUSE, HANG and DELAY take at most; they end at once when the
 *	other side gives up
 */
struct fault_rule {
	enum fault fault;
	const char *method, *path, *body;
	unsigned int skip, count;
	unsigned int ms;
	int port;
};

/**
 * struct fault_tls - what the proxy shows to its clients
 * @cert: file with its certificate, PEM; NULL: plain HTTP
 * @key: file with its key
 * @priority: GnuTLS priority string, or NULL
 * @clients: file with certificates: clients have to have one from there
 */
struct fault_tls {
	const char *cert, *key, *priority, *clients;
};

struct fault_proxy;

/* Listens on a free port of 127.0.0.1; exits the program if it cannot. */
struct fault_proxy *fault_proxy_new(void);
void fault_proxy_free(struct fault_proxy *proxy);
int fault_proxy_port(const struct fault_proxy *proxy);
/* Where requests go; 0: nowhere, connections are closed. */
void fault_proxy_target(struct fault_proxy *proxy, int port);
/*
 * From now on; the strings are the caller's and have to stay. NULL: none. Ends
 * what the rule before it began to refuse.
 */
void fault_proxy_rule(struct fault_proxy *proxy,
		      const struct fault_rule *rule);
/* How many requests the rule hit. */
unsigned int fault_proxy_hits(struct fault_proxy *proxy);
/* How many requests with this method went by since the last rule was set. */
unsigned int fault_proxy_seen(struct fault_proxy *proxy, const char *method);
/* How many event records the fullest of them had. */
unsigned int fault_proxy_records(struct fault_proxy *proxy);
/*
 * Answers 401 to requests without @header, a line such as "Authorization: x".
 * NULL: to none. The string is the caller's and has to stay.
 */
void fault_proxy_demand(struct fault_proxy *proxy, const char *header);
/* For connections from now on. Those that are open are cut. */
void fault_proxy_tls(struct fault_proxy *proxy, const struct fault_tls *tls);

const char *fault_name(enum fault fault);

#endif /* FABMON_TEST_FAULT_H */
