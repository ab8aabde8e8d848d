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
	HISTORY_CALM,		/* long without a repair: the next is the first */
};

/**
 * struct history_promise - what is checked; ms
 * @converge: from the last event, or the end of a back-off, until all is right
 * @latest: a repair begins so long after it is needed, though events go on
 * @backoff: from one repair to the next, the second, and all later ones
 * @trouble: from the end of trouble until all is right
 */
struct history_promise {
	uint64_t converge, latest, backoff[HISTORY_BACKOFFS], trouble;
};

/* What it is about; counts of entries are by kind. */
struct history {
	json_t *log, *ours, *theirs;
	uint64_t begin;
	long drift;
	size_t writes, changes;
};

void history_init(struct history *history, uint64_t now);
void history_clear(struct history *history);

void history_host(struct history *history, uint64_t now, const char *what,
		  const json_t *tree);
void history_seen(struct history *history, uint64_t now, const json_t *tree,
		  long drift);
void history_write(struct history *history, uint64_t now, const char *method,
		   const char *uri, const json_t *body, const json_t *ours);
void history_note(struct history *history, uint64_t now,
		  enum history_note note);

/* A resource as it is written down; a new reference. */
json_t *history_plain(const json_t *resource);
/* Whether resources at @uri, of this content, are written down. */
bool history_covers(const char *uri, const json_t *resource);
/* How many resources differ now: stale, missing, surplus. */
void history_count(const struct history *history, size_t count[static 3]);

/*
 * history_check.c: reads a log. Prints each breach of the promise as a line;
 * returns how many.
 */
unsigned int history_check(const json_t *log,
			   const struct history_promise *promise, FILE *out);

#endif /* FABMON_TEST_HISTORY_H */
