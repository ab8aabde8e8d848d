/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What is served, and in which view. */
#ifndef FABMON_SVC_SITE_H
#define FABMON_SVC_SITE_H

#include <stdint.h>

#include "tree/tree.h"
#include "hooks.h"
#include "who.h"

struct svc_auth;
struct svc_source;

/**
 * struct svc_site - what is served
 * @sources: what is not of the tree
 * @auth: who may do what; NULL: everybody everything
 * @who: who sent the request that is being answered
 * @view: the view of that request, "" where it names none
 * @origin: own origin, for Access-Control-Allow-Origin
 * @metadata: $metadata as of @generation, owned, or NULL
 */
struct svc_site {
	struct tree *tree;
	struct service_hooks hooks;
	struct svc_source *sources;
	struct svc_auth *auth;
	struct svc_who who;
	const char *view;
	char origin[80];
	char *metadata;
	uint64_t generation;
};

#endif /* FABMON_SVC_SITE_H */
