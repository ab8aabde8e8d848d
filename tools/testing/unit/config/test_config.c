// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/config.h"
#include "config/priv.h"
#include "tempdir.h"

static char error[512];

/* ---- values ------------------------------------------------------------- */

static void test_url_good(void **state)
{
	static const char * const cases[][2] = {
		{ "http://ofmf:5000", "http://ofmf:5000" },
		{ "HTTPS://Ofmf.Example.COM/", "https://ofmf.example.com" },
		{ "http://10.0.0.1:80//", "http://10.0.0.1:80" },
		{ "http://[2001:DB8::1]:5000/", "http://[2001:db8::1]:5000" },
		{ "http://[::1]", "http://[::1]" },
	};
	char *url;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(config_parse_url(cases[i][0], &url, error,
						  sizeof(error)), 0);
		assert_string_equal(url, cases[i][1]);
		free(url);
	}
}

static void test_url_bad(void **state)
{
	static const char * const cases[] = {
		"", "ofmf", "ofmf:5000", "htp://ofmf", "http:/ofmf", "http://",
		"http:///", "http://ofmf:", "http://ofmf:0", "http://ofmf:65536",
		"http://ofmf:5000x", "http://ofmf/redfish/v1", "http://a b",
		"http://user:secret@ofmf", "http://ofmf?x", "http://ofmf#x",
		"http://::1:5000", "http://[::1", "http://[::1]x", "http://[x]",
		"http://1.2.3.400", "http://1.2.3", "http://-a", "http://a\nb",
		"http://ofmf:5000 # mine", "ftp://ofmf",
	};
	char *url;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		error[0] = '\0';
		assert_int_equal(config_parse_url(cases[i], &url, error,
						  sizeof(error)), -EBADMSG);
		assert_null(url);
		assert_true(*error);
		assert_null(strstr(error, "secret"));
	}
}

static void test_listen(void **state)
{
	static const struct {
		const char *text, *addr;
		uint16_t port;
	} good[] = {
		{ "127.0.0.1:8640", "127.0.0.1", 8640 },
		{ "0.0.0.0:1", "0.0.0.0", 1 }, { ":8640", "0.0.0.0", 8640 },
		{ "8640", "127.0.0.1", 8640 }, { "[::]:65535", "::", 65535 },
		{ "[::1]:0", "::1", 0 }, { "localhost:80", "127.0.0.1", 80 },
	};
	static const char * const bad[] = {
		"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1",
		"127.0.0.1:-1", "127.0.0.1:+1", "127.0.0.1: 1", "node01:8640",
		"[::1]", "[::1]8640", "[127.0.0.1]:8640", "[::1:8640", "256.0.0.1:1",
	};
	uint16_t port;
	char *addr;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(config_parse_listen(good[i].text, &addr, &port,
						     error, sizeof(error)), 0);
		assert_string_equal(addr, good[i].addr);
		assert_int_equal(port, good[i].port);
		free(addr);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(config_parse_listen(bad[i], &addr, &port, error,
						     sizeof(error)), -EBADMSG);
		assert_null(addr);
	}
}

/* ---- file and command line ---------------------------------------------- */

#define MAX_ARGS 8
#define PACKAGED	"packaging/fabmond.conf"

/* Loads @text as file ("%s" in @args stands for it) with the arguments. */
static int load(struct config *config, const char *text, ...)
{
	char *argv[MAX_ARGS + 4] = { (char *)"fabmond" }, *dir, path[256];
	int argc = 1, ret;
	va_list args;

	dir = tempdir_make();
	snprintf(path, sizeof(path), "%s/f.conf", dir);
	if (text) {
		tempdir_write(dir, "f.conf", text);
		argv[argc++] = (char *)"-c";
		argv[argc++] = path;
	}
	va_start(args, text);
	while ((argv[argc] = va_arg(args, char *)))
		argc++;
	va_end(args);
	ret = config_load(config, argc, argv, error, sizeof(error));
	tempdir_remove(dir);
	return ret;
}

