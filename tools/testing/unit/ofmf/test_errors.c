// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What fails here is logged with the OFMF, the object and the step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "capture.h"
#include "ofmf/priv.h"
#include "tempdir.h"

#define URL	"http://127.0.0.1:1"	/* nobody listens there */

struct rig {
	char *dir, *login;
	sd_event *event;
	struct tree *tree;
	struct store *store;
	struct ofmf *ofmf;
	struct capture capture;
};

static int setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct ofmf_setup what = {
		.url = URL, .callback = "http://127.0.0.1:2",
		.method_uri = "/redfish/v1/m", .system_uri = "/redfish/v1/s",
	};

	*state = rig;
	rig->dir = tempdir_make();
	assert_true(asprintf(&rig->login, "%s/login", rig->dir) > 0);
	what.security.login = rig->login;
	assert_int_equal(sd_event_new(&rig->event), 0);
	assert_int_equal(store_open(&rig->store, rig->dir), 0);
	rig->tree = tree_new();
	assert_int_equal(ofmf_start(&rig->ofmf, rig->event, rig->tree,
				    rig->store, &what), 0);
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	ofmf_stop(rig->ofmf);
	tree_free(rig->tree);
	store_close(rig->store);
	sd_event_unref(rig->event);
	tempdir_remove(rig->dir);
	free(rig->login);
	free(rig);
	return 0;
}

static void log_has(struct rig *rig, const char *const *words)
{
	char *log = capture_end(&rig->capture);

	for (; *words; words++)
		if (!strstr(log, *words))
			fail_msg("not in the log: %s", *words);
	free(log);
}

/* The file that cannot be read, and why. */
static void test_login(void **state)
{
	struct rig *rig = *state;
	const char *const words[] = {
		"OFMF " URL " unreachable: login_file ", rig->login,
		" cannot be read: No such file or directory", NULL
	};

	capture_begin(&rig->capture);
	while (!rig->ofmf->failures)
		assert_true(sd_event_run(rig->event, 50000) >= 0);
	log_has(rig, words);
}

/* What is on a disk that is full; the log still fits on its own. */
static void test_context(void **state)
{
	static const char *const words[] = {
		"OFMF " URL ": its context is not stored", NULL
	};
	struct rlimit old, small = { .rlim_cur = 4096 };
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	struct rig *rig = *state;

	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	capture_begin(&rig->capture);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	ofmf_adopt(rig->ofmf, "c-1");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, handler);
	/* and it goes on with it */
	assert_string_equal(ofmf_context(rig->ofmf), "c-1");
	log_has(rig, words);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_login), CASE(test_context),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
