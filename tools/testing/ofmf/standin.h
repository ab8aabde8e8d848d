/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef STANDIN_H
#define STANDIN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define STANDIN_VERSION		"1.0"
#define STANDIN_ROOT		"/redfish/v1"
#define STANDIN_SOURCES		STANDIN_ROOT "/AggregationService/AggregationSources"
#define STANDIN_BODY_MAX	(1024 * 1024)
#define STANDIN_LANES		64

struct alias;
struct change_log;
struct store;

/**
 * struct standin - the one context passed down
 * @conformant: follow the Sunfish document instead of the reference's habits
 * @callback_timeout_ms: limit of one call to an agent, 0 for none
 * @stopping: set once a signal asked for the end; calls under way give up
 * @store: aggregated tree, has its own lock
 * @alias: names given to agents' objects, has its own lock
 * @changes: change lines and their log, has its own lock
 * @lanes: in conformant mode the records of one agent are handled in order;
 *	the lane of an agent is held during its callbacks, and no other lock is
 *	held then
 */
struct standin {
	bool conformant;
	long callback_timeout_ms;
	atomic_bool stopping;
	struct store *store;
	struct alias *alias;
	struct change_log *changes;
	pthread_mutex_t lanes[STANDIN_LANES];
};

#endif
