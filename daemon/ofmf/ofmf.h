/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * One OFMF that this host registers with (profile "sunfish"), and that then has
 * a copy of our tree.
 *
 * It owns the registration, the outbox of that OFMF and the connection to it.
 * In come changes of the tree, alerts, the context that the OFMF gives us, and
 * its answers, which are not trusted. Out go HTTP requests, and where the
 * registration stands. What is pending is delivered in order, again until it is
 * acknowledged; what a delivery may have missed is found by comparing copies.
 * It reads the tree and nothing behind it, and never blocks. It never deletes a
 * copy that another agent manages.
 */
#ifndef FABMON_OFMF_H
#define FABMON_OFMF_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "store/store.h"
#include "tree/tree.h"
#include "http.h"

/* What to do with copies that differ although events were delivered. */
enum ofmf_resync { OFMF_RESYNC_AUTO, OFMF_RESYNC_NONE, OFMF_RESYNC_DETACH };

#define OFMF_BACKOFFS	3

/**
 * struct ofmf_setup - the OFMF, and where it reaches us
 * @url: base URL of the OFMF, no trailing slash
 * @callback: base URL that it reaches us at
 * @method_uri: URI of our ConnectionMethod
 * @system_uri: URI of our ComputerSystem, the root of what is uploaded
 * @security: files are read again when they change
 * @resync: see there
 * @quiet: ms without a change after which a repair begins
 * @latest: s after which it begins at the latest
 * @backoff: s from one repair to the next, the second, and all later ones
 * @heartbeat: s from one look whether the OFMF still knows us to the next; 0: none
 * @reconcile: s between comparisons of some of the OFMF's copies with ours; 0:
 *	only after a start and after trouble
 * @spread: s within which a first registration begins, at a random moment
 * @changed: ofmf_status() is another; or NULL
 *
 * Strings are copied.
 */
struct ofmf_setup {
	const char *url;
	const char *callback;
	const char *method_uri;
	const char *system_uri;
	struct ofmf_security security;
	enum ofmf_resync resync;
	unsigned int quiet, latest, backoff[OFMF_BACKOFFS];
	unsigned int heartbeat, reconcile, spread;
	void (*changed)(void *ctx);
	void *ctx;
};

struct ofmf;

/**
 * ofmf_start - register and keep the OFMF up to date from now on
 *
 * Listens to @tree. Tries for ever, with exponential backoff and jitter; what
 * fails is logged once per kind of failure. Return: 0 or -errno.
 */
int ofmf_start(struct ofmf **ofmf, sd_event *event, struct tree *tree,
	       struct store *store, const struct ofmf_setup *setup);
/* A tree cannot be left: nothing may be published to it afterwards. */
void ofmf_stop(struct ofmf *ofmf);

/*
 * What the OFMF knows us by, borrowed until the loop runs again; NULL without.
 * The service names it in our resources (rf_view_decorate()).
 */
const char *ofmf_context(const struct ofmf *ofmf);

/*
 * The OFMF patched our subscription. 0; -EINVAL if it is not a context, or if
 * we have another, which is then checked with the OFMF: anyone can PATCH.
 */
int ofmf_context_set(struct ofmf *ofmf, const char *context);

/* Is this host to be known to the OFMF? Outlives the process. */
enum ofmf_membership { OFMF_MEMBER, OFMF_LEAVING, OFMF_LEFT };

enum ofmf_membership ofmf_membership(const struct ofmf *ofmf);
/**
 * ofmf_leave - take this host out of the OFMF, and stay out
 *
 * Begins it, after a request that is under way, and goes on until all is gone
 * there; by the next start if need be. One that was left is looked at again.
 * @changed of the setup is called as it goes on. Return: 0; -errno if it cannot
 * be stored, and nothing was begun.
 */
int ofmf_leave(struct ofmf *ofmf);
/* Registers again. Return: 0; -errno if that cannot be stored. */
int ofmf_join(struct ofmf *ofmf);
/* It tries to leave, again and again, and does not get on. */
bool ofmf_leave_stuck(const struct ofmf *ofmf);
/* What leaving did, and why it does not get on; a new reference or NULL. */
json_t *ofmf_leave_report(const struct ofmf *ofmf);

/* Queue an event record (a health event) for delivery; takes the reference. */
void ofmf_alert(struct ofmf *ofmf, json_t *record);

/*
 * How many resources are pending, are to be read back, or are known to differ;
 * -1: unknown, for the first comparison since the start is not finished.
 */
long ofmf_drift(const struct ofmf *ofmf);

/**
 * ofmf_status - where it stands, for logs and systemctl status
 * @brief: only its state and what is amiss; else all, with local times
 *
 * Return: a line, until the next call.
 */
const char *ofmf_status(const struct ofmf *ofmf, bool brief);
/* The same as JSON; a new reference, NULL without memory. */
json_t *ofmf_report(const struct ofmf *ofmf);

/* ---- before fabmond ends: stop.c ---------------------------------------- */

void ofmf_freeze(struct ofmf *ofmf);
void ofmf_hurry(struct ofmf *ofmf, uint64_t until);
bool ofmf_is_settled(const struct ofmf *ofmf);

#endif /* FABMON_OFMF_H */
