/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* A service over TLS, with certificates and accounts of its own. */
#ifndef FABMON_TEST_SECURE_FIXTURE_H
#define FABMON_TEST_SECURE_FIXTURE_H

#include "http_call.h"
#include "pki.h"
#include "service/service.h"
#include "tree/tree.h"

/* Accounts: NAME with password NAME-secret. */
#define ADMIN	"admin"		/* Administrator */
#define OPER	"oper"		/* Operator */
#define READER	"reader"	/* ReadOnly */
#define ROBOT	"robot@example.org" /* Operator, certificate only */

#define AS(name)	name ":" name "-secret"	/* for secure_call() */
#define LOGIN(name)	"{\"UserName\": \"" name "\", \"Password\": \"" name \
			"-secret\"}"
#define SESSIONS	"/redfish/v1/SessionService/Sessions"

/**
 * struct secure - one service
 * @dir: server.crt, server.key, clients.crt (CA), clients.crl, accounts,
 *	ca.crt (of the server)
 * @via: knows ca.crt
 */
struct secure {
	sd_event *event;
	struct tree *tree;
	struct service *service;
	struct service_setup setup;
	char *dir;
	char path[8][256];
	struct pki_ca *ca;
	struct pki_ca *clients;
	struct http_via via;
	char context[64];
};

/* The setup is complete but not started, so that tests can change it. */
struct secure *secure_new(void);
void secure_start(struct secure *s);
void secure_stop(struct secure *s);
void secure_free(struct secure *s);

/* Writes the accounts file. */
void secure_accounts(struct secure *s, const char *text);
/* "NAME:HASH:ROLE\n" for a password. */
const char *secure_line(const char *name, const char *password,
			const char *role);

/* The same for cmocka; the service runs, or is set up and not started. */
int secure_setup(void **state);
int secure_setup_stopped(void **state);
int secure_teardown(void **state);
#define with_secure(test) \
	cmocka_unit_test_setup_teardown(test, secure_setup, secure_teardown)
#define with_stopped(test) \
	cmocka_unit_test_setup_teardown(test, secure_setup_stopped, \
					secure_teardown)

/* A file of the directory; good for the next 8 calls. */
const char *secure_path(struct secure *s, const char *name);

/* @user: "NAME:PASSWORD", or NULL; @header: one more, or NULL. */
struct answer *secure_call(struct secure *s, const char *user,
			   const char *header, const char *method,
			   const char *target, const char *body);
/* The same; fails the test if the status is another. */
void secure_expect(struct secure *s, const char *user, const char *header,
		   const char *method, const char *target, const char *body,
		   long status);

/**
 * struct secure_session - a session of a client
 * @header: to be sent with requests
 * @uri: of the Session
 */
struct secure_session {
	char header[128];
	char uri[256];
};

/* Logs in with @body; fails the test if that is refused. */
void secure_login(struct secure *s, const char *body,
		  struct secure_session *session);

/* A property that is a string, or NULL. */
const char *secure_text(const json_t *json, const char *name);

/* Lets the loop run until the fd is silent for @ms. */
void secure_run(struct secure *s, unsigned int ms);

/* The value of a header, in a buffer that the next call uses. NULL: none. */
const char *answer_header(const struct answer *a, const char *name);
/* Fails the test if it is no such error of the Base registry. */
void answer_is_error(const struct answer *a, long status, const char *key);

#endif /* FABMON_TEST_SECURE_FIXTURE_H */
