// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Values of options, the file, the command line, and the packaged file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "config/config.h"
#include "config/priv.h"
#include "config_fixture.h"
#include "tempdir.h"

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
		assert_int_equal(config_parse_url(cases[i][0], &url, fix_error,
						  sizeof(fix_error)), 0);
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
		fix_error[0] = '\0';
		assert_int_equal(config_parse_url(cases[i], &url, fix_error,
						  sizeof(fix_error)), -EBADMSG);
		assert_null(url);
		assert_true(*fix_error);
		assert_null(strstr(fix_error, "secret"));
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
						     fix_error,
						     sizeof(fix_error)), 0);
		assert_string_equal(addr, good[i].addr);
		assert_int_equal(port, good[i].port);
		free(addr);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(config_parse_listen(bad[i], &addr, &port,
						     fix_error,
						     sizeof(fix_error)),
				 -EBADMSG);
		assert_null(addr);
	}
}

/* ---- file and command line ---------------------------------------------- */

#define PACKAGED	"packaging/fabmond.conf"

static void test_defaults(void **state)
{
	struct config config;

	assert_int_equal(fix_load(&config, "", NULL), 0);
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

	assert_int_equal(fix_load(&config,
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

	assert_int_equal(fix_load(&config, "[service]\nmax_connections = 1024\n"
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

	assert_int_equal(fix_load(&config, "[service]\nlisten = 1.2.3.4:1\n"
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
	assert_false(config.leave);
	config_clear(&config);
	assert_int_equal(fix_load(&config, "", "--leave", NULL), 0);
	assert_true(config.leave);
	assert_null(config.leave_name);
	config_clear(&config);
	assert_int_equal(fix_load(&config, "", "--leave", "rack7", NULL), 0);
	assert_string_equal(config.leave_name, "rack7");
	config_clear(&config);
	/* port 0: known when the service listens */
	assert_int_equal(fix_load(&config, "", "--listen", "127.0.0.1:0", NULL), 0);
	assert_null(config.callback);
	assert_int_equal(config_derive_callback(&config, 99), 0);
	assert_string_equal(config.callback, "http://127.0.0.1:99");
	config_clear(&config);
}

static void test_allow_actions(void **state)
{
	struct config config;

	assert_int_equal(fix_load(&config, "", NULL), 0);
	assert_false(config.allow_actions);
	config_clear(&config);
	assert_int_equal(fix_load(&config, "[service]\nallow_actions = yes\n", NULL),
			 0);
	assert_true(config.allow_actions);
	config_clear(&config);
	assert_int_equal(fix_load(&config, "[service]\nallow_actions = no\n", NULL),
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
		assert_int_equal(fix_load(&config, cases[i][0], NULL),
				 -EBADMSG);
		if (!strstr(fix_error, cases[i][1]))
			fail_msg("'%s' is not in '%s'", cases[i][1], fix_error);
		assert_null(strchr(fix_error, '\n'));
		config_clear(&config);
	}
}

static void test_file_long_line(void **state)
{
	struct config config;
	char text[1024] = "[ofmf]\nurl = http://";

	memset(text + strlen(text), 'a', 600);
	assert_int_equal(fix_load(&config, text, NULL), -EBADMSG);
	assert_non_null(strstr(fix_error, "f.conf:2: the line is longer"));
	config_clear(&config);
}

static void test_arguments_bad(void **state)
{
	struct config config;

	assert_int_equal(fix_load(&config, "", "--bogus", NULL), -EINVAL);
	assert_non_null(strstr(fix_error, "--bogus"));
	config_clear(&config);
	assert_int_equal(fix_load(&config, "", "--ofmf", NULL), -EINVAL);
	assert_non_null(strstr(fix_error, "--ofmf"));
	config_clear(&config);
	assert_int_equal(fix_load(&config, "", "extra", NULL), -EINVAL);
	assert_non_null(strstr(fix_error, "extra"));
	config_clear(&config);
	assert_int_equal(fix_load(&config, "", "-x", NULL), -EINVAL);
	config_clear(&config);
	assert_int_equal(fix_load(&config, "", "--ofmf", "htp://x", NULL), -EBADMSG);
	assert_non_null(strstr(fix_error, "--ofmf 'htp://x': a URL begins"));
	config_clear(&config);
	assert_int_equal(fix_load(&config, NULL, "-c", "/nonexistent/f", NULL),
			 -EBADMSG);
	assert_non_null(strstr(fix_error, "/nonexistent/f: No such file"));
	config_clear(&config);
	assert_int_equal(fix_load(&config, NULL, "-c", "/tmp", NULL), -EBADMSG);
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
		"resync_quiet", "resync_latest", "resync_backoff",
		"heartbeat", "reconcile_interval", "register_spread",
		"on_stop",
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
						    fix_error,
						    sizeof(fix_error)), 0);
	}
	for (i = 0; i < sizeof(ofmf_keys) / sizeof(ofmf_keys[0]); i++) {
		assert_non_null(packaged(text, "ofmf", ofmf_keys[i], value,
					 sizeof(value)));
		assert_int_equal(config_ofmf_set(ofmf, ofmf_keys[i], value,
						 fix_error,
						 sizeof(fix_error)), 0);
	}
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
		cmocka_unit_test(test_file_long_line),
		cmocka_unit_test(test_arguments_bad),
		cmocka_unit_test(test_packaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
