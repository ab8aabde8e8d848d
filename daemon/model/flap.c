// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Flapping links. Pure: time comes with what happens, from the kernel's stamps,
 * so that a replay of what was missed finds what a live reader would have.
 */
#include <string.h>

#include "flap.h"

#define RING	(MODEL_FLAP_MAX + 1)

unsigned int model_flap_recent(const struct model_flap *flap,
			       const struct model_flap_limits *limits,
			       uint64_t now)
{
	unsigned int i, count = 0;
	uint64_t at;

	for (i = 1; i <= flap->known; i++) {
		at = flap->times[(flap->next + RING - i) % RING];
		if (at > now || now - at > limits->window)
			break;
		count++;
	}
	return count;
}

bool model_flap_note(struct model_flap *flap,
		     const struct model_flap_limits *limits, uint64_t now)
{
	flap->times[flap->next] = now;
	flap->next = (flap->next + 1) % RING;
	if (flap->known < RING)
		flap->known++;
	flap->last = now;
	if (flap->damped || !limits->count ||
	    model_flap_recent(flap, limits, now) <= limits->count)
		return false;
	flap->damped = true;
	flap->shown = now;
	return true;
}

void model_flap_resume(struct model_flap *flap, uint64_t now)
{
	flap->damped = true;
	flap->last = now;
	flap->shown = now;
}

uint64_t model_flap_next(const struct model_flap *flap,
			 const struct model_flap_limits *limits, bool held)
{
	uint64_t over = flap->last + limits->quiet;
	uint64_t show = flap->shown + limits->hold;

	if (!flap->damped)
		return UINT64_MAX;
	return held && show < over ? show : over;
}

enum model_flap_due model_flap_due(struct model_flap *flap,
				   const struct model_flap_limits *limits,
				   bool held, uint64_t now)
{
	if (!flap->damped || now < model_flap_next(flap, limits, held))
		return MODEL_FLAP_NOTHING;
	if (now >= flap->last + limits->quiet) {
		flap->damped = false;
		/* what was is reported; it takes as many again */
		flap->known = 0;
		return MODEL_FLAP_OVER;
	}
	flap->shown = now;
	return MODEL_FLAP_SHOW;
}
