/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What happened between a host and an OFMF, written down while it happens, and
 * a checker that reads it afterwards and knows nothing else.
 *
 * Entries have a time, ms since the beginning, in the order in which the one
 * thread of the test saw them:
 *
 *	host	what the kernel says from now on, where it differs from before
 *	seen	what the OFMF shows, where it differs, and what fabmond calls drift
 *	write	a request that changes something, with what our tree says at that
 *		moment of the resource that it is about
 *	alert	one that is to be delivered; its MessageId is nobody else's
 *	note	anything else that the promise depends on, see enum history_note
 *
 * Resources are written down without what an OFMF may add or change.
 */
#ifndef FABMON_TEST_HISTORY_H
#define FABMON_TEST_HISTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define HISTORY_BACKOFFS	3

enum history_note {
	HISTORY_WIPED,		/* the OFMF has nothing; fabmond does not know */
	HISTORY_TROUBLE,	/* it, or fabmond, is away from now on */
	HISTORY_OVER,		/* and is back */
	HISTORY_CONTACT,	/* and fabmond tries again */
	HISTORY_CALM,		/* long without a repair: the next is the first */
	HISTORY_EDITED,		/* a client wrote to a copy that was nobody's */
};

/**
 * struct history_promise - what is checked; ms
 * @converge: from the last event, or the end of a back-off, until all is right
 * @latest: a repair begins so long after it is needed, though events go on
 * @backoff: from one repair to the next, the second, and all later ones
 * @away: from the end of trouble until fabmond tries again
 * @recover: from then on until all is right
 * @wiped: from a wipe until it is noticed, though nothing happens
 * @edited: from a client's edit until it is found
 */
struct history_promise {
	uint64_t converge, latest, backoff[HISTORY_BACKOFFS];
	uint64_t away, recover, wiped, edited;
};

/**
 * struct history - one that is being written
 * @log: the entries
 * @ours, @theirs: URI -> content, as it was written down last
 * @raw: URI -> content, as the OFMF showed it last
 * @begin: time of its beginning
 * @told: time of the last seen entry, which had @drift
 */
struct history {
	json_t *log, *ours, *theirs, *raw;
	uint64_t begin, told;
	long drift;
	size_t writes, changes;
};

void history_init(struct history *history, uint64_t now);
void history_clear(struct history *history);

void history_host(struct history *history, uint64_t now, const char *what,
		  const json_t *tree);
void history_seen(struct history *history, uint64_t now, const json_t *tree,
		  long drift);
/* The OFMF shows what it showed; written down if it is news, or due. */
void history_drift(struct history *history, uint64_t now, long drift);
void history_write(struct history *history, uint64_t now, const char *method,
		   const char *uri, const json_t *body, const json_t *ours);
void history_alert(struct history *history, uint64_t now, const char *id);
/* @uri: of HISTORY_EDITED, else NULL */
void history_note(struct history *history, uint64_t now,
		  enum history_note note, const char *uri);
/* Of entries none is later than one that follows: that one's time holds. */
void history_straighten(struct history *history);
/* An entry a line. */
void history_print(const struct history *history, FILE *out);

/* A resource as it is written down; a new reference. */
json_t *history_plain(const json_t *resource);
/* Whether resources at @uri, of this content, are written down. */
bool history_covers(const char *uri, const json_t *resource);
/* How many resources differ now: stale, missing, surplus. */
void history_count(const struct history *history, size_t count[static 3]);

/**
 * struct history_figures - what the checker read
 * @breaches: of the promise
 * @slowest: ms from the last event until something was right, where neither a
 *	back-off nor trouble delayed it
 */
struct history_figures {
	unsigned int breaches;
	uint64_t slowest;
};

/* history_check.c: reads a log. Prints breaches of the promise, each a line. */
struct history_figures history_check(const json_t *log,
				     const struct history_promise *promise,
				     FILE *out);

#endif /* FABMON_TEST_HISTORY_H */
