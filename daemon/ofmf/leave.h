/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Leaving an OFMF: our AggregationSource, our copies and our ConnectionMethod
 * are deleted there, and it is remembered that we are not to register again.
 */
#ifndef FABMON_OFMF_LEAVE_H
#define FABMON_OFMF_LEAVE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "http.h"
#include "ofmf.h"

struct ofmf;

/**
 * struct ofmf_leave - where leaving is
 * @membership: stored, with @resources
 * @resources: the OFMF's URIs of what it had of us, as keys
 * @deleted: URIs that it said to have deleted, which are looked at again
 * @shared: a copy of ours that others share, while its manager is looked up
 * @heirs: of those others, who are still to be asked for
 * @begun: the steps of leaving run, no others
 * @searched: no other AggregationSource of ours is there
 * @rounds: of @deleted
 * @kept: resources that it did not delete in this round
 * @removed, @handed: what the result names
 * @offline: the last failure was that it cannot be reached
 * @why: the last failure, "": there was none
 */
struct ofmf_leave {
	enum ofmf_membership membership;
	json_t *resources, *deleted, *shared, *heirs;
	bool begun, searched, offline;
	unsigned int rounds, kept, removed, handed;
	char why[384];
};

/* ---- leave.c ------------------------------------------------------------ */

int ofmf_leave_init(struct ofmf *ofmf);
void ofmf_leave_free(struct ofmf *ofmf);
void ofmf_leave_load(struct ofmf *ofmf);
bool ofmf_is_leaving(const struct ofmf *ofmf);
void ofmf_leave_step(struct ofmf *ofmf);
void ofmf_leave_searched(struct ofmf *ofmf);
void ofmf_leave_deleted(struct ofmf *ofmf, const char *uri);
void ofmf_leave_cleared(struct ofmf *ofmf);
void ofmf_leave_failed(struct ofmf *ofmf, const char *why, bool offline);

/* ---- handover.c: what others share -------------------------------------- */

void ofmf_handover(struct ofmf *ofmf, const json_t *copy);

/* ---- of other concerns, that leaving goes on with ----------------------- */

void ofmf_recover(struct ofmf *ofmf);
void ofmf_clear_list(struct ofmf *ofmf, json_t *uris);
const char *ofmf_clear_uri(const struct ofmf *ofmf);
void ofmf_clear_delete(struct ofmf *ofmf);
void ofmf_clear_pop(struct ofmf *ofmf);
void ofmf_clear_again(struct ofmf *ofmf, const struct ofmf_reply *reply);
void ofmf_reset(struct ofmf *ofmf);
void ofmf_repair_drop(struct ofmf *ofmf);

#endif /* FABMON_OFMF_LEAVE_H */
