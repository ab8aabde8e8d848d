/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The parts of fabmond, and what puts them together: main.c in which order,
 * start_*.c and receivers.c each its own, report.c for who asks.
 */
#ifndef FABMON_DAEMON_H
#define FABMON_DAEMON_H

#include <systemd/sd-event.h>

#include "config/config.h"
#include "control.h"
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
 * @ofmfs: those of the configuration; NULL for one that subscribes
 * @notify: tells the status that waits, NULL: none does
 * @notified: CLOCK_MONOTONIC of the last status told, us, 0: none
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
	struct uevents *uevents;
	struct follow *follow;
	struct netdev_watch *netdevs;
	struct forward *forward;
	struct service *service;
	struct ofmf *ofmfs[CONFIG_OFMFS_MAX];
	struct control *control;
	sd_event_source *notify;
	uint64_t notified;
};

/*
 * What returns int starts a part, and returns 0 or an exit code (sysexits.h)
 * after it has said why.
 */

/* ---- start_host.c: from the host to the tree ---------------------------- */

/* Says so; returns the exit code. */
int daemon_no_memory(void);

int daemon_start_model(struct daemon *d);
int daemon_start_publish(struct daemon *d);
/* Before anything is read of network devices; goes without. */
void daemon_start_netdevs(struct daemon *d);
/* Before the first look at devices, so that nothing is missed; goes without. */
void daemon_start_uevents(struct daemon *d);
int daemon_start_follow(struct daemon *d);

/* ---- start_store.c: what outlives the process --------------------------- */

int daemon_start_store(struct daemon *d);
/* Publishes, and stores what is new in the logs; see publish_tree(). */
int daemon_publish(struct daemon *d, uint64_t realtime);
void daemon_save_log(struct daemon *d);

/* ---- start_service.c ---------------------------------------------------- */

int daemon_start_service(struct daemon *d);
/* The strings are the configuration's. */
struct service_security daemon_security(const struct config *config);

/* ---- receivers.c -------------------------------------------------------- */

int receivers_start(struct daemon *d);
void receivers_stop(struct daemon *d);
/* The service's hooks, see there. */
bool receivers_view(const char *view, void *ctx);
json_t *receivers_decorate(const char *view, const char *uri,
			   const json_t *resource, void *ctx);
int receivers_context(const char *view, const char *context, void *ctx);

/* ---- report.c ----------------------------------------------------------- */

/* Tells the service manager how things stand; at most once a second. */
void report_notify(struct daemon *d);
/* Tells it at once, and that all that is to be started is. */
void report_ready(struct daemon *d);
/* SIGUSR1: tells the log. */
int report_log(sd_event_source *source, const struct signalfd_siginfo *si,
	       void *ctx);
/* The control socket; goes without. */
void report_start(struct daemon *d);
void report_stop(struct daemon *d);

#endif /* FABMON_DAEMON_H */
