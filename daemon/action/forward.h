/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Leads a request to change the host from the service to the kernel. An OFMF
 * forwards it, or a client sends it directly.
 *
 * The client is answered when the tree shows what it asked for. The change
 * comes into the tree from the kernel, like any other, and so do the events
 * that receivers get.
 */
#ifndef FABMON_FORWARD_H
#define FABMON_FORWARD_H

#include <systemd/sd-event.h>

#include "change.h"
#include "model/model.h"
#include "run.h"
#include "store/store.h"
#include "tree/tree.h"

/**
 * struct forward_setup - the parts that requests go through
 * @model: is only given the name that a client chose for a region
 * @store: keeps what is under way, and which chunks were removed; NULL: nothing
 *	is kept
 * @start: replaces action_start() in tests; NULL: that
 * @use: of volatile chunks where a request does not say it
 * @publish: publishes the model, which may be what requests wait for
 * @patience: us until the tree has to show what was done; 0: 5 s
 */
struct forward_setup {
	sd_event *event;
	struct model *model;
	struct tree *tree;
	struct store *store;
	int (*start)(struct actions *actions, const struct action *action,
		     action_done done, void *ctx);
	enum action_use use;
	void (*publish)(void *ctx);
	void *ctx;
	uint64_t patience;
};

struct forward;

/*
 * Before the tree is published first: the region that an earlier run was making
 * is not shown under a name that is not its own. forward_new() must follow.
 */
void forward_expect(struct store *store, struct model *model);

/**
 * forward_new - take requests, and settle what an earlier run left half done
 *
 * Return: 0; -ENOMEM; -ENOSPC: the tree has too many listeners.
 */
int forward_new(struct forward **forward, const struct forward_setup *setup);
/*
 * Before the service stops: no request is taken any more, and clients that wait
 * are answered with CHANGE_BUSY. Actions that are under way end by themselves;
 * the next run settles them.
 */
void forward_stop(struct forward *forward);
/*
 * After the service has stopped. Nothing may be published to the tree
 * afterwards.
 */
void forward_free(struct forward *forward);

/* For struct service_hooks; @forward is a struct forward. */
const char *forward_methods(const char *uri, void *forward);
void forward_change(const struct change *change, change_done done,
		    void *done_ctx, void *forward);

#endif /* FABMON_FORWARD_H */
