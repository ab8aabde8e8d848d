// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Whatever nodes and events the kernel may report, they make a tree: every
 * link in it leads somewhere, and it can be published. They come to a host that
 * has nothing, or to one that has everything, where they change what is there.
 */
#include <stdio.h>

#include "../unit/lib/fixture.h"
#include "kernel/knl/knl.h"
#include "message.h"
#include "model/model.h"
#include "model/log.h"
#include "redfish/redfish.h"
#include "tree/tree.h"

/* As follow_take.c does it: devices that have health are identified ones. */
static void happen(struct model *model, struct knl_msg *msg)
{
	const struct model_stamp stamp = {
		.instance = msg->instance, .seq = msg->seq,
		.boottime = msg->boottime, .realtime = msg->realtime,
	};
	struct model_node *node;
	uint32_t cause = msg->cause;

	switch (msg->cmd) {
	case FABMON_CMD_NODE_DELETE_NTF:
		model_node_drop(model, msg->node.id);
		break;
	case FABMON_CMD_EVENT_NTF:
		model_identify(model);
		model_health(model, &msg->event, cause, &stamp);
		break;
	default:
		node = msg->node.id ? model_node_put(model, &msg->node) : NULL;
		if (!node)
			break;
		model_identify(model);
		model_health_node(model, node, model_link_true(node), cause,
				  &stamp);
		model_health_settle(model, &stamp);
	}
}

/* Each entry of the logs can be read. */
static void tell(const struct model *model)
{
	const struct model_entry *entry = model_log_after(model, 0);
	json_t *records;

	for (; entry; entry = model_log_after_next(entry)) {
		records = rf_entry_events(model, entry);
		fuzz_assert(json_is_array(records));
		json_decref(records);
	}
}

static void check_links(const json_t *tree, const json_t *value)
{
	const char *name, *uri;
	json_t *item;
	size_t i;

	json_array_foreach(value, i, item)
		check_links(tree, item);
	json_object_foreach((json_t *)value, name, item) {
		uri = json_string_value(item);
		if (!strcmp(name, "@odata.id") && uri && !strchr(uri, '#') &&
		    !json_object_get(tree, uri)) {
			fprintf(stderr, "link to nowhere: %s\n", uri);
			abort();
		}
		check_links(tree, item);
	}
}

static void project(struct model *model)
{
	/* with a context there are links into the OFMF's tree */
	static const struct rf_agent agent = {
		.version = "0", .rdma_fabric = "RoCE", .ofmf = true,
	};
	struct tree *tree = tree_new();
	json_t *all, *resource;
	const char *uri;

	model_identify(model);
	all = rf_project(model, &agent);
	fuzz_assert(all);
	json_object_foreach(all, uri, resource) {
		fuzz_assert(!strncmp(uri, RF_ROOT, sizeof(RF_ROOT) - 2));
		check_links(all, resource);
	}
	fuzz_assert(tree_publish(tree, all, 0) > 0);
	tree_free(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct model *model = fuzz_byte(&in) % 2 ? fix_all() : fix_host();
	struct knl_msg msg;
	struct nl_msg *nl;

	while (in.size) {
		nl = fuzz_message(&in);
		if (!knl_msg_parse(nlmsg_hdr(nl), nlmsg_hdr(nl)->nlmsg_len,
				   &msg)) {
			happen(model, &msg);
			knl_msg_clear(&msg);
		}
		nlmsg_free(nl);
	}
	tell(model);
	project(model);
	model_free(model);
	return 0;
}
