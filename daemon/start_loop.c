// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The event loop: what ends it, and with which code. */
#include <signal.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "daemon.h"
#include "util/error.h"

/* Blocked before any thread of a library could take them. */
static void signals_block(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int loop_new(struct daemon *d)
{
	int ret;

	ret = sd_event_new(&d->event);
	if (ret < 0)
		return error_origin(ret, "event loop: cannot be created");
	ret = sd_event_add_signal(d->event, NULL, SIGTERM, daemon_on_stop, d);
	if (ret >= 0)
		ret = sd_event_add_signal(d->event, NULL, SIGINT,
					  daemon_on_stop, d);
	if (ret < 0)
		return error_origin(ret, "event loop: no handler for signals");
	ret = sd_event_set_watchdog(d->event, true);
	if (ret < 0)
		return error_origin(ret, "event loop: no timer for the watchdog of the service manager");
	return 0;
}

int daemon_start_loop(struct daemon *d)
{
	int ret;

	signals_block();
	ret = loop_new(d);
	return ret ? daemon_cannot_start(ret) : 0;
}

int daemon_run_loop(struct daemon *d)
{
	int ret = 0;

	while (ret >= 0 && sd_event_get_state(d->event) != SD_EVENT_FINISHED) {
		ret = sd_event_run(d->event, UINT64_MAX);
		/* once a round has ended, nobody logs its error any more */
		if (ret >= 0)
			error_forget();
	}
	if (ret < 0)
		return error_origin(ret, "event loop: a round failed");
	sd_event_get_exit_code(d->event, &ret);
	return ret;
}