static void test_defaults(void **state)
{
	struct config config;

	assert_int_equal(load(&config, "", NULL), 0);
	assert_string_equal(config.listen_addr, "127.0.0.1");
	assert_int_equal(config.listen_port, 8640);
	assert_string_equal(config.callback, "http://127.0.0.1:8640");
	assert_int_equal(config.n_ofmfs, 0);
	assert_false(config_registers(&config));
	assert_null(config.host_id);
	assert_string_equal(config.rdma_fabric, "RoCE");
	assert_string_equal(config.state_dir, CONFIG_STATE);
	assert_string_equal(config.sysfs, "/sys");
	assert_int_equal(config.log_entries, 64);
	assert_int_equal(config.flap_count, 5);
	assert_int_equal(config.flap_window, 60);
	assert_int_equal(config.flap_hold, 30);
	assert_int_equal(config.flap_quiet, 60);
	assert_int_equal(config.log_level, LOG_INFO);
	assert_int_equal(config.limits.connections, 128);
	assert_int_equal(config.limits.client_connections, 64);
	assert_int_equal(config.limits.request_rate, 1000);
	assert_int_equal(config.limits.request_burst, 10000);
	assert_int_equal(config.limits.header_size, 16384);
	assert_int_equal(config.limits.body_size, 65536);
	assert_int_equal(config.limits.seconds, 30);
	assert_false(config.check);
	config_clear(&config);
}

static void test_file(void **state)
{
	struct config config;

	assert_int_equal(load(&config,
		"# comment\n[service]\nlisten = [::1]:9000\n"
		"[ofmf]\nurl = http://OFMF:5000/\n\n[host]\nid=node-01\n"
		"rdma_fabric = pod1 ; the left one\n"
		"[health]\nlog_entries = 100\nflap_count = 0\n"
		"flap_window = 3600\nflap_hold = 1\nflap_quiet = 2\n[daemon]\n"
		"state_dir = /tmp/x\nsysfs = /tmp/sys\nlog_level = Debug\n",
		NULL), 0);
	assert_string_equal(config.callback, "http://[::1]:9000");
	assert_int_equal(config.n_ofmfs, 1);
	assert_string_equal(config.ofmfs[0].name, "");
	assert_string_equal(config.ofmfs[0].url, "http://ofmf:5000");
	assert_true(config_registers(&config));
	assert_string_equal(config.host_id, "node-01");
	assert_string_equal(config.rdma_fabric, "pod1");
	assert_int_equal(config.log_entries, 100);
	assert_int_equal(config.flap_count, 0);
	assert_int_equal(config.flap_window, 3600);
	assert_int_equal(config.flap_hold, 1);
	assert_int_equal(config.flap_quiet, 2);
	assert_string_equal(config.state_dir, "/tmp/x");
	assert_string_equal(config.sysfs, "/tmp/sys");
	assert_int_equal(config.log_level, LOG_DEBUG);
	config_clear(&config);
}

static void test_limits(void **state)
{
	struct config config;

	assert_int_equal(load(&config, "[service]\nmax_connections = 1024\n"
		"max_client_connections=1\nmax_request_rate = 2\n"
		"max_request_burst = 3\nmax_header_size = 4000\n"
		"max_body_size = 5000\ntimeout = 6\n", NULL), 0);
	assert_int_equal(config.limits.connections, 1024);
	assert_int_equal(config.limits.client_connections, 1);
	assert_int_equal(config.limits.request_rate, 2);
	assert_int_equal(config.limits.request_burst, 3);
	assert_int_equal(config.limits.header_size, 4000);
	assert_int_equal(config.limits.body_size, 5000);
	assert_int_equal(config.limits.seconds, 6);
	config_clear(&config);
}

