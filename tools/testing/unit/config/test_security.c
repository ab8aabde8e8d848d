// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Options about TLS, accounts, and who may connect. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "config_fixture.h"
#include "tempdir.h"

#define TLS	"tls_cert = /c\ntls_key = /k\n"

static void test_security(void **state)
{
	struct config config;

	assert_int_equal(fix_load(&config, "[service]\nlisten = :8640\n" TLS
		"tls_priority = NORMAL:-VERS-ALL:+VERS-TLS1.3\n"
		"client_ca = /ca\nclient_crl = /crl\naccounts = /a\n"
		"session_timeout = 600\ntrust = 192.0.2.1, ::1\n", NULL), 0);
	assert_string_equal(config.tls_cert, "/c");
	assert_string_equal(config.tls_key, "/k");
	assert_string_equal(config.tls_priority,
			    "NORMAL:-VERS-ALL:+VERS-TLS1.3");
	assert_string_equal(config.client_ca, "/ca");
	assert_string_equal(config.client_crl, "/crl");
	assert_string_equal(config.accounts, "/a");
	assert_string_equal(config.trust, "192.0.2.1, ::1");
	assert_int_equal(config.session_timeout, 600);
	assert_false(config.plain_http || config.no_auth);
	assert_int_equal(strncmp(config.callback, "https://", 8), 0);
	assert_false(config_is_loopback(&config));
	config_clear(&config);
	assert_int_equal(fix_load(&config, "[service]\nlisten = [::1]:1\n", NULL),
			 0);
	assert_true(config_is_loopback(&config));
	config_clear(&config);
}

/* A name without a '/' is a credential of the unit. */
static void test_credentials(void **state)
{
	struct config config;

	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(fix_load(&config, "[service]\ntls_key = key\n", NULL),
			 -EBADMSG);
	assert_non_null(strstr(fix_error, "LoadCredential=key:PATH"));
	config_clear(&config);
	setenv("CREDENTIALS_DIRECTORY", "/run/credentials/fabmon", 1);
	assert_int_equal(fix_load(&config, "[service]\ntls_cert = cert\n"
			      "tls_key = key\naccounts = /a\n", NULL), 0);
	assert_string_equal(config.tls_cert, "/run/credentials/fabmon/cert");
	assert_string_equal(config.tls_key, "/run/credentials/fabmon/key");
	assert_string_equal(config.accounts, "/a");
	config_clear(&config);
	assert_int_equal(fix_load(&config, "[service]\ntls_key = ../key\n", NULL),
			 -EBADMSG);
	config_clear(&config);
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void test_security_bad(void **state)
{
	static const char * const cases[][2] = {
		{ "tls_cert =\n", "f.conf:2: tls_cert = '': a file begins" },
		{ "tls_key = a/b\n", "tls_key = 'a/b': a file begins" },
		{ "client_ca = x\n", "client_ca = 'x': a file begins" },
		{ "client_crl = x\n", "client_crl = 'x': a file begins" },
		{ "accounts = x\n", "accounts = 'x': a file begins" },
		{ "tls_priority =\n", "priority string is not empty" },
		{ "session_timeout = 29\n", "30 to 86400" },
		{ "session_timeout = 86401\n", "30 to 86400" },
		{ "session_timeout = 1m\n", "30 to 86400" },
		{ "session_timeout = -60\n", "30 to 86400" },
		{ "session_timeout =\n", "30 to 86400" },
		{ "trust =\n", "remove the line to trust none" },
		{ "trust = ofmf\n", "'ofmf' is none or too many" },
		{ "trust = 192.0.2.0/24\n", "'192.0.2.0/24' is none" },
		{ "trust = ::1 ::2 ::3 ::4 ::5 ::6 ::7 ::8 ::9\n", "'::9' is none or too many" },
		{ "insecure = yes\n", "'yes' is neither" },
		{ "insecure =\n", "remove the line for neither" },
		{ "allow_actions = maybe\n", "it is yes or no" },
		{ "allow_actions =\n", "it is yes or no" },
		{ "chunk_state = kmem\n", "it is none, devdax or system-ram" },
		{ "tls_cert = /c\n", "tls_cert and tls_key in [service] go together" },
		{ "tls_key = /k\n", "tls_cert and tls_key in [service] go together" },
		{ "accounts = /a\n", "accounts in [service] needs TLS" },
		{ "client_ca = /a\n", "client_ca in [service] needs TLS" },
		{ TLS "client_ca = /a\n", "client_ca in [service] needs accounts" },
		{ TLS "client_crl = /a\n", "without client_ca" },
		{ "tls_priority = NORMAL\n", "of no use without TLS" },
		{ TLS "insecure = plain-http\n", "contradict each other" },
		{ TLS "accounts = /a\ninsecure = no-auth\n", "lets everybody in" },
		{ "trust = ::1\ninsecure = no-auth\n", "lets everybody in" },
	};
	struct config config;
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "[service]\n%s", cases[i][0]);
		assert_int_equal(fix_load(&config, text, NULL), -EBADMSG);
		if (!strstr(fix_error, cases[i][1]))
			fail_msg("'%s' is not in '%s'", cases[i][1], fix_error);
		assert_null(strchr(fix_error, '\n'));
		config_clear(&config);
	}
}

/* Beyond loopback each kind of danger needs its word. */
static void test_beyond_loopback(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "", "not encrypted" },
		{ "insecure = no-auth\n", "not encrypted" },
		{ "trust = 192.0.2.1\n", "not encrypted" },
		{ "insecure = plain-http\n", "lets everybody in" },
		{ TLS, "lets everybody in" },
		{ "insecure = plain-http no-auth\n", NULL },
		{ "insecure = plain-http\ntrust = 192.0.2.1\n", NULL },
		{ TLS "insecure = no-auth\n", NULL },
		{ TLS "trust = 192.0.2.1\n", NULL },
		{ TLS "accounts = /a\n", NULL },
	};
	static const char *const where[] = {
		"0.0.0.0:1", "[::]:1", "192.0.2.9:1", ":1", "[::ffff:127.0.0.1]:1",
	};
	struct config config;
	char text[512];
	size_t i, j;
	int ret;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (j = 0; j < sizeof(where) / sizeof(where[0]); j++) {
			snprintf(text, sizeof(text), "[service]\nlisten=%s\n%s",
				 where[j], cases[i].text);
			ret = fix_load(&config, text, NULL);
			assert_int_equal(ret, cases[i].error ? -EBADMSG : 0);
			if (ret && !strstr(fix_error, cases[i].error))
				fail_msg("'%s' is not in '%s'", cases[i].error,
					 fix_error);
			config_clear(&config);
		}
	}
	/* a tree that is only written is served to nobody */
	assert_int_equal(fix_load(&config, "", "--listen", ":1", "--dump-tree", "d",
			      NULL), 0);
	config_clear(&config);
	assert_int_equal(fix_load(&config, "", "--listen", ":1", NULL), -EBADMSG);
	config_clear(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_security),
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_security_bad),
		cmocka_unit_test(test_beyond_loopback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
