/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the files of the folder share: follow.c (opening, publishing), timer.c,
 * dump.c, stream.c, take.c (a notification into the model) and log.c (log lines).
 */
#ifndef FABMON_FOLLOW_PRIV_H
#define FABMON_FOLLOW_PRIV_H

#include <time.h>

#include "follow.h"
#include "host/facts.h"
#include "kernel/knl/info.h"
#include "kernel/knl/message.h"
#include "model/model.h"

struct knl;

#define TO_LOAD		"load it: modprobe -a fabmon_rdma fabmon_cxl"

/* Errors of the socket in a row that no dump has mended: fabmond ends. */
#define FOLLOW_MAX_FAILURES	20

/**
 * struct follow_watch - a provider; watch.c
 * @listed: as of the last dump, it is loaded
 * @here: and it has reported all that it has
 * @warned: the log says that its devices are not watched
 * @due: CLOCK_MONOTONIC us when the tree shows that, 0: it does, or need not
 */
struct follow_watch {
	bool listed, here, warned;
	uint64_t due;
};

/**
 * struct follow - where following stands
 * @facts: which facts are to be read again
 * @instance: of the module that the model shows
 * @seq: sequence number that the nodes of the model are true at
 * @processed: that of the last notification that was processed. A dump may be
 *	ahead of it: events are in no dump
 * @whole: the model holds a complete dump
 * @dirty: something is to be published
 * @dump: a dump is to be taken
 * @gone: the module is not loaded
 * @first: CLOCK_MONOTONIC us of the first change that is not published
 * @cause: CLOCK_REALTIME ns of the same, 0 if unknown
 * @not_before: CLOCK_MONOTONIC us of the next try of what failed, or dump
 * @failures: in a row
 * @status: see follow_status(), a constant
 * @watches: the providers
 * @removed_due: CLOCK_MONOTONIC us when kept nodes are looked for in sysfs, or 0
 */
struct follow {
	struct follow_setup setup;
	struct knl *knl;
	struct facts facts;
	sd_event_source *io, *timer;
	uint64_t instance, seq, processed;
	bool whole, dirty, dump, gone;
	uint64_t first, cause, not_before;
	unsigned int failures;
	const char *status;
	struct follow_watch watches[MODEL_PROVIDERS];
	uint64_t removed_due;
};

/* follow.c */
struct model_stamp follow_stamp(const struct follow *f);
void follow_position_set(struct follow *f, uint64_t seq);
void follow_status_set(struct follow *f, const char *status);
/* 0 or more; -errno, logged, and due to be tried again. */
int follow_publish(struct follow *f);

/* timer.c */
uint64_t follow_clock_us(clockid_t clock);
/* Both return 0 or -errno, of which there is a text. */
int follow_timer_add(struct follow *f);
int follow_stream_add(struct follow *f);
/* Sets the timer to what is due next, or stops it. */
void follow_arm(struct follow *f);
/* Something is to be published. @realtime: ns of the change, 0 if unknown. */
void follow_mark_dirty(struct follow *f, uint64_t realtime);
void follow_want_dump(struct follow *f);
/* What failed is tried again later, and later each time. */
void follow_back_off(struct follow *f);

/* dump.c */
/* Takes the dump. 0 or -errno, as knl_info_get() and knl_dump(). */
int follow_dump(struct follow *f);
/* The same on the loop, where a failure is logged and tried again. */
void follow_dump_again(struct follow *f);
void follow_module_gone(struct follow *f);

/*
 * stream.c: replays what was missed. Where that fails, the nodes are dumped, and
 * events are lost but for those that come all the same.
 */
void follow_catch_up(struct follow *f);

/*
 * watch.c: before a dump, with what the module says of itself, and after it.
 * @first: there was none before.
 */
void follow_watch_info(struct follow *f, const struct knl_info *info);
void follow_watch_dumped(struct follow *f, bool first);
/* Whether the dump has all nodes of this kind. */
bool follow_watch_here(const struct follow *f, enum fabmon_node_kind kind);
/*
 * Whether a notification of a node concerns one that nobody watches, or does not
 * watch any more: the model keeps it as it is.
 */
bool follow_watch_takes(struct follow *f, const struct knl_msg *msg);
/* The module has gone, and with it all providers. */
void follow_watch_gone(struct follow *f);
/* CLOCK_MONOTONIC us when follow_watch_run() has something to do, or UINT64_MAX. */
uint64_t follow_watch_time(const struct follow *f);
void follow_watch_run(struct follow *f);

/* Reads the facts that are marked, and gives new nodes their identities. */
int follow_identify(struct facts *facts, struct model *model,
		    const char *sysfs);

/*
 * Each returns 1 where there is something to publish, 0 where there is not, or
 * -ENOMEM: the model is not what the kernel says. The node is moved out of
 * @msg.
 */
int follow_take_node(struct facts *facts, struct model *model,
		     struct knl_msg *msg);
/* A change that a dump is ahead of, but that is in no log yet. */
int follow_take_old_node(struct facts *facts, struct model *model,
			 const char *sysfs, const struct knl_msg *msg);
/* A dump does not repeat events: they count whatever their number. */
int follow_take_event(struct facts *facts, struct model *model,
		      const char *sysfs, const struct knl_msg *msg);

/* What an event is, at the level that it deserves. */
void follow_log_event(const struct knl_msg *msg);
/* That nothing is to be seen, or not all: what can be done. */
void follow_log_providers(const struct knl_info *info);
void follow_log_unreadable(const struct model *model);
/* Why the kernel cannot be followed, and what to do. @error: -errno. */
void follow_log_open(int error);

#endif /* FABMON_FOLLOW_PRIV_H */
