/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Following the kernel: the stream into the model.
 *
 * This folder keeps the model equal to the kernel's state. It owns the client of
 * the module, the position in the stream, and the timer that gathers a burst of
 * changes. Notifications come in; a changed model goes out, with a call to publish
 * it. It dumps once, then takes each notification in order. What is missing is
 * replayed from the module's ring, and where the ring has it no more, or another
 * instance of the module is there, the nodes are dumped again: the difference is
 * what was missed. It never guesses across a gap, keeps the nodes of a provider
 * that has gone as they were, and makes no resources itself.
 */
#ifndef FABMON_FOLLOW_H
#define FABMON_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "model/model.h"
#include "kernel/netdev.h"

/**
 * struct follow_setup - what it works on, and callbacks
 * @event: the loop; NULL: one dump and no stream
 * @model: takes what is received; where it knows the position of an earlier run
 *	(model_log_position()), what happened since is replayed
 * @sysfs: root of sysfs, borrowed
 * @publish: the model changed and is identified; a burst of changes is one
 *	call; @realtime: CLOCK_REALTIME in ns of the first of them. Returns 0 or
 *	more, or -errno: it is called again
 * @status: follow_status() is another
 * @watch: a provider has come or gone: follow_unwatched() is another; the model
 *	still has the nodes of one that has gone
 * @grace_us: how long the tree stays as it was when a provider has gone; 0: 60 s
 */
struct follow_setup {
	sd_event *event;
	struct model *model;
	const char *sysfs;
	int (*publish)(uint64_t realtime, void *ctx);
	void (*status)(void *ctx);
	void (*watch)(void *ctx);
	uint64_t grace_us;
	void *ctx;
};

struct follow;

/**
 * follow_open - join the stream, take the first dump and publish it
 *
 * Return: 0; -ENOENT: the module is not loaded; -EPROTO: it is too old;
 * -EPERM, -EACCES: not allowed; other -errno. What is wrong and what to do has
 * been logged.
 */
int follow_open(struct follow **follow, const struct follow_setup *setup);
void follow_close(struct follow *follow);

/* Apply what comes from now on, on the loop. 0 or -errno, logged. */
int follow_start(struct follow *follow);

/**
 * follow_flush - something else that the tree shows changed: publish at once
 *
 * Later where a dump is still to be taken: when it is there; and later when a
 * listener of the tree asks. Return: 0 or more; -errno, logged, and tried again.
 */
int follow_flush(struct follow *follow);

/**
 * follow_netdev - a network device changed: publish what the ports show of it
 */
void follow_netdev(struct follow *follow, const struct netdev_change *change);

/**
 * follow_device - something of a device changed that only sysfs has
 * @path: of the device, below /sys; NULL: of any
 *
 * The node that it belongs to is read again.
 */
void follow_device(struct follow *follow, const char *path);

/**
 * follow_module - a module was loaded or unloaded
 * @path: "/module/" and its name; NULL: any
 *
 * The nodes are dumped where it is one of fabmon's.
 */
void follow_module(struct follow *follow, const char *path);

/**
 * follow_removed - a device was removed
 * @path: of the device, below /sys; NULL: of any
 *
 * Needed while there are providers that are not watched.
 */
void follow_removed(struct follow *follow, const char *path);

/**
 * follow_unwatched - whether devices are here that nobody watches
 * @provider: that would report them
 * @since: CLOCK_REALTIME ns since when, 0: it is watched; may be NULL
 */
bool follow_unwatched(const struct follow *follow, enum model_provider provider,
		      uint64_t *since);

/* One phrase on where it stands. */
const char *follow_status(const struct follow *follow);
/* Sequence number of the module that the model is true at. */
uint64_t follow_seq(const struct follow *follow);

#endif /* FABMON_FOLLOW_H */
