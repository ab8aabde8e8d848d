/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Inside of the fault proxy: one client's connection and what goes over it. */
#ifndef FABMON_TEST_FAULT_PRIV_H
#define FABMON_TEST_FAULT_PRIV_H

#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stddef.h>

#include "fault.h"

struct fault_proxy;

/* One connection of a client, and ours to the server for it. */
struct fault_link {
	struct fault_proxy *proxy;
	unsigned int slot;
	int client, server;
	gnutls_session_t tls;
};

/**
 * struct fault_message - a request or an answer
 * @data: head and body, terminated
 * @head: bytes of the head with its empty line, 0: not complete
 * @whole: the body is complete
 */
struct fault_message {
	char *data;
	size_t size, head;
	bool whole;
};

/* ---- fault.c ------------------------------------------------------------ */

/* Port that requests go on to. */
int fault_target(struct fault_proxy *proxy);
/* Port that it sends clients to. */
int fault_redirect_port(struct fault_proxy *proxy);
/* What the rule does to @m, and for how long. */
enum fault fault_choose(struct fault_proxy *proxy,
			const struct fault_message *m, unsigned int *ms);

/* ---- fault_do.c --------------------------------------------------------- */

/* False: the connection is to be ended. */
bool fault_handle(struct fault_link *link,
		  const struct fault_message *request);

/* ---- fault_message.c ---------------------------------------------------- */

/* Connected to 127.0.0.1:@port, or -1. */
int fault_connect(int port);
bool fault_client_write(struct fault_link *link, const char *data,
			size_t size);
bool fault_server_write(struct fault_link *link, const char *data,
			size_t size);
/* The next one, whole; false: there is none. */
bool fault_request_read(struct fault_link *link, struct fault_message *m);
/* @bodyless: it has no body, whatever its head has. */
bool fault_answer_read(struct fault_link *link, struct fault_message *m,
		       bool bodyless);
void fault_message_clear(struct fault_message *m);

#endif /* FABMON_TEST_FAULT_PRIV_H */
