// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "../unit/lib/fixture.h"
#include "service/protocol/protocol.h"
#include "service/protocol/source.h"
#include "service/sources.h"
#include "fuzz.h"
#include "site.h"

static struct svc_site site;
static json_t *copy;

static json_t *on_decorate(const char *view, const char *uri,
			   const json_t *resource, void *ctx)
{
	return rf_view_decorate(&fix_seen_registered, uri, resource);
}

static bool on_view(const char *view, void *ctx)
{
	return *view == 'a';
}

static int on_context(const char *view, const char *context, void *ctx)
{
	return strchr(context, '/') ? -EINVAL : 0;
}

static struct svc_source subscription = {
	.prefix = SVC_SUBSCRIPTION, .ops = &svc_subscription_ops, .ctx = &site,
};

struct svc_site *fuzz_site(void)
{
	struct model *model;
	json_t *all;

	if (site.tree)
		return &site;
	model = fix_all();
	all = fix_project(model, &fix_registered);
	model_free(model);
	copy = json_deep_copy(all);
	site.tree = tree_new();
	fuzz_assert(tree_publish(site.tree, all, 0) > 0);
	site.hooks.view = on_view;
	site.hooks.decorate = on_decorate;
	site.hooks.context = on_context;
	strcpy(site.origin, "http://127.0.0.1:8640");
	svc_source_add(&site, &subscription);
	return &site;
}

void fuzz_site_check(void)
{
	static unsigned int runs;

	if (++runs % 1024 == 0)
		fuzz_assert(json_equal(copy, tree_all(site.tree)));
}
