/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Links that go up and down too often to report each time. */
#ifndef FABMON_MODEL_FLAP_H
#define FABMON_MODEL_FLAP_H

#include <stdbool.h>
#include <stdint.h>

#define MODEL_FLAP_MAX	64	/* transitions that can be asked for */

/**
 * struct model_flap_limits - when a link flaps, and what is done about it
 * @count: it does if it went up or down more often than this, at most
 *	MODEL_FLAP_MAX; 0: never
 * @window: within so long; all times are CLOCK_BOOTTIME, in ns
 * @hold: what it is now is then shown no more often than each so long
 * @quiet: it does no more when it was still for so long
 */
struct model_flap_limits {
	unsigned int count;
	uint64_t window, hold, quiet;
};

/**
 * struct model_flap - a link's recent past
 * @times: of the last transitions, as a ring that ends before @next
 * @known: how many there were, at most MODEL_FLAP_MAX + 1
 * @damped: it flaps
 * @last: of the last transition
 * @shown: when what it is was last shown, while @damped
 */
struct model_flap {
	uint64_t times[MODEL_FLAP_MAX + 1];
	unsigned int next, known;
	bool damped;
	uint64_t last, shown;
};

enum model_flap_due { MODEL_FLAP_NOTHING, MODEL_FLAP_SHOW, MODEL_FLAP_OVER };

/**
 * model_flap_note - the link went up or down
 *
 * Return: whether it begins to flap with that.
 */
bool model_flap_note(struct model_flap *flap,
		     const struct model_flap_limits *limits, uint64_t now);
/* How many of the transitions that are known came within the window. */
unsigned int model_flap_recent(const struct model_flap *flap,
			       const struct model_flap_limits *limits,
			       uint64_t now);
/* It flaps, as an earlier run has found. */
void model_flap_resume(struct model_flap *flap, uint64_t now);

/**
 * model_flap_due - what is to be done now; MODEL_FLAP_OVER ends the flapping
 * @held: something is there to show
 */
enum model_flap_due model_flap_due(struct model_flap *flap,
				   const struct model_flap_limits *limits,
				   bool held, uint64_t now);
/* When something will next be due; UINT64_MAX: never. */
uint64_t model_flap_next(const struct model_flap *flap,
			 const struct model_flap_limits *limits, bool held);

#endif /* FABMON_MODEL_FLAP_H */
