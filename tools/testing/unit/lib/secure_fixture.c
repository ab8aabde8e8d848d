// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "fixture.h"
#include "secure_fixture.h"
#include "tempdir.h"

static void publish(struct secure *s)
{
	struct model *model = fix_host();

	assert_true(tree_publish(s->tree, fix_project(model, &fix_registered),
				 0) >= 0);
	model_free(model);
}

static json_t *on_decorate(const char *view, const char *uri,
			   const json_t *resource, void *ctx)
{
	struct secure *s = ctx;
	const struct rf_view seen = {
		.url = fix_seen_registered.url,
		.context = s->context[0] ? s->context : NULL,
	};

	return rf_view_decorate(&seen, uri, resource);
}

static int on_context(const char *view, const char *context, void *ctx)
{
	struct secure *s = ctx;

	snprintf(s->context, sizeof(s->context), "%s", context);
	return 0;
}

const char *secure_path(struct secure *s, const char *name)
{
	static unsigned int next;
	char *path = s->path[next++ % 8];

	snprintf(path, sizeof(s->path[0]), "%s/%s", s->dir, name);
	return path;
}

const char *secure_line(const char *name, const char *password,
			const char *role)
{
	static char line[512];

	snprintf(line, sizeof(line), "%s:%s:%s\n", name,
		 password ? crypt(password, "$6$fabmonsalt$") : "*", role);
	return line;
}

void secure_accounts(struct secure *s, const char *text)
{
	tempdir_write(s->dir, "accounts", text);
	assert_int_equal(chmod(secure_path(s, "accounts"), 0600), 0);
}

static char *keep(struct secure *s, const char *name)
{
	return strdup(secure_path(s, name));
}

struct secure *secure_new(void)
{
	const struct pki_subject server = { .cn = "node01", .server = true };
	struct secure *s = calloc(1, sizeof(*s));
	char text[2048] = "# accounts\n\n";

	assert_int_equal(sd_event_new(&s->event), 0);
	s->dir = tempdir_make();
	s->tree = tree_new();
	publish(s);
	s->ca = pki_ca_new("servers");
	s->clients = pki_ca_new("clients");
	pki_ca_write(s->ca, s->dir, "ca");
	pki_ca_write(s->clients, s->dir, "clients");
	pki_crl_write(s->clients, s->dir, "clients", false, 1);
	pki_issue(s->ca, s->dir, "server", &server);
	strcat(text, secure_line(ADMIN, ADMIN "-secret", "Administrator"));
	strcat(text, secure_line(OPER, OPER "-secret", "Operator"));
	strcat(text, secure_line(READER, READER "-secret", "ReadOnly"));
	strcat(text, secure_line(ROBOT, NULL, "Operator"));
	secure_accounts(s, text);
	s->via.ca = keep(s, "ca.crt");
	s->setup = (struct service_setup) {
		.event = s->event, .tree = s->tree, .addr = "127.0.0.1",
		.hooks = {
			.decorate = on_decorate, .context = on_context,
			.ctx = s,
		},
		.security = {
			.tls_cert = keep(s, "server.crt"),
			.tls_key = keep(s, "server.key"),
			.accounts = keep(s, "accounts"),
		},
	};
	return s;
}

void secure_start(struct secure *s)
{
	assert_int_equal(service_start(&s->service, &s->setup), 0);
}

void secure_stop(struct secure *s)
{
	service_stop(s->service);
	s->service = NULL;
}

void secure_free(struct secure *s)
{
	struct service_security *sec = &s->setup.security;

	secure_stop(s);
	tree_free(s->tree);
	pki_ca_free(s->ca);
	pki_ca_free(s->clients);
	tempdir_remove(s->dir);
	sd_event_unref(s->event);
	free((char *)s->via.ca);
	free((char *)sec->tls_cert);
	free((char *)sec->tls_key);
	free((char *)sec->accounts);
	free((char *)sec->client_ca);
	free((char *)sec->client_crl);
	free(s);
}

struct answer *secure_call(struct secure *s, const char *user,
			   const char *header, const char *method,
			   const char *target, const char *body)
{
	const char *headers[] = { "Content-Type: application/json", header,
				  NULL };
	struct http_via via = s->via;

	via.user = user;
	return http_call_via(s->event, s->setup.security.tls_cert ? &via : NULL,
			     service_port(s->service), method, target, headers,
			     body, body ? strlen(body) : 0);
}

void secure_expect(struct secure *s, const char *user, const char *header,
		   const char *method, const char *target, const char *body,
		   long status)
{
	struct answer *a = secure_call(s, user, header, method, target, body);

	if (a->status != status)
		fail_msg("%s %s: %ld, not %ld: %s", method, target, a->status,
			 status, a->body);
	answer_free(a);
}

static int on_time(sd_event_source *source, uint64_t usec, void *ctx)
{
	*(bool *)ctx = true;
	return 0;
}

void secure_run(struct secure *s, unsigned int ms)
{
	sd_event_source *timer = NULL;
	bool over = false;

	assert_true(sd_event_add_time_relative(s->event, &timer,
					       CLOCK_MONOTONIC, ms * 1000ull,
					       1, on_time, &over) >= 0);
	while (!over)
		assert_true(sd_event_run(s->event, UINT64_MAX) >= 0);
	sd_event_source_disable_unref(timer);
}

const char *answer_header(const struct answer *a, const char *name)
{
	static char value[512];
	const char *at = a->head;
	size_t n = strlen(name);

	while ((at = strstr(at, "\r\n"))) {
		at += 2;
		if (strncasecmp(at, name, n) || at[n] != ':')
			continue;
		at += n + 1;
		at += strspn(at, " ");
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\r"),
			 at);
		return value;
	}
	return NULL;
}

void answer_is_error(const struct answer *a, long status, const char *key)
{
	char want[64];
	const char *id;

	if (a->status != status)
		fail_msg("%ld, not %ld: %s", a->status, status, a->body);
	id = json_string_value(json_object_get(json_object_get(a->json,
							       "error"),
					       "code"));
	snprintf(want, sizeof(want), "Base.1.22.%s", key);
	assert_non_null(id);
	assert_string_equal(id, want);
}

int secure_setup(void **state)
{
	struct secure *s = secure_new();

	*state = s;
	secure_start(s);
	return 0;
}

int secure_setup_stopped(void **state)
{
	*state = secure_new();
	return 0;
}

int secure_teardown(void **state)
{
	secure_free(*state);
	return 0;
}

const char *secure_text(const json_t *json, const char *name)
{
	return json_string_value(json_object_get(json, name));
}

void secure_login(struct secure *s, const char *body,
		  struct secure_session *session)
{
	struct answer *a = secure_call(s, NULL, NULL, "POST", SESSIONS, body);
	const char *value;

	if (a->status != 201)
		fail_msg("%ld: %s", a->status, a->body);
	value = answer_header(a, "X-Auth-Token");
	assert_non_null(value);
	assert_int_equal(strlen(value), 64);
	snprintf(session->header, sizeof(session->header), "X-Auth-Token: %s",
		 value);
	value = answer_header(a, "Location");
	assert_non_null(value);
	snprintf(session->uri, sizeof(session->uri), "%s", value);
	assert_string_equal(secure_text(a->json, "@odata.id"), session->uri);
	assert_null(strstr(a->body, "-secret"));
	assert_null(strstr(a->body, session->header + 14));
	answer_free(a);
}
