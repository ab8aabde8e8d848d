// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What the OFMF may have read and not listed yet. It reads new resources while
 * we wait for its answer, and enters them into our AggregationSource only at the
 * end. Where we are killed in between and they are gone at the next start nothing
 * tells that it has them. So before it is made to read, their names are stored,
 * and those that do not exist any more are part of each comparison of all until
 * the OFMF has them no more.
 */
#include <errno.h>

#include "util/error.h"
#include "util/log.h"
#include "priv.h"

#define RECORD	"reading"

static void reading_store(struct ofmf *ofmf)
{
	int r = ofmf_record_set_json(ofmf, RECORD,
				     json_object_size(ofmf->reading) ?
				     ofmf->reading : NULL);

	/* a full disk is one line a run: some of these writes succeed */
	if (r < 0)
		error_log(ofmf->unstored ? LOG_DEBUG : LOG_WARNING, r,
			  "OFMF %s: what it reads is not stored, and may be left there if it goes while fabmond is away",
			  ofmf->name);
	ofmf->unstored |= r < 0;
}

/**
 * ofmf_reading_load - what an earlier run made the OFMF read
 *
 * Return: 0 or -ENOMEM.
 */
int ofmf_reading_load(struct ofmf *ofmf)
{
	ofmf->reading = ofmf_record_get_json(ofmf, RECORD);
	if (!json_is_object(ofmf->reading)) {
		json_decref(ofmf->reading);
		ofmf->reading = json_object();
	}
	/* and perhaps reads still, wiped or not */
	ofmf->reg.reading = json_object_size(ofmf->reading);
	return ofmf->reading ? 0 : error_origin(-ENOMEM, "what it reads");
}

/**
 * ofmf_reading_add - it is made to read, or reads while something is created
 */
void ofmf_reading_add(struct ofmf *ofmf)
{
	size_t before = json_object_size(ofmf->reading);
	json_t *uris = outbox_created(ofmf->outbox);

	json_object_update(ofmf->reading, uris);
	json_decref(uris);
	if (json_object_size(ofmf->reading) != before)
		reading_store(ofmf);
}

/**
 * ofmf_reading_all - it is made to read the whole tree
 */
void ofmf_reading_all(struct ofmf *ofmf)
{
	const char *uri;
	json_t *ours;

	json_object_foreach((json_t *)tree_all(ofmf->tree), uri, ours)
		if (ofmf_is_member(uri) && ofmf_announced(uri, ours))
			json_object_set_new(ofmf->reading, uri, json_true());
	reading_store(ofmf);
}

/**
 * ofmf_reading_listed - what the OFMF lists is known without us
 * @theirs: what ofmf_copies_update() gave
 */
void ofmf_reading_listed(struct ofmf *ofmf, const json_t *theirs)
{
	size_t before = json_object_size(ofmf->reading);
	json_t *value;
	const char *uri;

	json_object_foreach((json_t *)theirs, uri, value)
		json_object_del(ofmf->reading, uri);
	if (json_object_size(ofmf->reading) != before)
		reading_store(ofmf);
}

/**
 * ofmf_reading_compare - queue what it may have of what is gone
 */
void ofmf_reading_compare(struct ofmf *ofmf)
{
	const char *uri;
	json_t *value;

	json_object_foreach(ofmf->reading, uri, value)
		if (!tree_get(ofmf->tree, uri) && ofmf_is_member(uri))
			ofmf_compare_put(ofmf, uri, uri);
}

/**
 * ofmf_reading_compared - all was compared: what it has not is done with
 */
void ofmf_reading_compared(struct ofmf *ofmf)
{
	size_t before = json_object_size(ofmf->reading);
	const char *uri;
	json_t *value;
	void *next;

	json_object_foreach_safe(ofmf->reading, next, uri, value)
		if (!tree_get(ofmf->tree, uri) &&
		    !outbox_holds(ofmf->outbox, uri) &&
		    ofmf_differ_kind(ofmf, uri) == OFMF_IS_EQUAL)
			json_object_del(ofmf->reading, uri);
	if (json_object_size(ofmf->reading) != before)
		reading_store(ofmf);
}
