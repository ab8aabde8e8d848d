/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Inside of the OFMF client. One step is under way at a time: a step sends one
 * request, and what is answered decides the next step. Between steps there is
 * only the timer (timer.c), so no step calls another.
 */
#ifndef FABMON_OFMF_PRIV_H
#define FABMON_OFMF_PRIV_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "store/store.h"
#include "tree/tree.h"
#include "http.h"
#include "ofmf.h"
#include "outbox.h"

#define OFMF_LISTENER	"/EventListener"
#define OFMF_SOURCES \
	"/redfish/v1/AggregationService/AggregationSources"

#define OFMF_FABRICS	"/redfish/v1/Fabrics/"

#define OFMF_TOP_LEVEL_MAX	256	/* bytes of a path */
#define OFMF_CONTEXT_MAX	128	/* bytes */
#define OFMF_SOURCE_PATH	(sizeof(OFMF_SOURCES) + OFMF_CONTEXT_MAX + 2)
#define OFMF_PATIENCE		5	/* rounds until it is believed */
#define OFMF_UPLOADS_MAX	3	/* until what is short goes singly */
#define OFMF_KINDS_MAX		32	/* kinds of failure told apart in logs */
#define OFMF_GIVEN_UP_MAX	1024	/* resources remembered as hopeless */
#define OFMF_STATUS_MAX		512	/* bytes of ofmf_status() */
#define OFMF_MEMBERS_MAX	8192	/* AggregationSources looked at */
#define OFMF_ACCESSED_MAX	65536	/* ResourcesAccessed looked at */

/* Where it stands; state.c has their names and which can follow which. */
enum ofmf_state {
	OFMF_STATE_START,
	OFMF_STATE_WAITING,	/* for its turn to register */
	OFMF_STATE_REGISTERING,	/* register.c, clear.c */
	OFMF_STATE_UPLOADING,	/* upload.c */
	OFMF_STATE_CHECKING,	/* ofmf_check(), resync.c */
	OFMF_STATE_REGISTERED,	/* deliver.c, or at rest */
	OFMF_STATE_REPAIRING,	/* repair.c, while it is detached */
	OFMF_STATES
};

/**
 * struct ofmf_timing - how long and how often
 * @base: first backoff, us
 * @cap: longest backoff, us
 * @get: limit of GET, PATCH, DELETE, ms
 * @event: limit of a POST that the OFMF answers by itself, ms
 * @handshake: limit of the registration, ms
 * @crawl: limit of a POST during which the OFMF reads our tree, ms
 * @repair: shortest time between repairs, us
 * @reconcile: time between comparisons, us, 0: none but after trouble
 * @spread: time within which a first registration begins, us
 * @tries: how often an event is sent before it is given up
 */
struct ofmf_timing {
	uint64_t base, cap, repair, reconcile, spread;
	long get, event, handshake, crawl;
	unsigned int tries;
};

struct ofmf;
typedef void (*ofmf_step)(struct ofmf *ofmf);

/**
 * struct ofmf - one OFMF
 * @url: base URL, may hold a user's name and password
 * @name: base URL without them, for logs and as key of the store
 * @context: what the OFMF knows us by, or NULL
 * @files: what its security points to
 * @state: see there; set by the steps
 * @registering: the registration is open, its PATCH may come
 * @conflict: the registration was answered 409
 * @following: changes of the tree are owed, nothing later covers them all
 * @online: context and upload are good; what is owed is delivered
 * @deep: not all that happened is in the queue: when that is empty, compare
 *	trees and contents
 * @recheck: look at the context before the next delivery
 * @doubted: an event was answered 400, and the context found good since
 * @pausing: @step can wait, and is done sooner if something is owed
 * @step: what the timer does next; NULL while a request is under way or
 *	nothing is owed
 * @failures: failures in a row, for the backoff
 * @kinds: kinds of failure that were logged since all was well
 * @given_up: resources whose event failed for good; one more failure does not
 *	cause a resync
 * @moved: the OFMF just took a new address of ours
 * @members: AggregationSources still to look at (register.c)
 * @leftovers: URIs that an earlier registration may have left (clear.c)
 * @rounds: how often in a row our AggregationSource was not found
 * @unread: one of them, or their list, could not be read
 * @uploads: uploads since the registration (upload.c)
 * @compare: [ours, theirs, tries] still to compare, from the end (resync.c)
 * @unknown: copies that could not be read when they were last compared
 * @theirs: our URI -> the OFMF's, as it was told last
 * @doubts: URIs that were told, to be read back, with the tries (repair.c)
 * @stale: URI -> what to PATCH the OFMF's copy with, null: DELETE it
 * @lost: URIs that are missing in their collection there (members.c)
 * @source: our AggregationSource while it is away
 * @pruned: URIs of the OFMF's that were deleted meanwhile
 * @repaired: CLOCK_MONOTONIC of the last repair, us, 0: none
 * @differences: what the last comparison found
 * @compared: CLOCK_MONOTONIC of its end, us, 0: none
 * @sent: serial number of the last payload
 * @success: CLOCK_MONOTONIC of the last upload, delivery or look at what is
 *	there that found it good, us, 0: none
 * @told: what was told last (report.c)
 * @status: buffer of ofmf_status()
 */
struct ofmf {
	sd_event *event;
	sd_event_source *timer, *reconcile;
	struct tree *tree;
	struct store *store;
	struct ofmf_http *http;
	struct outbox *outbox;
	char *url, *name, *callback, *method_uri, *system_uri;
	char *files[4];
	void (*changed)(void *ctx);
	void *ctx;
	struct ofmf_timing timing;

