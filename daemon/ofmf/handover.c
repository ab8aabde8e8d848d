// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Handing over what others share with us, while we leave.
 *
 * Of a fabric that several hosts have there is one copy. Its manager is the
 * agent that came first, the others are in its FabricSharedWith. When the
 * manager leaves, the first of the others that is still there becomes it; where
 * none is, the copy is deleted.
 */
#include <stdio.h>
#include <string.h>

#include "util/log.h"
#include "priv.h"

#define OEM_THEIRS	"Sunfish_RM"

static void next_heir(struct ofmf *ofmf);

static const char *link_of(const json_t *link)
{
	if (json_is_string(link))
		return json_string_value(link);
	return json_string_value(json_object_get(link, "@odata.id"));
}

static bool is_source(const char *uri)
{
	return uri && !strncmp(uri, OFMF_SOURCES "/",
			       strlen(OFMF_SOURCES "/")) &&
	       ofmf_context_valid(uri + strlen(OFMF_SOURCES "/"));
}

static void handed_over(struct ofmf *ofmf)
{
	json_decref(ofmf->leave.shared);
	json_decref(ofmf->leave.heirs);
	ofmf->leave.shared = ofmf->leave.heirs = NULL;
}

static void on_handed(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;

	handed_over(ofmf);
	if (reply->answer != OFMF_OK && reply->answer != OFMF_GONE) {
		ofmf_clear_again(ofmf, reply);
		return;
	}
	ofmf->leave.handed++;
	log_info("OFMF %s: handed over %s, which others share", ofmf->name,
		 ofmf_clear_uri(ofmf));
	ofmf_clear_pop(ofmf);
}

/* Without us, and without @heir, who manages it now. */
static json_t *sharers_left(const json_t *sharers, const char *heir,
			    const char *before)
{
	json_t *left = json_array(), *sharer;
	size_t i;

	json_array_foreach((json_t *)sharers, i, sharer) {
		const char *uri = link_of(sharer);

		if (uri && strcmp(uri, heir) && (!before || strcmp(uri, before)))
			json_array_append(left, sharer);
	}
	return left;
}

static void hand_to(struct ofmf *ofmf, const char *heir)
{
	const json_t *copy = ofmf->leave.shared;
	json_t *oem = json_deep_copy(json_object_get(copy, "Oem"));
	json_t *theirs = json_object_get(oem, OEM_THEIRS), *patch;

	json_object_set_new(theirs, "FabricSharedWith",
			    sharers_left(json_object_get(theirs,
							 "FabricSharedWith"),
					 heir, ofmf_copy_manager(copy)));
	json_object_set_new(theirs, "ManagingAgent",
			    json_pack("{s:s}", "@odata.id", heir));
	/* the reference wants the name as well */
	patch = json_pack("{s:s, s:o}", "@odata.id", ofmf_clear_uri(ofmf),
			  "Oem", oem);
	ofmf_request(ofmf, "PATCH", ofmf_clear_uri(ofmf), patch,
		     ofmf->timing.get, on_handed);
	json_decref(patch);
}

static const char *heir_of(const struct ofmf *ofmf)
{
	return link_of(json_array_get(ofmf->leave.heirs, 0));
}

static void on_heir(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;

	if (reply->answer == OFMF_OK) {
		hand_to(ofmf, heir_of(ofmf));
	} else if (reply->answer == OFMF_GONE) {
		json_array_remove(ofmf->leave.heirs, 0);
		next_heir(ofmf);
	} else {
		handed_over(ofmf);
		ofmf_clear_again(ofmf, reply);
	}
}

static void next_heir(struct ofmf *ofmf)
{
	while (json_array_size(ofmf->leave.heirs) && !is_source(heir_of(ofmf)))
		json_array_remove(ofmf->leave.heirs, 0);
	if (json_array_size(ofmf->leave.heirs)) {
		ofmf_request(ofmf, "GET", heir_of(ofmf), NULL,
			     ofmf->timing.get, on_heir);
		return;
	}
	handed_over(ofmf);
	ofmf_clear_delete(ofmf);
}

/**
 * ofmf_handover - hand over the copy at ofmf_clear_uri(), whose manager we were
 * @copy: as it was read
 */
void ofmf_handover(struct ofmf *ofmf, const json_t *copy)
{
	const json_t *theirs = json_object_get(json_object_get(copy, "Oem"),
					       OEM_THEIRS);

	ofmf->leave.heirs = json_copy(json_object_get(theirs,
						      "FabricSharedWith"));
	next_heir(ofmf);
}
