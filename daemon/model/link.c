// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Links of RDMA ports: when they go up and down, and what is shown of those that
 * do so too often.
 *
 * A port whose link was never seen up may have no cable: nothing is wrong with
 * it. A link that was up and went down by itself is, until it is up again or
 * somebody takes the interface down.
 */
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "priv.h"

#define NS_PER_MINUTE	60000000000ULL

/* Linux: enum ib_port_state and ib_port_phys_state. */
enum { STATE_ACTIVE = 4, STATE_ACTIVE_DEFER = 5, PHYS_DISABLED = 3 };

bool model_link_disabled(const struct knl_node *k)
{
	const struct knl_edge *edge;
	size_t i;

	for (i = 0; i < k->n_edges; i++) {
		edge = &k->edges[i];
		if (edge->type == FABMON_EDGE_TYPE_NETDEV &&
		    edge->has & KNL_HAS(FABMON_A_EDGE_UP))
			return !edge->up;
	}
	return k->port.phys_state == PHYS_DISABLED;
}

static bool is_up(enum model_what what)
{
	return what == MODEL_LINK_UP || what == MODEL_LINK_SLOW;
}

/* Nothing says how fast a link should be, but for how fast it was. */
static enum model_what speed_of(struct model_link *link, uint32_t rate)
{
	/* an earlier run found it slow: all that is known is that it is */
	if (!link->rate && link->is == MODEL_LINK_SLOW)
		link->rate = rate + 1;
	if (rate < link->rate)
		return MODEL_LINK_SLOW;
	link->rate = rate;
	return MODEL_LINK_UP;
}

static enum model_what link_of(struct model_link *link,
			       const struct knl_node *k)
{
	if (k->port.state == STATE_ACTIVE ||
	    k->port.state == STATE_ACTIVE_DEFER)
		return speed_of(link, k->port.rate);
	return model_link_disabled(k) ? MODEL_LINK_OFF : MODEL_LINK_LOST;
}

static struct model_link *link_get(struct model *model,
				   struct model_node *port)
{
	const struct model_log *log;
	const struct model_entry *entry;

	if (port->link)
		return port->link;
	port->link = calloc(1, sizeof(*port->link));
	if (!port->link)
		return NULL;
	log = model_log_find(model, port->parent->ident);
	entry = model_log_first(log);
	for (; entry; entry = model_log_next(entry)) {
		if (entry->port != port->k.port.number)
			continue;
		if (is_up(entry->what) || entry->what == MODEL_LINK_OFF ||
		    entry->what == MODEL_LINK_LOST)
			port->link->logged = entry->what;
	}
	port->link->is = port->link->logged;
	return port->link;
}

static bool link_log(struct model *model, struct model_node *port,
		 enum model_what what, const struct model_stamp *stamp)
{
	struct model_entry entry = {
		.what = what,
		.severity = what == MODEL_LINK_LOST ||
			    what == MODEL_LINK_SLOW ? MODEL_WARNING : MODEL_OK,
		.node = port->k.id,
		.port = port->k.port.number,
	};
	struct model_link *link = port->link;
	enum model_what before = link->logged;
	bool ill = model_node_severity(port) != MODEL_OK;

	if (what == before)
		return false;
	/* down is down, where it was not logged as wrong */
	if (before == MODEL_LINK_OFF && what == MODEL_LINK_LOST)
		return false;
	link->logged = what;
	if (before == MODEL_LINK_LOST && what == MODEL_LINK_OFF && !ill)
		return false;
	return model_happen(model, port->parent, &entry, stamp);
}

static bool log_flapping(struct model *model, struct model_node *port,
			  const struct model_stamp *stamp)
{
	const struct model_flap_limits *limits = &model->flap;
	struct model_entry entry = {
		.what = MODEL_FLAPPING,
		.severity = MODEL_WARNING,
		.node = port->k.id,
		.port = port->k.port.number,
		.minutes = (limits->window + NS_PER_MINUTE - 1) / NS_PER_MINUTE,
	};

	/* each time it was lost it also came */
	entry.times = (model_flap_recent(&port->link->flap, limits,
					 stamp->boottime) + 1) / 2;
	model->n_damped++;
	return model_happen(model, port->parent, &entry, stamp);
}

/* One change of the link; only from up to down, or back, counts as flapping. */
static bool link_change(struct model *model, struct model_node *port,
			enum model_what what, const struct model_stamp *stamp)
{
	struct model_link *link = port->link;
	bool turned = is_up(link->is) != is_up(what);
	bool news;

	link->is = what;
	if (turned && model_flap_note(&link->flap, &model->flap,
				      stamp->boottime)) {
		news = link_log(model, port, what, stamp);
		return log_flapping(model, port, stamp) || news;
	}
	if (link->flap.damped)
		return false;
	return link_log(model, port, what, stamp);
}

