/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Inside of the OFMF client, which is a chain of steps. A step sends a request,
 * and the answer decides which step is next; the timer starts it (timer.c). One
 * step is under way at a time.
 *
 * The steps lie by concern, and so do the fields of struct ofmf:
 *
 *	registering	register.c, clear.c, context.c
 *	uploading	upload.c
 *	delivering	deliver.c, reading.c, with the outbox
 *	comparing	compare.c, names.c, members.c, routine.c
 *	repairing	differ.c, heed.c, readback.c, due.c, repair.c, edit.c
 *	leaving		leave.c, handover.c
 *	ending		stop.c
 *	reporting	report.c, state.c
 *
 * Each has its fields to itself; others ask for what they need by a function.
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
#include "compare.h"
#include "differ.h"
#include "facts.h"
#include "http.h"
#include "leave.h"
#include "ofmf.h"
#include "outbox.h"

#define OFMF_LISTENER	"/EventListener"
#define OFMF_SOURCES \
	"/redfish/v1/AggregationService/AggregationSources"
#define OFMF_FABRICS	"/redfish/v1/Fabrics/"

#define OFMF_TOP_LEVEL_MAX	256	/* bytes of a path */
#define OFMF_SOURCE_PATH	(sizeof(OFMF_SOURCES) + OFMF_CONTEXT_MAX + 2)
#define OFMF_PATIENCE		5	/* rounds until it is believed */
#define OFMF_UPLOADS_MAX	3	/* until what is short goes singly */
#define OFMF_KINDS_MAX		32	/* kinds of failure that are logged */
#define OFMF_GIVEN_UP_MAX	1024	/* resources remembered as hopeless */
#define OFMF_STATUS_MAX		512	/* bytes of ofmf_status() */
#define OFMF_MEMBERS_MAX	8192	/* AggregationSources that are read */

/* Where the registration stands; state.c has names and which follows which. */
enum ofmf_state {
	OFMF_STATE_START,
	OFMF_STATE_WAITING,	/* for its turn to register */
	OFMF_STATE_REGISTERING,	/* register.c, clear.c */
	OFMF_STATE_UPLOADING,	/* upload.c */
	OFMF_STATE_CHECKING,	/* ofmf_check(), compare.c */
	OFMF_STATE_REGISTERED,	/* deliver.c, or at rest */
	OFMF_STATE_REPAIRING,	/* repair.c, while it is detached */
	OFMF_STATE_LEAVING, OFMF_STATE_LEFT,	/* leave.c */
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
 * @gather: a creation is sent when nothing was created for so long, us
 * @gathered: and at the latest so long after the first, us
 * @quiet: a repair begins when nothing changed for so long, us
 * @latest: and at the latest so long after something is to be repaired, us
 * @backoff: from one repair to the next, the second, and all later ones, us
 * @calm: without a repair for so long the next is the first again, us
 * @recompare: from a repair to the comparison that follows it, us
 * @heartbeat: time between heartbeats, us, 0: none
 * @reconcile: time between comparisons, us, 0: none but after trouble
 * @spread: time within which a first registration begins, us
 * @tries: how often an event is sent before it is given up
 */
struct ofmf_timing {
	uint64_t base, cap, heartbeat, reconcile, spread;
	uint64_t gather, gathered;
	uint64_t quiet, latest, backoff[OFMF_BACKOFFS], calm, recompare;
	long get, event, handshake, crawl;
	unsigned int tries;
};

struct ofmf;
typedef void (*ofmf_step)(struct ofmf *ofmf);

/* Registering: our AggregationSource and our context there. */
struct ofmf_reg {
	bool open;		/* the POST is under way, the PATCH may come */
	bool conflict;		/* it was answered 409 */
	bool moved;		/* the OFMF just took a new address of ours */
	bool unread;		/* a source, or their list, could not be read */
	bool reading;		/* may read our tree, and not seen to know us since */
	json_t *sources;	/* links to those that are still to be read */
	json_t *leftovers;	/* URIs an earlier registration may have left */
	unsigned int rounds;	/* in a row without a source of ours */
};

/* Uploading */
struct ofmf_upload {
	unsigned int count;	/* of uploads since the registration */
};

/* Delivering */
struct ofmf_deliver {
	json_t *given_up;	/* URIs whose event failed for good once */
	bool rejected;		/* an event got 400, the context is good */
	struct {
		uint64_t first, last;	/* CLOCK_MONOTONIC us, 0: none waits */
	} created;
};

/* Reporting: to the log, the service manager and the control socket. */
struct ofmf_report {
	json_t *kinds;		/* of failure, logged since all was well */
	uint64_t success;	/* CLOCK_MONOTONIC us of the last, 0: none */
	struct {
		const char *state;
		unsigned int failures;
		uint64_t success;
	} notified;		/* as @changed was called last */
	char *status;		/* buffer of ofmf_status() */
};

/**
 * struct ofmf - one OFMF
 *
 * What it works with:
 * @timer: starts @step
 * @outbox: what is pending
 *
 * Its configuration:
 * @url: base URL, may hold a user's name and password
 * @name: base URL without them, for logs and as key of the store
 * @files: what its security points to
 * @changed: see struct ofmf_setup
 *
 * Where it is in the conversation:
 * @context: what the OFMF knows us by, or NULL
 * @state: set by the steps
 * @step: what the timer does next; NULL while a request is under way or
 *	there is nothing to do
 * @pausing: @step can wait, and is done sooner if something becomes pending
 * @failures: in a row, for the backoff
 * @sent: serial number of the last payload
 * @following: changes of the tree are enqueued; before the upload none is,
 *	for the upload delivers them all
 * @online: context and upload are good; what is pending is delivered
 * @recheck: check the context before the next delivery
 * @compare_due: something may be missing in the outbox; compare names and
 *	contents once it is empty
 * @copies: our URI -> the OFMF's, of all that it has of us
 * @reading: URIs that it may have read and does not list yet, see reading.c
 * @unstored: @reading could not be stored once, which was logged
 */
struct ofmf {
	sd_event *event;
	sd_event_source *timer;
	struct tree *tree;
	struct store *store;
	struct ofmf_http *http;
	struct outbox *outbox;

