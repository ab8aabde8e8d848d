// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Options about one OFMF, and about several. */
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

static void test_ofmf(void **state)
{
	static const char text[] =
		"[ofmf]\nurl = https://ofmf\nca = /a\ncert = /b\nkey = /c\n"
		"login_file = /d\nresync = detach\nreconcile_interval = 0\n"
		"heartbeat = 10\n"
		"resync_quiet = 0\nresync_latest = 3600\n"
		"resync_backoff = 1 1 86400\n"
		"register_spread = 3600\non_stop = offline\n"
		"[daemon]\ncontrol_socket = /run/x\n[events]\nca = /e\n";
	static const struct {
		const char *text, *expected;
	} bad[] = {
		{ "[ofmf]\nresync = always\n", "auto, none or detach" },
		{ "[ofmf]\nresync_quiet = 60001\n", "0 to 60000" },
		{ "[ofmf]\nresync_quiet = 1.5\n", "milliseconds" },
		{ "[ofmf]\nresync_latest = 3601\n", "0 to 3600" },
		{ "[ofmf]\nresync_backoff = 10\n", "three numbers" },
		{ "[ofmf]\nresync_backoff = 10 60 600 1\n", "three numbers" },
		{ "[ofmf]\nresync_backoff = 10 9 600\n", "none less" },
		{ "[ofmf]\nresync_backoff = -1 9 600\n", "three numbers" },
		{ "[ofmf]\nresync_backoff = 1 2 86401\n", "0 to 86400" },
		{ "[ofmf]\nheartbeat = 9\n", "10 to 604800" },
		{ "[ofmf]\nheartbeat = 5m\n", "10 to 604800" },
		{ "[ofmf]\nreconcile_interval = 59\n", "60 to 604800" },
		{ "[ofmf]\nreconcile_interval = 1h\n", "60 to 604800" },
		{ "[ofmf]\nregister_spread = 3601\n", "0 to 3600" },
		{ "[ofmf]\nregister_spread = \n", "0 to 3600" },
		{ "[ofmf]\non_stop = Absent\n", "keep or offline" },
		{ "[ofmf]\nca = certs/ca.pem\n", "begins with '/'" },
		{ "[ofmf]\nurl = http://x\nlogin_file = /d\n", "in clear" },
		{ "[ofmf]\nurl = http://x\ncert = /b\n", "no https://" },
		{ "[ofmf]\nurl = https://x\nkey = /c\n", "set both" },
	};
	const struct config_ofmf *ofmf;
	struct config config;
	size_t i;

	assert_int_equal(fix_load(&config, text, NULL), 0);
	ofmf = &config.ofmfs[0];
	assert_true(ofmf->offline);
	assert_string_equal(ofmf->ca, "/a");
	assert_string_equal(ofmf->cert, "/b");
	assert_string_equal(ofmf->key, "/c");
	assert_string_equal(ofmf->login, "/d");
	assert_int_equal(ofmf->resync, CONFIG_RESYNC_DETACH);
	assert_int_equal(ofmf->quiet, 0);
	assert_int_equal(ofmf->latest, 3600);
	assert_int_equal(ofmf->backoff[0], 1);
	assert_int_equal(ofmf->backoff[2], 86400);
	assert_int_equal(ofmf->heartbeat, 10);
	assert_int_equal(ofmf->reconcile, 0);
	assert_int_equal(ofmf->spread, 3600);
	assert_string_equal(config.control, "/run/x");
	assert_string_equal(config.events.ca, "/e");
	config_clear(&config);
	assert_null(config.events.ca);
	/* a url may be on the command line, and is not today */
	assert_int_equal(fix_load(&config, "[ofmf]\nresync = detach\n", NULL), 0);
	assert_int_equal(config.n_ofmfs, 0);
	config_clear(&config);
	assert_int_equal(fix_load(&config, "[ofmf]\nresync = none\n", "--ofmf",
			      "http://x", NULL), 0);
	assert_int_equal(ofmf->resync, CONFIG_RESYNC_NONE);
	assert_int_equal(ofmf->quiet, 1500);
	assert_int_equal(ofmf->latest, 10);
	assert_int_equal(ofmf->backoff[0], 10);
	assert_int_equal(ofmf->backoff[1], 60);
	assert_int_equal(ofmf->backoff[2], 600);
	assert_false(ofmf->subscribes);
	assert_int_equal(ofmf->heartbeat, 300);
	assert_int_equal(ofmf->reconcile, 3600);
	assert_int_equal(ofmf->spread, 0);	/* by hand */
	assert_string_equal(config.control, "/run/fabmon/control");
	config_clear(&config);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(fix_load(&config, bad[i].text, NULL),
				 -EBADMSG);
		if (!strstr(fix_error, bad[i].expected))
			fail_msg("%s: %s", bad[i].text, fix_error);
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

	assert_int_equal(fix_load(&config, text, NULL), 0);
	assert_int_equal(config.n_ofmfs, 4);
	ofmf = config.ofmfs;
	assert_string_equal(ofmf[0].name, "rack-7");
	assert_string_equal(ofmf[0].url, "http://a:1");
	assert_int_equal(ofmf[0].resync, CONFIG_RESYNC_AUTO);
	assert_int_equal(ofmf[0].reconcile, 3600);
	assert_int_equal(ofmf[0].spread, 30);
	assert_string_equal(ofmf[1].name, "");
	assert_string_equal(ofmf[1].url, "http://b");
	assert_int_equal(ofmf[1].resync, CONFIG_RESYNC_DETACH);
	assert_string_equal(ofmf[2].name, "2");
	assert_string_equal(ofmf[2].ca, "/c");
	assert_int_equal(ofmf[2].reconcile, 60);
	assert_string_equal(ofmf[3].name, "plain");
	assert_true(ofmf[3].subscribes);
	assert_null(ofmf[3].url);
	assert_true(config_registers(&config));
	config_clear(&config);
	/* the command line has that without a name */
	assert_int_equal(fix_load(&config, "[ofmf a]\nurl = http://a\n"
			      "[ofmf]\nresync = detach\n", "--ofmf",
			      "http://b", NULL), 0);
	assert_int_equal(config.n_ofmfs, 2);
	assert_string_equal(config.ofmfs[1].url, "http://b");
	assert_int_equal(config.ofmfs[1].resync, CONFIG_RESYNC_DETACH);
	config_clear(&config);
	/* one of several that is not there leaves the others */
	assert_int_equal(fix_load(&config, "[ofmf]\nresync = detach\n"
			      "[ofmf a]\nurl = http://a\n", NULL), 0);
	assert_int_equal(config.n_ofmfs, 1);
	assert_string_equal(config.ofmfs[0].name, "a");
	assert_int_equal(config.ofmfs[0].resync, CONFIG_RESYNC_AUTO);
	config_clear(&config);
	assert_int_equal(fix_load(&config, "[ofmf]\nprofile = redfish\n", NULL),
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
		assert_int_equal(fix_load(&config, bad[i].text, NULL),
				 -EBADMSG);
		if (!strstr(fix_error, bad[i].expected))
			fail_msg("%s: %s", bad[i].text, fix_error);
		assert_null(strchr(fix_error, '\n'));
		config_clear(&config);
	}
	/* 8 are as many as can be, however they come */
	for (i = 0; i < 8; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "[ofmf %c]\nurl = http://%c\n", (char)('a' + i),
			 (char)('a' + i));
	assert_int_equal(fix_load(&config, text, NULL), 0);
	assert_int_equal(config.n_ofmfs, CONFIG_OFMFS_MAX);
	config_clear(&config);
	assert_int_equal(fix_load(&config, text, "--ofmf", "http://x", NULL),
			 -EBADMSG);
	assert_non_null(strstr(fix_error, "there are 8 OFMFs in the file already"));
	config_clear(&config);
	strcat(text, "[ofmf i]\nurl = http://i\n");
	assert_int_equal(fix_load(&config, text, NULL), -EBADMSG);
	assert_non_null(strstr(fix_error, "f.conf:18: [ofmf i]: there may be 8 OFMFs: remove one"));
	config_clear(&config);
	assert_int_equal(fix_load(&config, "[ofmf]\nprofile = redfish\n", "--ofmf",
			      "http://x", NULL), -EBADMSG);
	assert_non_null(strstr(fix_error, "[ofmf] profile = redfish"));
	config_clear(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ofmf),
		cmocka_unit_test(test_ofmfs),
		cmocka_unit_test(test_ofmfs_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
