// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Hosts made of the parts of fixture.h, for what holds whatever the host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fixture.h"

typedef void (*part_fn)(struct model *model);

#define MAX_PARTS	8

/* Neither provider is loaded any more. */
static void unwatched(struct model *model)
{
	model_unwatch(model, MODEL_RDMA, 1795514794000000000ULL);
	model_unwatch(model, MODEL_CXL, 1795514794000000000ULL);
	model_unwatched_show(model, MODEL_RDMA);
	model_unwatched_show(model, MODEL_CXL);
}

/* Hosts, as the parts they are made of. */
static const struct host {
	const char *name;
	part_fn parts[MAX_PARTS];
} hosts[] = {
	{ "empty", { NULL } },
	{ "RoCE, bond and VLANs", { fix_nic, fix_lan } },
	{ "IP over InfiniBand", { fix_hca, fix_ipoib } },
	{ "SR-IOV", { fix_virtual } },
	{ "Omni-Path", { fix_opa } },
	{ "usNIC", { fix_usnic } },
	{ "InfiniBand and RoCE v1", { fix_rocev1 } },
	{ "RoCE", { fix_nic } },
	{ "InfiniBand", { fix_hca } },
	{ "iWARP without PCI", { fix_iwarp } },
	{ "RoCE and iWARP", { fix_iwarp, fix_nic } },
	{ "CXL", { fix_cxl } },
	{ "CXL, region", { fix_cxl, fix_region } },
	{ "CXL, pmem", { fix_pmem } },
	{ "CXL, serial 0", { fix_noserial } },
	{ "CXL, unbound", { fix_cxl, fix_unbind } },
	{ "CXL, unbound under a region", { fix_cxl, fix_region, fix_unbind } },
	{ "CXL, two switches", { fix_cxl, fix_switches } },
	{ "CXL, four ways", { fix_four } },
	{ "CXL, system memory", { fix_cxl, fix_region, fix_kmem } },
	{ "CXL, device-dax", { fix_cxl, fix_region, fix_devdax } },
	{ "CXL 1.1", { fix_rcd } },
	{ "CXL 1.1 beside 2.0", { fix_cxl, fix_rcd } },
	{ "CXL, ill", { fix_cxl, fix_pmem, fix_conditions } },
	{ "CXL, mock", { fix_mock } },
	{ "CXL, mock beside real", { fix_cxl, fix_region, fix_mock } },
	{ "all", { fix_hca, fix_nic, fix_iwarp, fix_cxl, fix_region, fix_pmem,
		   fix_noserial, fix_conditions } },
	{ "unwatched", { fix_hca, fix_nic, fix_lan, fix_cxl, fix_region,
			 fix_pmem, fix_conditions, unwatched } },
};

#define N_HOSTS	(sizeof(hosts) / sizeof(hosts[0]))

static struct model *build(const struct host *host)
{
	struct model *model = fix_host();
	size_t i;

	for (i = 0; i < MAX_PARTS && host->parts[i]; i++)
		host->parts[i](model);
	return model;
}

void fix_each_host(fix_host_fn fn)
{
	struct model *model;
	size_t i;

	for (i = 0; i < N_HOSTS; i++) {
		model = build(&hosts[i]);
		fn(hosts[i].name, model);
		model_free(model);
	}
}

void fix_each_tree(fix_tree_fn fn)
{
	const struct {
		const struct rf_agent *agent;
		const struct rf_view *view;
	} states[] = {
		{ &fix_alone, NULL }, { &fix_waiting, &fix_seen_waiting },
		{ &fix_registered, &fix_seen_registered },
	};
	struct model *model;
	json_t *tree;
	size_t i, a;

	for (i = 0; i < N_HOSTS; i++) {
		model = build(&hosts[i]);
		for (a = 0; a < 3; a++) {
			tree = fix_project(model, states[a].agent);
			if (states[a].view)
				tree = fix_decorated(tree, states[a].view);
			fn(tree, states[a].view);
			json_decref(tree);
		}
		model_free(model);
	}
}
