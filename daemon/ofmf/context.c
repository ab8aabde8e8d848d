// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What the OFMF knows us by: it comes with its PATCH of our subscription, and
 * outlives us in the store.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"
#include "util/log.h"
#include "priv.h"

#define RECORD	"context"

static void context_change(struct ofmf *ofmf, const char *context)
{
	char *copy = context ? strdup(context) : NULL;
	int r;

	if (copy || !context)
		r = ofmf_record_set(ofmf, RECORD, copy);
	else
		r = error_origin(-ENOMEM, "%s: copying it", ofmf->name);
	if (r < 0)
		error_log(LOG_ERR, r,
			  "OFMF %s: its context is not stored, and has to be found again after a restart",
			  ofmf->name);
	free(ofmf->context);
	ofmf->context = copy;
}

/**
 * ofmf_adopt - @context is ours from now on; stored before anyone uses it
 */
void ofmf_adopt(struct ofmf *ofmf, const char *context)
{
	if (ofmf->context && !strcmp(ofmf->context, context))
		return;
	context_change(ofmf, context);
}

/**
 * ofmf_reset - forget the context, and all that the OFMF has of us
 */
void ofmf_reset(struct ofmf *ofmf)
{
	ofmf->online = ofmf->following = ofmf->compare_due = false;
	ofmf->recheck = false;
	ofmf->upload.count = 0;
	outbox_forget(ofmf->outbox);
	json_object_clear(ofmf->copies);
	ofmf_deliver_forget(ofmf);
	ofmf_compare_forget(ofmf);
	ofmf_differ_forget(ofmf);
	ofmf_repair_forget(ofmf);
	ofmf_heed_forget(ofmf);
	if (ofmf->context)
		context_change(ofmf, NULL);
}

/**
 * ofmf_forget - the OFMF does not know our context any more
 */
void ofmf_forget(struct ofmf *ofmf)
{
	if (ofmf->context)
		log_info("OFMF %s does not know %s; registering again",
			 ofmf->name, ofmf->context);
	ofmf_reset(ofmf);
	ofmf_state_set(ofmf, OFMF_STATE_REGISTERING);
}

/**
 * ofmf_context_load - the context of an earlier run, if there was one
 */
void ofmf_context_load(struct ofmf *ofmf)
{
	char *context = ofmf_record_get(ofmf, RECORD);

	if (context && ofmf_context_valid(context))
		ofmf->context = context;
	else
		free(context);
}

const char *ofmf_context(const struct ofmf *ofmf)
{
	return ofmf->context;
}

int ofmf_context_set(struct ofmf *ofmf, const char *context)
{
	if (!ofmf_context_valid(context) ||
	    ofmf->leave.membership == OFMF_LEFT || ofmf->leave.begun)
		return -EINVAL;
	if (ofmf->context && !strcmp(ofmf->context, context))
		return 0;
	/*
	 * Anyone can send this PATCH, the OFMF sends it only while it registers
	 * us. So the context that we have is checked, and stays if it is good.
	 */
	if (ofmf->context && !ofmf->reg.open) {
		ofmf->recheck = true;
		ofmf_wake(ofmf);
		return -EINVAL;
	}
	ofmf_adopt(ofmf, context);
	/* else of a registration that we gave up too early */
	if (!ofmf->reg.open && !ofmf_http_busy(ofmf->http))
		ofmf_go(ofmf, ofmf_check);
	return 0;
}
