// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Health events pass through; nothing of them is kept. */
#include <linux/export.h>

#include "core.h"

void fabmon_health_emit(struct sk_buff *open, struct sk_buff *secret,
			const struct fabmon_stamp *stamp)
{
	mutex_lock(&fabmon_store.lock);
	fabmon_notify_health(open, secret, stamp);
	mutex_unlock(&fabmon_store.lock);

	fabmon_attrs_free(open);
	fabmon_attrs_free(secret);
}
EXPORT_SYMBOL_GPL(fabmon_health_emit);

void fabmon_health_lost(u64 count, const struct fabmon_stamp *stamp)
{
	struct sk_buff *attrs;
	bool told;

	if (!count)
		return;

	attrs = fabmon_attrs_new();
	told = attrs &&
	       !nla_put_u32(attrs, FABMON_A_EVENT_TYPE, FABMON_EVENT_TYPE_LOST) &&
	       !fabmon_put_u64(attrs, FABMON_A_EVENT_COUNT, count);

	mutex_lock(&fabmon_store.lock);
	fabmon_store.lost_hook += count;
	if (told) {
		fabmon_notify_health(attrs, NULL, stamp);
	} else {
		fabmon_store.seq++;
		fabmon_store.lost_build++;
	}
	mutex_unlock(&fabmon_store.lock);

	fabmon_attrs_free(attrs);
}
EXPORT_SYMBOL_GPL(fabmon_health_lost);
