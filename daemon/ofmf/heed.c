// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Does the OFMF act upon ResourceChanged and ResourceRemoved? The reference
 * acknowledges both and acts upon neither. It is observed when copies are read
 * back, and stored. After the OFMF was away it may be another one, so then it
 * is observed again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/error.h"
#include "util/log.h"
#include "priv.h"

#define RECORD	"heed"

static void heed_store(struct ofmf *ofmf)
{
	const enum ofmf_heed *heed = ofmf->repair.heed;
	char text[16];
	int r;

	snprintf(text, sizeof(text), "%d %d", heed[TREE_CHANGED],
		 heed[TREE_REMOVED]);
	r = ofmf_record_set(ofmf, RECORD, text);
	if (r < 0)
		error_log(LOG_WARNING, r,
			  "OFMF %s: whether it acts upon events is not stored, and observed again after a restart",
			  ofmf->name);
}

/**
 * ofmf_heed_load - what an earlier run observed
 */
void ofmf_heed_load(struct ofmf *ofmf)
{
	char *text = ofmf_record_get(ofmf, RECORD);
	int changed, removed;

	if (text && sscanf(text, "%d %d", &changed, &removed) == 2 &&
	    changed >= OFMF_HEED_UNKNOWN && changed <= OFMF_IGNORES &&
	    removed >= OFMF_HEED_UNKNOWN && removed <= OFMF_IGNORES) {
		ofmf->repair.heed[TREE_CHANGED] = (enum ofmf_heed)changed;
		ofmf->repair.heed[TREE_REMOVED] = (enum ofmf_heed)removed;
	}
	free(text);
}

static void heed_set(struct ofmf *ofmf, enum tree_op op, enum ofmf_heed heed)
{
	if (ofmf->repair.heed[op] == heed)
		return;
	ofmf->repair.heed[op] = heed;
	heed_store(ofmf);
}

/**
 * ofmf_heed_forget - the OFMF was away, or does not know us any more
 */
void ofmf_heed_forget(struct ofmf *ofmf)
{
	heed_set(ofmf, TREE_CHANGED, OFMF_HEED_UNKNOWN);
	heed_set(ofmf, TREE_REMOVED, OFMF_HEED_UNKNOWN);
}

/**
 * ofmf_heed_doubt - what is known does not fit: read copies back again
 */
void ofmf_heed_doubt(struct ofmf *ofmf, enum tree_op op)
{
	if (ofmf->repair.heed[op] == OFMF_IGNORES)
		heed_set(ofmf, op, OFMF_IGNORED_ONCE);
}

/**
 * ofmf_heed_seen - what it did with an event was observed
 *
 * Two in a row, for one may have been lost behind an acknowledgement.
 */
void ofmf_heed_seen(struct ofmf *ofmf, enum tree_op op, bool heeded)
{
	enum ofmf_heed before = ofmf->repair.heed[op];

	if (heeded)
		heed_set(ofmf, op, OFMF_HEEDS);
	else
		heed_set(ofmf, op, before < OFMF_IGNORED_ONCE ?
			 OFMF_IGNORED_ONCE : OFMF_IGNORES);
	if (!heeded && before < OFMF_IGNORED_ONCE)
		log_info("OFMF %s: acknowledges %s and does not act upon it",
			 ofmf->name, op == TREE_CHANGED ? "ResourceChanged" :
			 "ResourceRemoved");
}

/**
 * ofmf_heed_ignored - was the last such event ignored, as far as is known?
 */
bool ofmf_heed_ignored(const struct ofmf *ofmf, enum tree_op op)
{
	return ofmf->repair.heed[op] >= OFMF_IGNORED_ONCE;
}