static void test_command_line_wins(void **state)
{
	struct config config;
	char name[256] = "", expect[300];

	assert_int_equal(load(&config, "[service]\nlisten = 1.2.3.4:1\n"
		"insecure = plain-http, no-auth\n[ofmf]\nurl = http://a\n", "--listen", ":7", "--ofmf=http://b",
		"--check-config", "--dump-tree", "out", "--log-level", "error",
		NULL), 0);
	gethostname(name, sizeof(name) - 1);
	snprintf(expect, sizeof(expect), "http://%s:7", name);
	assert_string_equal(config.callback, expect);
	assert_int_equal(config.n_ofmfs, 1);
	assert_string_equal(config.ofmfs[0].url, "http://b");
	assert_true(config.check);
	assert_string_equal(config.dump_tree, "out");
	assert_int_equal(config.log_level, LOG_ERR);
	config_clear(&config);
	/* port 0: known when the service listens */
	assert_int_equal(load(&config, "", "--listen", "127.0.0.1:0", NULL), 0);
	assert_null(config.callback);
	assert_int_equal(config_derive_callback(&config, 99), 0);
	assert_string_equal(config.callback, "http://127.0.0.1:99");
	config_clear(&config);
}

static void test_allow_actions(void **state)
{
	struct config config;

	assert_int_equal(load(&config, "", NULL), 0);
	assert_false(config.allow_actions);
	config_clear(&config);
	assert_int_equal(load(&config, "[service]\nallow_actions = yes\n", NULL),
			 0);
	assert_true(config.allow_actions);
	config_clear(&config);
	assert_int_equal(load(&config, "[service]\nallow_actions = no\n", NULL),
			 0);
	assert_false(config.allow_actions);
	config_clear(&config);
}

/* Each is refused, and the message names what and where. */
static void test_file_bad(void **state)
{
	static const char * const cases[][2] = {
		{ "[ofmf]\nulr = http://a\n", "f.conf:2: unknown key 'ulr' in [ofmf]: did you mean 'url'?" },
		{ "[ofmf]\nnonsense = 1\n", "unknown key 'nonsense'" },
		{ "\n\n[omfm]\nurl = http://a\n", "f.conf:4: unknown section [omfm]" },
		{ "url = http://a\n", "before any section" },
		{ "[ofmf]\nurl = htp://a\n", "f.conf:2: url = 'htp://a': a URL begins with" },
		{ "[ofmf]\nurl =\n", "a URL begins with" },
		{ "[ofmf]\nurl = http://a\nurl = http://b\n", "f.conf:3: 'url' is set twice" },
		{ "[ofmf]\nurl = http://a\n  more\n", "set twice" },
		{ "[ofmf]\nurl http//a\n", "f.conf:2: not a [section]" },
		{ "[ofmf\nurl = http://a\n", "f.conf:1: not a [section]" },
		{ "[host]\nid = a/b\n", "f.conf:2: id = 'a/b'" },
		{ "[host]\nid = ..\n", "begin with a '.'" },
		{ "[host]\nrdma_fabric = a b\n", "rdma_fabric" },
		{ "[health]\nlog_entries = 7\n", "log_entries = '7': a number from 8 to 1024 is needed" },
		{ "[health]\nflap_count = 65\n", "from 0 to 64" },
		{ "[health]\nflap_hold = -1\n", "from 1 to 3600" },
		{ "[health]\nflap_hold = 1s\n", "from 1 to 3600" },
		{ "[health]\nflap_quiet =\n", "from 1 to 3600" },
		{ "[daemon]\nlog_level = loud\n", "error, warning, info or debug" },
		{ "[daemon]\nstate_dir = here\n", "must begin with '/'" },
		{ "[service]\nlisten = node01:1\n", "is not an IP address" },
		{ "[service]\ntimeout = 0\n", "f.conf:2: timeout = '0': a number from 1 to 3600" },
		{ "[service]\ntimeout =\n", "a number from" },
		{ "[service]\ntimeout = -1\n", "a number from" },
		{ "[service]\ntimeout = 30s\n", "a number from" },
		{ "[service]\nmax_connections = 1025\n", "1 to 1024" },
		{ "[service]\nmax_body_size = 4294967297\n", "a number from" },
		{ "[service]\nmax_header_size = 1023\n", "1024 to 1048576" },
	};
	struct config config;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(load(&config, cases[i][0], NULL), -EBADMSG);
		if (!strstr(error, cases[i][1]))
			fail_msg("'%s' is not in '%s'", cases[i][1], error);
		assert_null(strchr(error, '\n'));
		config_clear(&config);
	}
}

