// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What a notification changes in the model. */
#include <errno.h>
#include <stddef.h>

#include "host/host.h"
#include "priv.h"
#include "util/error.h"

int follow_identify(struct facts *facts, struct model *model,
		    const char *sysfs)
{
	bool ended = facts->ended || facts->all;
	int ret = facts_read(facts, model, sysfs);

	if (ret)
		return error_trace(ret);
	model_identify(model);
	if (ended)
		model_regions_end(model, host_region_there, (void *)sysfs);
	facts->ended = false;
	return 0;
}

static struct model_stamp stamp_of(const struct knl_msg *msg)
{
	return (struct model_stamp) {
		.instance = msg->instance,
		.seq = msg->seq,
		.boottime = msg->boottime,
		.realtime = msg->realtime,
	};
}

int follow_take_node(struct facts *facts, struct model *model,
		     struct knl_msg *msg)
{
	const struct model_stamp stamp = stamp_of(msg);
	struct model_node *node;

	if (msg->cmd == FABMON_CMD_NODE_DELETE_NTF) {
		node = model_node_by_id(model, msg->node.id);
		if (node) {
			facts_mark(facts, model, node);
			facts->ended |= node->k.kind ==
					FABMON_NODE_KIND_CXL_REGION;
		}
		model_node_drop(model, msg->node.id);
		return 1;
	}
	node = model_node_put(model, &msg->node);
	if (!node)
		return error_trace(-ENOMEM);
	facts_mark(facts, model, node);
	model_health_node(model, node, model_link_true(node), msg->cause,
			  &stamp);
	return 1;
}

int follow_take_old_node(struct facts *facts, struct model *model,
			 const char *sysfs, const struct knl_msg *msg)
{
	const struct model_stamp stamp = stamp_of(msg);
	struct model_node *node;

	node = model_node_by_id(model, msg->node.id);
	if (!node || msg->cmd == FABMON_CMD_NODE_DELETE_NTF)
		return 0;
	if (!node->ident && follow_identify(facts, model, sysfs))
		return 0;
	return model_health_node(model, node, &msg->node, msg->cause, &stamp);
}

int follow_take_event(struct facts *facts, struct model *model,
		      const char *sysfs, const struct knl_msg *msg)
{
	const struct model_stamp stamp = stamp_of(msg);
	const struct model_node *dev;

	follow_log_event(msg);
	dev = model_event_device(model, &msg->event);
	/* one that appeared in this burst has no name yet */
	if (!dev || (!dev->ident && follow_identify(facts, model, sysfs)))
		return 0;
	return model_health(model, &msg->event, msg->cause, &stamp);
}
