/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Keeps the model equal to what the kernel says: dumps, follows the stream,
 * replays what was missed, and dumps again where that cannot be.
 */
#ifndef FABMON_FOLLOW_H
#define FABMON_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "model/model.h"
#include "kernel/netdev.h"

/**
 * struct follow_setup - what it works on and whom it tells
 * @event: the loop; NULL: one dump and no stream
 * @model: takes what is received; where it knows the position of an earlier run
 *	(model_log_position()), what happened since is replayed
 * @sysfs: root of sysfs, borrowed
 * @publish: the model changed and is identified; a burst of changes is one
 *	call; @realtime: CLOCK_REALTIME in ns of the first of them. Returns 0 or
 *	more, or -errno: it is called again
 * @status: follow_status() says something else
 */
struct follow_setup {
	sd_event *event;
	struct model *model;
	const char *sysfs;
	int (*publish)(uint64_t realtime, void *ctx);
	void (*status)(void *ctx);
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
 * Later, when the dump is there, while one is owed; and later when a listener
 * of the tree asks. Return: 0 or more; -errno, logged, and tried again.
 */
int follow_flush(struct follow *follow);

/**
 * follow_netdev - a network device changed: publish what ports say of it
 */
void follow_netdev(struct follow *follow, const struct netdev_change *change);

/**
 * follow_device - something of a device changed that only sysfs tells
 * @path: of the device, below /sys; NULL: of any
 *
 * The node that it belongs to is read again.
 */
void follow_device(struct follow *follow, const char *path);

/* One phrase on where it stands. */
const char *follow_status(const struct follow *follow);
/* Sequence number of the module that the model is true at. */
uint64_t follow_seq(const struct follow *follow);

#endif /* FABMON_FOLLOW_H */