/* ---- security ----------------------------------------------------------- */

#define TLS	"tls_cert = /c\ntls_key = /k\n"

static void test_security(void **state)
{
	struct config config;

	assert_int_equal(load(&config, "[service]\nlisten = :8640\n" TLS
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
	assert_int_equal(load(&config, "[service]\nlisten = [::1]:1\n", NULL),
			 0);
	assert_true(config_is_loopback(&config));
	config_clear(&config);
}

/* A name without a '/' is a credential of the unit. */
static void test_credentials(void **state)
{
	struct config config;

	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(load(&config, "[service]\ntls_key = key\n", NULL),
			 -EBADMSG);
	assert_non_null(strstr(error, "LoadCredential=key:PATH"));
	config_clear(&config);
	setenv("CREDENTIALS_DIRECTORY", "/run/credentials/fabmon", 1);
	assert_int_equal(load(&config, "[service]\ntls_cert = cert\n"
			      "tls_key = key\naccounts = /a\n", NULL), 0);
	assert_string_equal(config.tls_cert, "/run/credentials/fabmon/cert");
	assert_string_equal(config.tls_key, "/run/credentials/fabmon/key");
	assert_string_equal(config.accounts, "/a");
	config_clear(&config);
	assert_int_equal(load(&config, "[service]\ntls_key = ../key\n", NULL),
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
		assert_int_equal(load(&config, text, NULL), -EBADMSG);
		if (!strstr(error, cases[i][1]))
			fail_msg("'%s' is not in '%s'", cases[i][1], error);
		assert_null(strchr(error, '\n'));
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
			ret = load(&config, text, NULL);
			assert_int_equal(ret, cases[i].error ? -EBADMSG : 0);
			if (ret && !strstr(error, cases[i].error))
				fail_msg("'%s' is not in '%s'", cases[i].error,
					 error);
			config_clear(&config);
		}
	}
	/* a tree that is only written is served to nobody */
	assert_int_equal(load(&config, "", "--listen", ":1", "--dump-tree", "d",
			      NULL), 0);
	config_clear(&config);
	assert_int_equal(load(&config, "", "--listen", ":1", NULL), -EBADMSG);
	config_clear(&config);
}

static void test_file_long_line(void **state)
{
	struct config config;
	char text[1024] = "[ofmf]\nurl = http://";

	memset(text + strlen(text), 'a', 600);
	assert_int_equal(load(&config, text, NULL), -EBADMSG);
	assert_non_null(strstr(error, "f.conf:2: the line is longer"));
	config_clear(&config);
}

static void test_arguments_bad(void **state)
{
	struct config config;

	assert_int_equal(load(&config, "", "--bogus", NULL), -EINVAL);
	assert_non_null(strstr(error, "--bogus"));
	config_clear(&config);
	assert_int_equal(load(&config, "", "--ofmf", NULL), -EINVAL);
	assert_non_null(strstr(error, "--ofmf"));
	config_clear(&config);
	assert_int_equal(load(&config, "", "extra", NULL), -EINVAL);
	assert_non_null(strstr(error, "extra"));
	config_clear(&config);
	assert_int_equal(load(&config, "", "-x", NULL), -EINVAL);
	config_clear(&config);
	assert_int_equal(load(&config, "", "--ofmf", "htp://x", NULL), -EBADMSG);
	assert_non_null(strstr(error, "--ofmf 'htp://x': a URL begins"));
	config_clear(&config);
	assert_int_equal(load(&config, NULL, "-c", "/nonexistent/f", NULL),
			 -EBADMSG);
	assert_non_null(strstr(error, "/nonexistent/f: No such file"));
	config_clear(&config);
	assert_int_equal(load(&config, NULL, "-c", "/tmp", NULL), -EBADMSG);
	config_clear(&config);
}

/* The value of a line "#KEY = VALUE" of a section; NULL: there is none. */
static const char *packaged(const char *text, const char *section,
			    const char *key, char *value, size_t size)
{
	char head[64], line[64];
	const char *begin, *end, *at;

	snprintf(head, sizeof(head), "\n[%s]\n", section);
	snprintf(line, sizeof(line), "\n#%s = ", key);
	begin = strstr(text, head);
	end = begin ? strstr(begin + 1, "\n[") : NULL;
	at = begin ? strstr(begin, line) : NULL;
	if (!at || (end && at > end))
		return NULL;
	at += strlen(line);
	snprintf(value, size, "%.*s", (int)strcspn(at, "\n"), at);
	return value;
}

/* The file that is installed names every key, with a value that it can have. */
static void test_packaged(void **state)
{
	static const char *const ofmf_keys[] = {
		"profile", "url", "ca", "cert", "key", "login_file", "resync",
		"reconcile_interval", "register_spread",
	};
	struct config config = { 0 };
	struct config_ofmf *ofmf = config_ofmf_get(&config, "");
	const struct config_setting *setting;
	char text[16384] = "", value[128];
	FILE *file = fopen(PACKAGED, "re");
	size_t i;

	assert_non_null(file);
	assert_in_range(fread(text, 1, sizeof(text) - 1, file), 1,
			sizeof(text) - 2);
	fclose(file);
	for (i = 0; i < config_n_settings; i++) {
		setting = &config_settings[i];
		if (!setting->key)
			continue;
		if (!packaged(text, setting->section, setting->key, value,
			      sizeof(value)))
			fail_msg("[%s] %s is not there", setting->section,
				 setting->key);
		assert_int_equal(config_setting_set(setting, &config, value,
						    error, sizeof(error)), 0);
	}
	for (i = 0; i < sizeof(ofmf_keys) / sizeof(ofmf_keys[0]); i++) {
		assert_non_null(packaged(text, "ofmf", ofmf_keys[i], value,
					 sizeof(value)));
		assert_int_equal(config_ofmf_set(ofmf, ofmf_keys[i], value,
						 error, sizeof(error)), 0);
	}
	config_clear(&config);
}

static void test_ofmf(void **state)
{
	static const char text[] =
		"[ofmf]\nurl = https://ofmf\nca = /a\ncert = /b\nkey = /c\n"
		"login_file = /d\nresync = detach\nreconcile_interval = 0\n"
		"register_spread = 3600\n"
		"[daemon]\ncontrol_socket = /run/x\n[events]\nca = /e\n";
	static const struct {
		const char *text, *expected;
	} bad[] = {
		{ "[ofmf]\nresync = always\n", "none or detach" },
		{ "[ofmf]\nreconcile_interval = 59\n", "60 to 604800" },
		{ "[ofmf]\nreconcile_interval = 1h\n", "60 to 604800" },
		{ "[ofmf]\nregister_spread = 3601\n", "0 to 3600" },
		{ "[ofmf]\nregister_spread = \n", "0 to 3600" },
		{ "[ofmf]\nca = certs/ca.pem\n", "begins with '/'" },
		{ "[ofmf]\nurl = http://x\nlogin_file = /d\n", "in clear" },
		{ "[ofmf]\nurl = http://x\ncert = /b\n", "no https://" },
		{ "[ofmf]\nurl = https://x\nkey = /c\n", "set both" },
	};
	const struct config_ofmf *ofmf;
	struct config config;
	size_t i;

	assert_int_equal(load(&config, text, NULL), 0);
	ofmf = &config.ofmfs[0];
	assert_string_equal(ofmf->ca, "/a");
	assert_string_equal(ofmf->cert, "/b");
	assert_string_equal(ofmf->key, "/c");
	assert_string_equal(ofmf->login, "/d");
	assert_true(ofmf->detach);
	assert_int_equal(ofmf->reconcile, 0);
	assert_int_equal(ofmf->spread, 3600);
	assert_string_equal(config.control, "/run/x");
	assert_string_equal(config.events.ca, "/e");
	config_clear(&config);
	assert_null(config.events.ca);
	/* a url may be on the command line, and is not today */
	assert_int_equal(load(&config, "[ofmf]\nresync = detach\n", NULL), 0);
	assert_int_equal(config.n_ofmfs, 0);
	config_clear(&config);
	assert_int_equal(load(&config, "[ofmf]\nresync = none\n", "--ofmf",
			      "http://x", NULL), 0);
	assert_false(ofmf->detach);
	assert_false(ofmf->subscribes);
	assert_int_equal(ofmf->reconcile, 3600);
	assert_int_equal(ofmf->spread, 0);	/* by hand */
	assert_string_equal(config.control, "/run/fabmon/control");
	config_clear(&config);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(load(&config, bad[i].text, NULL), -EBADMSG);
		if (!strstr(error, bad[i].expected))
			fail_msg("%s: %s", bad[i].text, error);
		config_clear(&config);
	}
}