/**
 * model_link_observe - a port is now as in @k
 */
bool model_link_observe(struct model *model, struct model_node *port,
			const struct knl_node *k,
			const struct model_stamp *stamp)
{
	struct model_link *link = link_get(model, port);

	if (!link)
		return false;
	/* the first that is known of it is no change */
	if (!link->is) {
		link->is = link->logged = link_of(link, k);
		return false;
	}
	return link_change(model, port, link_of(link, k), stamp);
}

/**
 * model_link_event - a port reported an event, and its state is as it was
 *
 * A link that was lost and came back at once is reported with both causes.
 */
bool model_link_event(struct model *model, struct model_node *port,
		      uint32_t cause, const struct model_stamp *stamp)
{
	const uint32_t both = FABMON_CAUSE_PORT_ERROR |
			      FABMON_CAUSE_PORT_ACTIVE;
	struct model_link *link = link_get(model, port);
	enum model_what is;
	bool news;

	if (!link || (cause & both) != both || !is_up(link->is))
		return false;
	is = link->is;
	news = link_change(model, port, MODEL_LINK_LOST, stamp);
	return link_change(model, port, is, stamp) || news;
}

static bool is_flapping(const struct model_node *port)
{
	size_t i;

	for (i = 0; i < port->n_conditions; i++)
		if (port->conditions[i].what == MODEL_FLAPPING)
			return true;
	return false;
}

/**
 * model_link_settle - the model has the port as it is, and nothing is missing
 */
bool model_link_settle(struct model *model, struct model_node *port,
		       const struct model_stamp *stamp)
{
	struct model_link *link = link_get(model, port);

	if (!link)
		return false;
	/* an earlier run left it so */
	if (!link->flap.damped && is_flapping(port)) {
		model_flap_resume(&link->flap, stamp->boottime);
		model->n_damped++;
	}
	return model_link_observe(model, port, model_link_true(port), stamp);
}

/* ---- what is held back -------------------------------------------------- */

const struct knl_node *model_link_true(const struct model_node *port)
{
	return port->link && port->link->holds ? &port->link->held : &port->k;
}

/**
 * model_link_hold - keep the new state of a flapping port back
 * @k: moved out of, if so
 */
bool model_link_hold(struct model_node *port, struct knl_node *k)
{
	struct model_link *link = port->link;

	if (!link || !link->flap.damped)
		return false;
	knl_node_move(&link->held, k);
	link->holds = true;
	return true;
}

void model_link_free(struct model *model, struct model_node *node)
{
	if (!node->link)
		return;
	model->n_damped -= node->link->flap.damped;
	knl_node_clear(&node->link->held);
	free(node->link);
	node->link = NULL;
}

/* What was held back is what the tree shows from now on. */
static bool release(struct model *model, struct model_node *port,
		    const struct model_stamp *stamp)
{
	struct model_link *link = port->link;
	struct knl_node held;
	bool damped = link->flap.damped, news;

	news = link_log(model, port, link->is, stamp);
	if (!link->holds)
		return news;
	held = link->held;
	memset(&link->held, 0, sizeof(link->held));
	link->holds = false;
	link->flap.damped = false;
	/* of a node that is there: nothing is allocated */
	model_node_put(model, &held);
	link->flap.damped = damped;
	return true;
}

static bool flap_over(struct model *model, struct model_node *port,
		      const struct model_stamp *stamp)
{
	struct model_entry entry = {
		.what = MODEL_STEADY,
		.node = port->k.id,
		.port = port->k.port.number,
	};
	bool news = release(model, port, stamp);

	model->n_damped--;
	return model_happen(model, port->parent, &entry, stamp) || news;
}

void model_flap_limit(struct model *model,
		      const struct model_flap_limits *limits)
{
	model->flap = *limits;
}

bool model_flap_run(struct model *model, const struct model_stamp *stamp)
{
	struct model_node *node = model_first(model);
	struct model_link *link;
	bool news = false;

	for (; node && model->n_damped; node = node->next) {
		link = node->link;
		if (!link || !node->parent || !node->parent->ident)
			continue;
		switch (model_flap_due(&link->flap, &model->flap, link->holds,
				       stamp->boottime)) {
		case MODEL_FLAP_SHOW:
			news |= release(model, node, stamp);
			break;
		case MODEL_FLAP_OVER:
			news |= flap_over(model, node, stamp);
			break;
		case MODEL_FLAP_NOTHING:
			break;
		}
	}
	return news;
}

uint64_t model_flap_wait(const struct model *model)
{
	const struct model_node *node = model_first(model);
	uint64_t first = UINT64_MAX, at;

	for (; node && model->n_damped; node = node->next) {
		if (!node->link)
			continue;
		at = model_flap_next(&node->link->flap, &model->flap,
				     node->link->holds);
		if (at < first)
			first = at;
	}
	return first;
}