	char *url, *name, *callback, *method_uri, *system_uri;
	char *files[4];
	void (*changed)(void *ctx);
	void *ctx;
	struct ofmf_timing timing;
	enum ofmf_resync resync;

	char *context;
	enum ofmf_state state;
	ofmf_step step;
	bool pausing;
	unsigned int failures;
	uint64_t sent;
	bool following, online, recheck, compare_due;
	json_t *copies, *reading;
	bool unstored;

	struct ofmf_reg reg;
	struct ofmf_upload upload;
	struct ofmf_deliver deliver;
	struct ofmf_compare compare;
	struct ofmf_routine routine;
	struct ofmf_differ differ;
	struct ofmf_repair repair;
	struct ofmf_leave leave;
	struct ofmf_report report;
};

/* ---- ofmf.c, send.c: for all steps -------------------------------------- */

void ofmf_timing_set(struct ofmf_timing *timing,
		     const struct ofmf_setup *setup);
void ofmf_enqueue(struct ofmf *ofmf, enum tree_op op, const char *uri,
		  uint64_t realtime);
void ofmf_source_path(const struct ofmf *ofmf,
		      char path[static OFMF_SOURCE_PATH]);
const char *ofmf_their_uri(const struct ofmf *ofmf, const char *uri);
void ofmf_request(struct ofmf *ofmf, const char *method, const char *path,
		  const json_t *body, long timeout, ofmf_http_done done);
void ofmf_post(struct ofmf *ofmf, const char *context, json_t *record,
	       long timeout, ofmf_http_done done);

/* ---- record.c: what outlives us ------------------------------------------ */

int ofmf_record_set(struct ofmf *ofmf, const char *what, const char *text);
int ofmf_record_set_json(struct ofmf *ofmf, const char *what,
			 const json_t *value);
char *ofmf_record_get(const struct ofmf *ofmf, const char *what);
json_t *ofmf_record_get_json(const struct ofmf *ofmf, const char *what);

/* ---- timer.c: the next step --------------------------------------------- */

int ofmf_timer_init(struct ofmf *ofmf);
uint64_t ofmf_dice(const struct ofmf *ofmf);
void ofmf_go(struct ofmf *ofmf, ofmf_step step);
void ofmf_first(struct ofmf *ofmf, ofmf_step step);
void ofmf_wait(struct ofmf *ofmf, ofmf_step step);
void ofmf_pause(struct ofmf *ofmf, ofmf_step step, uint64_t delay);
void ofmf_rest(struct ofmf *ofmf);
void ofmf_wake(struct ofmf *ofmf);

/* ---- registering -------------------------------------------------------- */

int ofmf_reg_init(struct ofmf *ofmf);
void ofmf_reg_free(struct ofmf *ofmf);
void ofmf_check(struct ofmf *ofmf);
void ofmf_checked(struct ofmf *ofmf, const struct ofmf_reply *reply);
void ofmf_register(struct ofmf *ofmf);
void ofmf_orphan(struct ofmf *ofmf);
void ofmf_clear(struct ofmf *ofmf);
void ofmf_clear_read(struct ofmf *ofmf);
void ofmf_adopt(struct ofmf *ofmf, const char *context);
void ofmf_forget(struct ofmf *ofmf);
void ofmf_context_load(struct ofmf *ofmf);

/* ---- uploading ---------------------------------------------------------- */

void ofmf_upload(struct ofmf *ofmf);

/* ---- delivering --------------------------------------------------------- */

int ofmf_deliver_init(struct ofmf *ofmf);
void ofmf_deliver_free(struct ofmf *ofmf);
void ofmf_deliver_forget(struct ofmf *ofmf);
void ofmf_deliver_created(struct ofmf *ofmf);
void ofmf_deliver(struct ofmf *ofmf);

/* ---- reading.c ---------------------------------------------------------- */

int ofmf_reading_load(struct ofmf *ofmf);
void ofmf_reading_add(struct ofmf *ofmf);
void ofmf_reading_all(struct ofmf *ofmf);
void ofmf_reading_listed(struct ofmf *ofmf, const json_t *theirs);
void ofmf_reading_compare(struct ofmf *ofmf);
void ofmf_reading_compared(struct ofmf *ofmf);

/* ---- reporting ---------------------------------------------------------- */

int ofmf_report_init(struct ofmf *ofmf);
void ofmf_report_free(struct ofmf *ofmf);
void ofmf_failed(struct ofmf *ofmf, const char *what,
		 const struct ofmf_reply *reply);
void ofmf_online(struct ofmf *ofmf);
void ofmf_succeeded(struct ofmf *ofmf);
void ofmf_well(struct ofmf *ofmf);
void ofmf_notify(struct ofmf *ofmf);
const char *ofmf_state_name(enum ofmf_state state);
bool ofmf_state_follows(enum ofmf_state from, enum ofmf_state to);
void ofmf_state_set(struct ofmf *ofmf, enum ofmf_state state);

#endif /* FABMON_OFMF_PRIV_H */