static void test_ofmfs(void **state)
{
	static const char text[] =
		"[ofmf rack-7]\nurl = http://a:1\n"
		"[ofmf]\nprofile = sunfish\nresync = detach\nurl = http://b\n"
		"[ofmf  2]\nurl = https://c\nca = /c\nreconcile_interval = 60\n"
		"[ofmf plain]\nprofile = redfish\n";
	const struct config_ofmf *ofmf;
	struct config config;

	assert_int_equal(load(&config, text, NULL), 0);
	assert_int_equal(config.n_ofmfs, 4);
	ofmf = config.ofmfs;
	assert_string_equal(ofmf[0].name, "rack-7");
	assert_string_equal(ofmf[0].url, "http://a:1");
	assert_false(ofmf[0].detach);
	assert_int_equal(ofmf[0].reconcile, 3600);
	assert_int_equal(ofmf[0].spread, 30);
	assert_string_equal(ofmf[1].name, "");
	assert_string_equal(ofmf[1].url, "http://b");
	assert_true(ofmf[1].detach);
	assert_string_equal(ofmf[2].name, "2");
	assert_string_equal(ofmf[2].ca, "/c");
	assert_int_equal(ofmf[2].reconcile, 60);
	assert_string_equal(ofmf[3].name, "plain");
	assert_true(ofmf[3].subscribes);
	assert_null(ofmf[3].url);
	assert_true(config_registers(&config));
	config_clear(&config);
	/* the command line has that without a name */
	assert_int_equal(load(&config, "[ofmf a]\nurl = http://a\n"
			      "[ofmf]\nresync = detach\n", "--ofmf",
			      "http://b", NULL), 0);
	assert_int_equal(config.n_ofmfs, 2);
	assert_string_equal(config.ofmfs[1].url, "http://b");
	assert_true(config.ofmfs[1].detach);
	config_clear(&config);
	/* one of several that is not there leaves the others */
	assert_int_equal(load(&config, "[ofmf]\nresync = detach\n"
			      "[ofmf a]\nurl = http://a\n", NULL), 0);
	assert_int_equal(config.n_ofmfs, 1);
	assert_string_equal(config.ofmfs[0].name, "a");
	assert_false(config.ofmfs[0].detach);
	config_clear(&config);
	assert_int_equal(load(&config, "[ofmf]\nprofile = redfish\n", NULL),
			 0);
	assert_int_equal(config.n_ofmfs, 1);
	assert_false(config_registers(&config));
	config_clear(&config);
}

