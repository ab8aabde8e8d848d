// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The states of a registration: their names, and which can follow which. The
 * steps set them. Documentation/ofmf.md draws the same as a diagram, and a test
 * compares the two.
 */
#include "util/log.h"
#include "priv.h"

static const char *const names[OFMF_STATES] = {
	[OFMF_STATE_START] = "starting",
	[OFMF_STATE_WAITING] = "waiting to register",
	[OFMF_STATE_REGISTERING] = "not registered",
	[OFMF_STATE_UPLOADING] = "uploading",
	[OFMF_STATE_CHECKING] = "checking",
	[OFMF_STATE_REGISTERED] = "registered",
	[OFMF_STATE_REPAIRING] = "repairing",
	[OFMF_STATE_LEAVING] = "leaving",
	[OFMF_STATE_LEFT] = "left",
};

#define TO(state)	(1u << OFMF_STATE_ ## state)

static const unsigned int moves[OFMF_STATES] = {
	[OFMF_STATE_START] = TO(WAITING) | TO(REGISTERING) | TO(CHECKING) |
			     TO(REPAIRING) | TO(LEAVING) | TO(LEFT),
	[OFMF_STATE_WAITING] = TO(REGISTERING) | TO(LEAVING),
	[OFMF_STATE_REGISTERING] = TO(UPLOADING) | TO(CHECKING) | TO(LEAVING),
	[OFMF_STATE_UPLOADING] = TO(REGISTERED) | TO(CHECKING) |
				 TO(REGISTERING) | TO(LEAVING),
	[OFMF_STATE_CHECKING] = TO(REGISTERED) | TO(UPLOADING) |
				TO(REGISTERING) | TO(LEAVING),
	[OFMF_STATE_REGISTERED] = TO(CHECKING) | TO(REPAIRING) | TO(LEAVING),
	[OFMF_STATE_REPAIRING] = TO(CHECKING) | TO(REGISTERED) | TO(LEAVING),
	[OFMF_STATE_LEAVING] = TO(LEFT) | TO(REGISTERING) | TO(CHECKING) |
			       TO(REPAIRING),
	[OFMF_STATE_LEFT] = TO(REGISTERING) | TO(LEAVING),
};

/**
 * ofmf_state_name - what a state is called
 */
const char *ofmf_state_name(enum ofmf_state state)
{
	return names[state];
}

/**
 * ofmf_state_follows - can @to follow on @from?
 */
bool ofmf_state_follows(enum ofmf_state from, enum ofmf_state to)
{
	return moves[from] & 1u << to;
}

/**
 * ofmf_state_set - a step of @state begins
 */
void ofmf_state_set(struct ofmf *ofmf, enum ofmf_state state)
{
	if (ofmf->state == state)
		return;
	if (!ofmf_state_follows(ofmf->state, state))
		log_error("OFMF %s: from %s to %s, which cannot be",
			  ofmf->name, names[ofmf->state], names[state]);
	else
		log_debug("OFMF %s: %s", ofmf->name, names[state]);
	ofmf->state = state;
}
