// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Reads a golden host, and makes the model and the tree of it. */
#include <errno.h>
#include <ftw.h>
#include <linux/fabmon.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/facts.h"
#include "follow/priv.h"
#include "golden.h"
#include "host/priv.h"
#include "tree/readings.h"
#include "tree/tree.h"
#include "util/error.h"

#define PATH_SIZE	512

const struct rf_agent golden_agent = {
	.version = "0.0.0",
	.rdma_fabric = "RoCE",
	.ofmf = true,
};

const struct rf_view golden_view = {
	.url = "http://ofmf.example.org:5000",
	.context = "5ba9a3a2-1ab6-4f69-8a86-3a9d5e1c2f4b",
};

static json_t *load(const char *dir, const char *name)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	/* most hosts have no events */
	if (!strcmp(name, "events") && access(path, F_OK))
		return json_array();
	return golden_text_load(path);
}

static int unpack(struct golden_host *host, const char *dir)
{
	char path[PATH_SIZE];

	strcpy(host->files, "/tmp/fabmon-golden-XXXXXX");
	if (!mkdtemp(host->files)) {
		*host->files = '\0';
		return -errno;
	}
	snprintf(path, sizeof(path), "%s/sysfs", dir);
	return golden_files_unpack(path, host->files);
}

int golden_host_load(struct golden_host *host, const char *dir)
{
	int ret;

	memset(host, 0, sizeof(*host));
	host->nodes = load(dir, "nodes");
	host->events = load(dir, "events");
	ret = host->nodes && host->events ? unpack(host, dir) : -EINVAL;
	if (ret)
		golden_host_clear(host);
	return ret;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	return remove(path);
}

void golden_host_clear(struct golden_host *host)
{
	if (*host->files)
		nftw(host->files, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	json_decref(host->nodes);
	json_decref(host->events);
	model_free(host->model);
	memset(host, 0, sizeof(*host));
}

/* JSON to netlink and back, so that the parser of netlink is tested as well. */
static int parse(uint8_t cmd, const char *what, json_t *json, size_t seq,
		 struct knl_msg *msg)
{
	struct nlmsghdr *hdr;
	json_t *all;
	int ret = -EINVAL;

	all = json_pack("{s:i, s:I, s:I, s:O}", "instance", 1, "seq",
			(json_int_t)seq, "realtime",
			(json_int_t)GOLDEN_REALTIME, what, json);
	hdr = all ? golden_message_new(cmd, all) : NULL;
	if (hdr)
		ret = knl_msg_parse(hdr, hdr->nlmsg_len, msg);
	if (ret)
		fprintf(stderr, "golden: no message: %s\n",
			error_text(ret));
	free(hdr);
	json_decref(all);
	return ret;
}

static int put_nodes(const struct golden_host *host, struct model *model)
{
	struct knl_msg msg;
	json_t *json;
	int ret = 0;
	size_t i;

	json_array_foreach(host->nodes, i, json) {
		ret = parse(FABMON_CMD_NODE_GET, "node", json, 1, &msg);
		if (ret)
			break;
		if (!model_node_put(model, &msg.node))
			ret = -ENOMEM;
		knl_msg_clear(&msg);
	}
	return ret;
}

static int put_events(const struct golden_host *host, struct facts *facts,
		      struct model *model, const char *sysfs)
{
	struct knl_msg msg;
	json_t *json;
	int ret = 0;
	size_t i;

	json_array_foreach(host->events, i, json) {
		ret = parse(FABMON_CMD_EVENT_NTF, "event", json, i + 2, &msg);
		if (ret)
			break;
		if (model_event_device(model, &msg.event)) {
			follow_take_event(facts, model, sysfs, &msg);
		} else {
			fprintf(stderr, "golden: event %zu is about no device\n",
				i);
			ret = -EINVAL;
		}
		knl_msg_clear(&msg);
	}
	return ret;
}

/* The host name comes from this machine's kernel, and is replaced. */
static int read_host(struct model_host *host, const char *sysfs,
		     const char *proc)
{
	int ret = host_read_at(host, sysfs, proc, NULL);

	if (ret)
		return ret;
	free(host->hostname);
	host->hostname = strdup("node01.example.org");
	return host->hostname ? 0 : -ENOMEM;
}

/* Inode numbers are those of this machine's copy, and are replaced. */
static int replace_births(struct model *model)
{
	struct model_node *node;
	char **birth;

	for (node = model_first(model); node; node = node->next) {
		if (node->k.kind != FABMON_NODE_KIND_CXL_REGION)
			continue;
		birth = &node->region.birth;
		free(*birth);
		if (asprintf(birth, "boot/%llx",
			     (unsigned long long)node->region.start) < 0) {
			*birth = NULL;
			return -ENOMEM;
		}
	}
	return 0;
}

static int read_model(const struct golden_host *host, struct model *model)
{
	char sysfs[PATH_SIZE], proc[PATH_SIZE];
	struct facts facts = { .all = true };
	int ret;

	snprintf(sysfs, sizeof(sysfs), "%s/sys", host->files);
	snprintf(proc, sizeof(proc), "%s/proc", host->files);
	golden_kernel_root(host->files);
	ret = read_host(model_host(model), sysfs, proc);
	if (!ret)
		ret = put_nodes(host, model);
	if (!ret)
		ret = facts_read(&facts, model, sysfs);
	if (!ret)
		ret = replace_births(model);
	if (!ret) {
		model_identify(model);
		ret = put_events(host, &facts, model, sysfs);
	}
	facts_clear(&facts);
	return ret;
}

int golden_host_read(struct golden_host *host)
{
	int ret;

	host->model = model_new();
	ret = host->model ? read_model(host, host->model) : -ENOMEM;
	if (ret)
		fprintf(stderr, "golden: no model: %s\n", error_text(ret));
	return ret;
}

int golden_host_fill(const char *uri, json_t *resource, void *ctx)
{
	const struct golden_host *host = ctx;
	char sysfs[PATH_SIZE];
	int ret;

	ret = rf_log_fill(host->model, uri, resource);
	if (ret != -ENOENT)
		return ret;
	snprintf(sysfs, sizeof(sysfs), "%s/sys", host->files);
	return readings_fill(host->model, sysfs, uri, resource);
}

json_t *golden_host_tree(struct golden_host *host)
{
	json_t *tree = rf_project(host->model, &golden_agent), *resource;
	json_t *seen = json_object();
	const char *uri;
	int ret = 0;

	json_object_foreach(tree, uri, resource) {
		if (!ret && tree_is_placeholder(resource))
			ret = golden_host_fill(uri, resource, host);
		json_object_set_new(seen, uri,
				    rf_view_decorate(&golden_view, uri,
						     resource));
	}
	json_object_set_new(seen, RF_SUBSCRIPTION_URI,
			    rf_view_decorate(&golden_view, RF_SUBSCRIPTION_URI,
					     NULL));
	json_decref(tree);
	if (tree && !ret)
		return seen;
	fprintf(stderr, "golden: no tree: %s\n", error_text(ret));
	json_decref(seen);
	return NULL;
}
