/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Requests to change the host or its fabrics, from the service to the kernel:
 * an OFMF forwards them, or a client sends them itself.
 *
 * An answer is given when the tree shows what was asked for. That comes from
 * the kernel, as all that is in the tree, and so do the events that receivers
 * get of it.
 */
#ifndef FABMON_FORWARD_H
#define FABMON_FORWARD_H

#include <systemd/sd-event.h>

#include "action.h"
#include "change.h"
#include "model/model.h"
#include "store/store.h"
#include "tree/tree.h"

/**
 * struct forward_setup - what it works on
 * @store: where it is written what is under way, and what was made for whom;
 *	NULL: nowhere
 * @start: in place of action_start(), for tests; NULL: that
 * @patience: us that the tree has to show what was done; 0: 5 s
 */
struct forward_setup {
	sd_event *event;
	const struct model *model;
	struct tree *tree;
	struct store *store;
	int (*start)(struct actions *actions, const struct action *action,
		     action_done done, void *ctx);
	uint64_t patience;
};

struct forward;

/**
 * forward_new - take requests, and put in order what an earlier run left
 *
 * Return: 0; -ENOMEM; -ENOSPC: the tree has too many listeners.
 */
int forward_new(struct forward **forward, const struct forward_setup *setup);
/*
 * Nothing is taken any more, and those who wait are told so: before the service
 * stops. What is under way ends by itself, and the next run hears of it.
 */
void forward_stop(struct forward *forward);
/*
 * After the service has stopped. Nothing may be published to the tree
 * afterwards.
 */
void forward_free(struct forward *forward);

/* The service's hooks; @forward is one. */
const char *forward_methods(const char *uri, void *forward);
void forward_change(const struct change *change, change_done done,
		    void *done_ctx, void *forward);

/* ---- forward_record.c: what must outlive the process -------------------- */

/**
 * struct forward_record - work on a region that is under way
 * @action: ACTION_REGION_SETTLE, should it be interrupted
 * @member: URI of the chunk, or what the client called it, "" if it did not
 */
struct forward_record {
	struct action action;
	char member[CHANGE_URI_MAX];
};

/* @store may be NULL for all of them; what cannot be kept has been logged. */
void forward_record_put(struct store *store,
			const struct forward_record *record);
void forward_record_drop(struct store *store);
/* 0; -ENOENT: there is none of this boot. */
int forward_record_get(struct store *store, struct forward_record *record);

/*
 * What a client called a chunk leads to the chunk that was made for it, as long
 * as it is there and for some time after. malloc()ed, or NULL.
 */
char *forward_name_get(struct store *store, const char *name);
void forward_name_put(struct store *store, const struct tree *tree,
		      const char *name, const char *chunk);
/*
 * What was called by them is gone, on request: they lead to "", and not to what
 * somebody else makes in its place.
 */
void forward_names_end(struct store *store, const struct tree *tree,
		       const char *chunk);

#endif /* FABMON_FORWARD_H */
