// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Starts the store, and connects it with the model: the names that identities
 * were given and the logs of the devices outlive the process.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "daemon.h"
#include "store/log.h"
#include "store/nodes.h"
#include "util/error.h"
#include "util/log.h"

void daemon_save_log(struct daemon *d)
{
	store_begin(d->store);
	store_log_write(d->store, d->model);
	if (!store_end(d->store))
		model_log_saved(d->model);
}

/* What cannot be written has been logged: a later run knows older nodes. */
void daemon_save_nodes(struct daemon *d)
{
	struct timespec now;

	if (!d->store)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	store_begin(d->store);
	store_nodes_write(d->store, d->model,
			  (uint64_t)now.tv_sec * 1000000000u +
			  (uint64_t)now.tv_nsec);
	store_end(d->store);
}

/*
 * New entries of the logs and the alerts that are pending because of them are
 * stored in one transaction. If it fails, the next run finds neither, reads the
 * same notifications again and makes both anew.
 */
int daemon_publish(struct daemon *d, uint64_t realtime)
{
	size_t dropped;
	int ret;

	model_log_dropped(d->model, &dropped);
	if (!d->store || !(model_log_unsaved(d->model) || dropped))
		return publish_tree(d->publish, realtime);
	store_begin(d->store);
	store_log_write(d->store, d->model);
	ret = publish_tree(d->publish, realtime);
	if (!store_end(d->store))
		model_log_saved(d->model);
	return ret;
}

static void ident_key(const char *key, char *full, size_t size)
{
	snprintf(full, size, "identity/%s", key);
}

static bool on_ident_get(const char *key, char *ident, size_t size, void *ctx)
{
	struct daemon *d = ctx;
	char full[256], *value;
	bool fits;

	ident_key(key, full, sizeof(full));
	if (store_get(d->store, full, &value))
		return false;
	fits = snprintf(ident, size, "%s", value) < (int)size;
	free(value);
	return fits;
}

struct ident_each {
	void (*fn)(const char *key, const char *value, void *fn_ctx);
	void *fn_ctx;
};

static void on_ident(const char *key, const char *value, void *ctx)
{
	const struct ident_each *each = ctx;

	each->fn(key + strlen("identity/"), value, each->fn_ctx);
}

static void on_ident_each(const char *prefix,
			  void (*fn)(const char *key, const char *value,
				     void *fn_ctx), void *fn_ctx, void *ctx)
{
	struct ident_each each = { .fn = fn, .fn_ctx = fn_ctx };
	struct daemon *d = ctx;
	char full[256];

	ident_key(prefix, full, sizeof(full));
	store_each(d->store, full, on_ident, &each);
}

/* What cannot be kept has been logged: the identity is only less stable. */
static void on_ident_put(const char *key, const char *ident, void *ctx)
{
	struct daemon *d = ctx;
	char full[256];

	ident_key(key, full, sizeof(full));
	store_set(d->store, full, ident);
}

int daemon_start_store(struct daemon *d)
{
	const struct model_memory memory = {
		.get = on_ident_get, .put = on_ident_put,
		.each = on_ident_each, .ctx = d,
	};
	int r;

	r = store_open(&d->store, d->config.state_dir);
	if (r == -EBUSY && d->config.leave) {
		error_log(LOG_ERR, r, "fabmond: --leave: a fabmond runs on this database: ask that one with \"fabmon leave\", or stop it first");
		return EX_CANTCREAT;
	}
	if (r) {
		error_log(LOG_ERR, r, "fabmond: cannot start without its database, which is in state_dir of [daemon]");
		return EX_CANTCREAT;
	}
	model_remember(d->model, &memory);
	if (d->config.allow_actions)
		forward_expect(d->store, d->model);
	/* fabmond works without what an earlier run knew, too */
	return store_log_load(d->store, d->model) == -ENOMEM ||
	       store_nodes_load(d->store, d->model) == -ENOMEM ?
	       daemon_cannot_start(-ENOMEM) : 0;
}
