// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What the event loop returns: the service manager starts fabmond again unless it
 * ended with 0, so a part that gave up must not look like a request to end.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon.h"
#include "util/error.h"

static int setup(void **state)
{
	static struct daemon daemon;

	daemon = (struct daemon) { 0 };
	*state = &daemon;
	return daemon_start_loop(&daemon);
}

static int teardown(void **state)
{
	struct daemon *d = *state;

	sd_event_unref(d->event);
	return 0;
}

static int give_up(sd_event_source *source, void *ctx)
{
	return sd_event_exit(sd_event_source_get_event(source), -EIO);
}

static void test_part_gives_up(void **state)
{
	struct daemon *d = *state;

	assert_true(sd_event_add_defer(d->event, NULL, give_up, NULL) >= 0);
	assert_int_equal(daemon_run_loop(d), -EIO);
}

static int send_signal(sd_event_source *source, void *ctx)
{
	return kill(getpid(), *(int *)ctx);
}

static void ends_by(struct daemon *d, int number)
{
	assert_true(sd_event_add_defer(d->event, NULL, send_signal,
				       &number) >= 0);
	assert_int_equal(daemon_run_loop(d), 0);
}

static void test_sigterm(void **state)
{
	ends_by(*state, SIGTERM);
}

static void test_sigint(void **state)
{
	ends_by(*state, SIGINT);
}

static int fail_quietly(sd_event_source *source, void *ctx)
{
	error_origin(-EIO, "a failure that was recovered from");
	return 0;
}

static int read_text(sd_event_source *source, void *ctx)
{
	assert_string_equal(error_text(-EIO), strerror(EIO));
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

/* The text of an error does not outlive the round that it arose in. */
static void test_forgets(void **state)
{
	struct daemon *d = *state;
	sd_event_source *first, *second;

	assert_true(sd_event_add_defer(d->event, &first, fail_quietly,
				       NULL) >= 0);
	assert_true(sd_event_add_defer(d->event, &second, read_text, NULL) >= 0);
	assert_true(sd_event_source_set_priority(second, 1) >= 0);
	assert_int_equal(daemon_run_loop(d), 0);
	sd_event_source_unref(first);
	sd_event_source_unref(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_part_gives_up, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_sigterm, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sigint, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forgets, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