static void test_ofmfs_bad(void **state)
{
	static const struct {
		const char *text, *expected;
	} bad[] = {
		{ "[ofmf A]\nurl = http://a\n", "f.conf:2: [ofmf A]: the name of an OFMF has 1 to 32 of a to z" },
		{ "[ofmf a b]\nurl = http://a\n", "[ofmf a b]: the name" },
		{ "[ofmf a/b]\nurl = http://a\n", "[ofmf a/b]: the name" },
		{ "[ofmf a2345678901234567890123456789012x]\nurl = http://a\n", "1 to 32" },
		{ "[ofmf a234567890123456789012345678901234567890123456789012345]\nurl = http://a\n", "1 to 32" },
		{ "[ofmfs]\nurl = http://a\n", "f.conf:2: unknown section [ofmfs]" },
		{ "[ofmf a]\nulr = http://a\n", "unknown key 'ulr' in [ofmf a]: did you mean 'url'?" },
		{ "[ofmf a]\nca = /a\nca = /b\n", "f.conf:3: 'ca' is set twice" },
		{ "[ofmf a]\nresync = none\n", "[ofmf a] has no url: set it" },
		{ "[ofmf a]\nurl = http://a\nkey = /k\n", "[ofmf a] key is set and cert is not" },
		{ "[ofmf a]\nurl = http://a\nca = /k\n", "[ofmf a] url is no https:// URL" },
		{ "[ofmf a]\nurl = http://a\n[ofmf]\nurl = http://A/\n", "[ofmf a] and [ofmf] have the same url" },
		{ "[ofmf a]\nurl = http://a\n\n[ofmf a]\nca = /b\n", "f.conf:4: [ofmf a] is there already, in line 1" },
		{ "[ofmf]\nurl = http://a\n[host]\nid = x\n[ofmf]\nca = /b\n", "f.conf:5: [ofmf] is there already, in line 1" },
		{ "[ofmf a]\nprofile = plain\n", "it is sunfish or redfish" },
		{ "[ofmf a]\nprofile = redfish\nurl = http://a\n", "[ofmf a] profile = redfish: such an OFMF subscribes at our EventService, and is sent nothing else: remove url" },
		{ "[ofmf a]\nresync = none\nprofile = redfish\n", "remove resync" },
		{ "[events]\nsubscriptions = 0\n[ofmf a]\nprofile = redfish\n", "[ofmf a] profile = redfish: it cannot subscribe" },
	};
	struct config config;
	char text[1024] = "";
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(load(&config, bad[i].text, NULL), -EBADMSG);
		if (!strstr(error, bad[i].expected))
			fail_msg("%s: %s", bad[i].text, error);
		assert_null(strchr(error, '\n'));
		config_clear(&config);
	}
	/* 8 are as many as can be, however they come */
	for (i = 0; i < 8; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "[ofmf %c]\nurl = http://%c\n", (char)('a' + i),
			 (char)('a' + i));
	assert_int_equal(load(&config, text, NULL), 0);
	assert_int_equal(config.n_ofmfs, CONFIG_OFMFS_MAX);
	config_clear(&config);
	assert_int_equal(load(&config, text, "--ofmf", "http://x", NULL),
			 -EBADMSG);
	assert_non_null(strstr(error, "there are 8 OFMFs in the file already"));
	config_clear(&config);
	strcat(text, "[ofmf i]\nurl = http://i\n");
	assert_int_equal(load(&config, text, NULL), -EBADMSG);
	assert_non_null(strstr(error, "f.conf:18: [ofmf i]: there may be 8 OFMFs: remove one"));
	config_clear(&config);
	assert_int_equal(load(&config, "[ofmf]\nprofile = redfish\n", "--ofmf",
			      "http://x", NULL), -EBADMSG);
	assert_non_null(strstr(error, "[ofmf] profile = redfish"));
	config_clear(&config);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_url_good),
		cmocka_unit_test(test_url_bad),
		cmocka_unit_test(test_listen),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_command_line_wins),
		cmocka_unit_test(test_allow_actions),
		cmocka_unit_test(test_file_bad),
		cmocka_unit_test(test_security),
		cmocka_unit_test(test_credentials),
		cmocka_unit_test(test_security_bad),
		cmocka_unit_test(test_beyond_loopback),
		cmocka_unit_test(test_file_long_line),
		cmocka_unit_test(test_arguments_bad),
		cmocka_unit_test(test_packaged),
		cmocka_unit_test(test_ofmf),
		cmocka_unit_test(test_ofmfs),
		cmocka_unit_test(test_ofmfs_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
