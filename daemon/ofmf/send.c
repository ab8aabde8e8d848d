// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Sending a step's request. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redfish/event.h"
#include "util/error.h"
#include "priv.h"

/**
 * ofmf_source_path - the path of our AggregationSource
 */
void ofmf_source_path(const struct ofmf *ofmf,
		      char path[static OFMF_SOURCE_PATH])
{
	snprintf(path, OFMF_SOURCE_PATH, OFMF_SOURCES "/%s", ofmf->context);
}

/**
 * ofmf_their_uri - the name that the OFMF gave to a resource of ours
 */
const char *ofmf_their_uri(const struct ofmf *ofmf, const char *uri)
{
	const char *theirs = json_string_value(json_object_get(ofmf->copies,
							       uri));

	if (!theirs || strlen(theirs) != strcspn(theirs, " \t\r\n?#"))
		return uri;
	return theirs;
}

/* Every callback answers OFMF_OFFLINE by waiting, so no step recurses. */
static void request_failed(struct ofmf *ofmf, int error, ofmf_http_done done)
{
	struct ofmf_reply reply = { .answer = OFMF_OFFLINE };
	char why[ERROR_TEXT_MAX];

	snprintf(why, sizeof(why), "%s", error_text(error));
	error_forget();
	reply.why = why;
	done(&reply, ofmf);
}

/**
 * ofmf_request - send a request
 * @path: below the base URL
 *
 * Where it cannot be sent, for want of memory or of a login file, @done is
 * called from here with OFMF_OFFLINE.
 */
void ofmf_request(struct ofmf *ofmf, const char *method, const char *path,
		  const json_t *body, long timeout, ofmf_http_done done)
{
	char *url = NULL;
	int r;

	if (asprintf(&url, "%s%s", ofmf->url, path) < 0)
		url = NULL;
	if (url)
		r = ofmf_http_send(ofmf->http, method, url, body, timeout, done,
				   ofmf);
	else
		r = error_origin(-ENOMEM, "%s %s: allocation", method, path);
	free(url);
	if (r < 0)
		request_failed(ofmf, r, done);
}

/**
 * ofmf_post - send one event record
 * @record: the reference is taken over; NULL without memory
 */
void ofmf_post(struct ofmf *ofmf, const char *context, json_t *record,
	       long timeout, ofmf_http_done done)
{
	json_t *records = json_array();
	json_t *payload = NULL;

	if (record && records) {
		json_array_append(records, record);
		payload = rf_event_payload(++ofmf->sent, context, records);
	} else {
		json_decref(records);
	}
	json_decref(record);
	if (payload)
		ofmf_request(ofmf, "POST", OFMF_LISTENER, payload, timeout,
			     done);
	else
		request_failed(ofmf, error_origin(-ENOMEM, "event: writing JSON"),
			       done);
	json_decref(payload);
}
