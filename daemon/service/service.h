/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The agent's Redfish service: serves the published tree over HTTP.
 */
#ifndef FABMON_SERVICE_H
#define FABMON_SERVICE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "action/change.h"
#include "store/store.h"
#include "tree/tree.h"
#include "limits.h"


struct service;

/* What is before the name of a view in a path, and in the base URL of its OFMF. */
#define SERVICE_VIEWS	"/ofmf/"

/**
 * struct service_hooks - what the service asks of others
 * @view: may the tree be seen as @view, the NAME of /ofmf/NAME/redfish/v1/...?
 * @decorate: the resource at @uri as @view is to see it, "" for who does
 *	not say; @resource is what the tree or the service has, NULL if they
 *	have none. Returns a new reference, NULL where there is no resource
 * @context: the OFMF of @view patched the Context of its subscription; returns
 *	0, or -EINVAL if the value is not acceptable
 * @clear_log: a client clears the log of the LogService at @uri; returns 0,
 *	-ENOENT if there is none (any more), or another -errno
 * @methods: what a resource takes that can be changed, or a URI where one can be
 *	made, as Allow has it, with GET and HEAD; NULL: neither
 * @change: do what a client asks for with one of these methods; @done is
 *	called once, on the loop, within the call or later, but before
 *	service_stop()
 *
 * Each may be NULL: then nobody has a view of its own, and nothing changes.
 */
struct service_hooks {
	bool (*view)(const char *view, void *ctx);
	json_t *(*decorate)(const char *view, const char *uri,
			    const json_t *resource, void *ctx);
	int (*context)(const char *view, const char *context, void *ctx);
	int (*clear_log)(const char *uri, void *ctx);
	const char *(*methods)(const char *uri, void *ctx);
	void (*change)(const struct change *change, change_done done,
		       void *done_ctx, void *ctx);
	void *ctx;
};

/**
 * struct service_security - who may do what; zeroed: everybody everything
 * @tls_cert: file with the certificate chain, PEM; NULL: plain HTTP
 * @tls_key: file with its key, PEM
 * @tls_priority: GnuTLS priority string, or NULL for a safe one
 * @client_ca: file with the CA certificates whose clients may log in with a
 *	certificate, or NULL
 * @client_crl: file with what they revoked, or NULL
 * @accounts: file with the accounts, or NULL; needs TLS
 * @trust: addresses that may read, set the OFMF's Context and use the hook
 *	@change, without credentials; at most 8, separated by blanks, or NULL
 * @no_auth: without accounts, everybody may do everything in spite of @trust
 * @guests: without accounts, who comes may not change the host or its fabrics
 * @url: base URL whose host clients may ask for, or NULL
 * @session_timeout: seconds, 0: 1800
 */
struct service_security {
	const char *tls_cert;
	const char *tls_key;
	const char *tls_priority;
	const char *client_ca;
	const char *client_crl;
	const char *accounts;
	const char *trust;
	bool no_auth;
	bool guests;
	const char *url;
	unsigned int session_timeout;
};

/**
 * struct service_setup - what it serves, and where
 * @store: for what outlives the process; NULL: nothing does
 * @addr: number of an address, "localhost", or "*", "" or NULL for all
 * @port: 0: any that is free
 */
struct service_setup {
	sd_event *event;
	struct tree *tree;
	struct store *store;
	const char *addr;
	uint16_t port;
	struct service_hooks hooks;
	struct service_limits limits;
	struct service_security security;
	struct service_events events;
};

/**
 * service_start - listen and serve the tree on the loop
 * @setup: not used after the call; what it points to is
 *
 * Return: 0; -EADDRINUSE, -EADDRNOTAVAIL, -EACCES as bind(2) says; -ENOMEM;
 * -EKEYREJECTED for security settings or files that cannot be used, which has
 * been logged.
 */
int service_start(struct service **service, const struct service_setup *setup);
void service_stop(struct service *service);

/**
 * service_check - could a service start with this security?
 *
 * What is wrong with its settings and files is logged. Return: 0;
 * -EKEYREJECTED.
 */
int service_check(const struct service_security *security);

/**
 * service_reload - read certificates, keys and accounts again
 *
 * What is broken is logged, and the old stays. Connections stay as they are.
 * Changes of the files are seen without this, where the host can watch them.
 */
void service_reload(struct service *service);

/**
 * service_record - tell subscribers of an event record
 * @record: one member of Event.Events without EventId and MemberId; borrowed
 *
 * Changes of the tree need no telling.
 */
void service_record(struct service *service, const json_t *record);

/**
 * service_subscribers - how delivery to each subscriber stands
 *
 * Return: an array of objects with the keys of ofmf_report(), as far as they
 * apply, and "subscription", its Id; a new reference, or NULL without memory.
 */
json_t *service_subscribers(const struct service *service);

/* The port in use; another than asked for where that was 0. */
uint16_t service_port(const struct service *service);

#endif /* FABMON_SERVICE_H */
