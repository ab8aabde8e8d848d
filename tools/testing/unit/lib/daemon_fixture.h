/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The daemon's own wiring from the configuration to the service, with a
 * projected host, and stand-ins of both kinds as its OFMFs.
 */
#ifndef FABMON_TEST_DAEMON_FIXTURE_H
#define FABMON_TEST_DAEMON_FIXTURE_H

#include "daemon.h"
#include "http_call.h"
#include "site.h"

#define OFMFS	3		/* that the host registers with */

extern const char *const daemon_fix_names[OFMFS];

/**
 * struct daemon_fix - a daemon and its OFMFs
 * @ofmfs: each with a proxy between, and without an agent
 * @views: each as the tests of one OFMF know it
 * @notify: the service manager's socket
 * @notified: what it received last, of @n_notified times
 */
struct daemon_fix {
	struct daemon d;
	struct model *model;
	struct site *ofmfs[OFMFS];
	struct agent views[OFMFS];
	char *dir;
	int notify;
	char notified[4096];
	unsigned int n_notified;
};

/* For cmocka; without OFMF_STANDIN the state is NULL. */
int daemon_fix_setup(void **state);
int daemon_fix_teardown(void **state);
void daemon_fix_start(struct daemon_fix *host);
void daemon_fix_stop(struct daemon_fix *host);

/* Publish what the model is. */
void daemon_fix_publish(struct daemon_fix *host);
/* A health event, of which each OFMF gets an alert. */
void daemon_fix_poison(struct daemon_fix *host);
/* What the service manager received last, once it could be notified. */
const char *daemon_fix_notified(struct daemon_fix *host);

/* Run until all OFMFs, or all but one, have what they are to have. */
#define daemon_fix_settle(host)	daemon_fix_settle_but(host, OFMFS)
void daemon_fix_settle_but(struct daemon_fix *host, size_t dead);

#endif /* FABMON_TEST_DAEMON_FIXTURE_H */