	char *context;
	enum ofmf_state state;
	bool registering, conflict, following, online, deep, recheck,
	     doubted, unread, moved, pausing;
	ofmf_step step;
	unsigned int failures;
	json_t *kinds;
	json_t *given_up;
	json_t *members;
	json_t *leftovers;
	unsigned int uploads, rounds;
	json_t *compare;
	json_t *theirs, *doubts, *stale, *lost, *source, *pruned;
	enum ofmf_resync resync;
	uint64_t repaired, compared;
	size_t differences, unknown;
	uint64_t sent;
	uint64_t success;
	struct {
		const char *state;
		unsigned int failures;
		uint64_t success;
	} told;
	char *status;
};

/* ---- timer.c ------------------------------------------------------------ */

int ofmf_timer_init(struct ofmf *ofmf);
void ofmf_go(struct ofmf *ofmf, ofmf_step step);
void ofmf_first(struct ofmf *ofmf, ofmf_step step);
void ofmf_wait(struct ofmf *ofmf, ofmf_step step);
void ofmf_pause(struct ofmf *ofmf, ofmf_step step, uint64_t delay);
void ofmf_rest(struct ofmf *ofmf);
void ofmf_wake(struct ofmf *ofmf);

/* ---- report.c ----------------------------------------------------------- */

void ofmf_failed(struct ofmf *ofmf, const char *what,
		 const struct ofmf_reply *reply);
void ofmf_online(struct ofmf *ofmf);
void ofmf_succeeded(struct ofmf *ofmf);
void ofmf_well(struct ofmf *ofmf);
void ofmf_tell(struct ofmf *ofmf);

/* ---- state.c ------------------------------------------------------------ */

const char *ofmf_state_name(enum ofmf_state state);
bool ofmf_state_follows(enum ofmf_state from, enum ofmf_state to);
void ofmf_state_set(struct ofmf *ofmf, enum ofmf_state state);

/* ---- context.c ---------------------------------------------------------- */

void ofmf_adopt(struct ofmf *ofmf, const char *context);
void ofmf_forget(struct ofmf *ofmf);
void ofmf_context_load(struct ofmf *ofmf);
bool ofmf_context_valid(const char *context);

/* ---- send.c ------------------------------------------------------------- */

void ofmf_source_path(const struct ofmf *ofmf,
		      char path[static OFMF_SOURCE_PATH]);
const char *ofmf_their_uri(const struct ofmf *ofmf, const char *uri);
void ofmf_request(struct ofmf *ofmf, const char *method, const char *path,
		  const json_t *body, long timeout, ofmf_http_done done);
void ofmf_post(struct ofmf *ofmf, const char *context, json_t *record,
	       long timeout, ofmf_http_done done);

/* ---- ofmf.c ------------------------------------------------------------- */

void ofmf_owe(struct ofmf *ofmf, enum tree_op op, const char *uri,
	      uint64_t realtime);

/* ---- register.c, upload.c, resync.c, members.c, deliver.c, repair.c ----- */

void ofmf_check(struct ofmf *ofmf);
void ofmf_register(struct ofmf *ofmf);
void ofmf_clear(struct ofmf *ofmf);
void ofmf_orphan(struct ofmf *ofmf);
void ofmf_upload(struct ofmf *ofmf);
json_t *ofmf_took(struct ofmf *ofmf, const json_t *source);
bool ofmf_copy_ours(const struct ofmf *ofmf, const json_t *copy);
void ofmf_owe_removed(struct ofmf *ofmf, const json_t *theirs);
void ofmf_resync_with(struct ofmf *ofmf, const json_t *source);
void ofmf_compare(struct ofmf *ofmf);
void ofmf_compare_put(struct ofmf *ofmf, const char *uri, const char *theirs);
void ofmf_enter(struct ofmf *ofmf);
void ofmf_compare_members(struct ofmf *ofmf);
size_t ofmf_members_with(struct ofmf *ofmf, const json_t *ours,
			 const json_t *theirs);
void ofmf_deliver(struct ofmf *ofmf);
void ofmf_read_back(struct ofmf *ofmf);
void ofmf_detach(struct ofmf *ofmf);
void ofmf_attach(struct ofmf *ofmf);

/* ---- repair.c ----------------------------------------------------------- */

void ofmf_repair_load(struct ofmf *ofmf);
void ofmf_doubt(struct ofmf *ofmf, const struct outbox_owed *owed);
uint64_t ofmf_repair_due(const struct ofmf *ofmf);

/* ---- facts.c: pure functions over what was answered --------------------- */

json_t *ofmf_accessed(const json_t *source, const struct tree *tree);
bool ofmf_source_ours(const json_t *source, const char *method_uri,
		      const char *callback);
bool ofmf_host_same(const json_t *source, const char *callback);
char *ofmf_source_id(const json_t *source);
const char *ofmf_copy_manager(const json_t *copy);
bool ofmf_copy_shared(const json_t *copy);
bool ofmf_announced(const char *uri, const json_t *resource);
json_t *ofmf_reachable(const struct tree *tree, const char *uri);
size_t ofmf_missing(const json_t *ours, const struct tree *tree,
		    const json_t *theirs, struct ofmf *owing);

/* ---- compare.c ---------------------------------------------------------- */

bool ofmf_resource_same(const json_t *ours, const json_t *theirs,
			const json_t *names);
json_t *ofmf_resource_patch(const json_t *ours, const json_t *theirs,
			    const json_t *names);
char *ofmf_url_public(const char *url);

#endif /* FABMON_OFMF_PRIV_H */
