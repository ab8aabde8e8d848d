/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * fabmond as a whole: all its parts, and what connects them.
 *
 * The files in this folder are the wiring. They start the parts in order, hand
 * each the others that it needs, and stop them in reverse. The parts do not
 * know each other: what one has to ask of another goes through a callback that
 * is set here. main.c has the order and the event loop, start_*.c and
 * receivers.c start the parts, report.c and control.c report the state of the
 * whole to the log, the service manager and the command.
 *
 * Here errors end: whatever keeps a part from starting is logged once, with
 * what to do about it, and becomes an exit code. Nothing is decided about
 * fabrics, resources or receivers; that is the parts' business.
 */
#ifndef FABMON_DAEMON_H
#define FABMON_DAEMON_H

#include <systemd/sd-event.h>

#include "config/config.h"
#include "control.h"
#include "membership.h"
#include "follow/follow.h"
#include "action/forward.h"
#include "model/model.h"
#include "kernel/netdev.h"
#include "ofmf/ofmf.h"
#include "tree/publish.h"
#include "service/service.h"
#include "store/store.h"
#include "tree/tree.h"
#include "kernel/uevent.h"

/**
 * struct daemon - everything there is one of
 * @uevents: of drivers
 * @modules: of modules
 * @removals: of devices that are removed, while a provider is not loaded
 * @ofmfs: those of the configuration; NULL for one that subscribes
 * @membership: who asked to leave or join OFMFs
 * @leaving: bits of the OFMFs that are to be left before fabmond ends, 0: none
 * @notify: timer of a status that waits to be sent, NULL: none waits
 * @stopping: it ends as soon as the OFMFs know, or by the next signal
 * @notified: CLOCK_MONOTONIC when the last status was sent, us, 0: never
 *
 * Parts are NULL until they are started, in the order of main.c.
 */
struct daemon {
	struct config config;
	sd_event *event;
	struct model *model;
	struct tree *tree;
	struct store *store;
	struct publish *publish;
	struct uevents *uevents, *modules, *removals;
	struct follow *follow;
	struct netdev_watch *netdevs;
	struct forward *forward;
	struct service *service;
	struct ofmf *ofmfs[CONFIG_OFMFS_MAX];
	struct control *control;
	struct membership *membership;
	unsigned int leaving;
	sd_event_source *notify;
	uint64_t notified;
	bool stopping;
};

/*
 * Functions that return int start a part. They return 0, or an exit code
 * (sysexits.h) after the reason was logged.
 */

/* ---- start_loop.c: the event loop --------------------------------------- */

/* Before any thread is started: signals are blocked from here on. */
int daemon_start_loop(struct daemon *d);
/*
 * Runs until a signal, or a part, ends it. Return: 0; the negative code with
 * which a part gave up, which it has logged; -errno of the loop itself.
 */
int daemon_run_loop(struct daemon *d);

/* ---- stopping.c ---------------------------------------------------------- */

/* SIGTERM, SIGINT: tells the OFMFs that want to know, and ends the loop. */
int daemon_on_stop(sd_event_source *source, const struct signalfd_siginfo *si,
		   void *ctx);

/* ---- start_host.c: from the host to the tree ---------------------------- */

/* Logs that fabmond cannot start, and why. Return: EX_OSERR. */
int daemon_cannot_start(int error);

int daemon_start_model(struct daemon *d);
int daemon_start_publish(struct daemon *d);
/* Before network devices are read first; fabmond works without, too. */
void daemon_start_netdevs(struct daemon *d);
/* Before devices are read first, so that no change is missed; the same. */
void daemon_start_uevents(struct daemon *d);
int daemon_start_follow(struct daemon *d);

/* ---- start_store.c: what outlives the process --------------------------- */

int daemon_start_store(struct daemon *d);
/*
 * Publishes the tree, and stores new entries of the logs in the same
 * transaction. Return: as publish_tree().
 */
int daemon_publish(struct daemon *d, uint64_t realtime);
/* Stores new entries of the logs. */
void daemon_save_log(struct daemon *d);
/* Stores the nodes, for a run that begins while a provider is not loaded. */
void daemon_save_nodes(struct daemon *d);

/* ---- start_service.c ---------------------------------------------------- */

int daemon_start_service(struct daemon *d);
/* The strings are borrowed from the configuration. */
struct service_security daemon_security(const struct config *config);

/* ---- receivers.c -------------------------------------------------------- */

int receivers_start(struct daemon *d);
/* Only those whose bits @chosen has, and nothing that needs the service. */
int receivers_leave(struct daemon *d, unsigned int chosen);
void receivers_stop(struct daemon *d);
/* For struct service_hooks, see there. */
bool receivers_view(const char *view, void *ctx);
json_t *receivers_decorate(const char *view, const char *uri,
			   const json_t *resource, void *ctx);
int receivers_context(const char *view, const char *context, void *ctx);

/* ---- report.c ----------------------------------------------------------- */

/* Sends the status to the service manager, at most once a second. */
void report_notify(struct daemon *d);
/* Sends it at once, with the message that fabmond is ready. */
void report_ready(struct daemon *d);
/* SIGUSR1: logs the status. */
int report_log(sd_event_source *source, const struct signalfd_siginfo *si,
	       void *ctx);
/* Opens the control socket; fabmond works without, too. */
void report_start(struct daemon *d);
void report_stop(struct daemon *d);

#endif /* FABMON_DAEMON_H */
