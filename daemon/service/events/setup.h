/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Settings of the EventService. */
#ifndef FABMON_SVC_EVENTS_SETUP_H
#define FABMON_SVC_EVENTS_SETUP_H

/**
 * struct service_events - how events are delivered
 * @attempts: retries until DeliveryRetryPolicy has its way
 * @interval: between retries, s
 * @subscriptions: how many that clients made there may be
 * @streams: how many streams may be open
 * @ca: file with the certificates that those of https destinations must come
 *	from, where they are verified; NULL: the system's. Borrowed
 * @second: how long a second is, us, for tests; 0: as everywhere
 */
struct service_events {
	unsigned int attempts;
	unsigned int interval;
	unsigned int subscriptions;
	unsigned int streams;
	const char *ca;
	unsigned int second;
};

#define SERVICE_EVENTS_DEFAULT { \
	.attempts = 3, .interval = 30, .subscriptions = 32, .streams = 32, \
}

#endif /* FABMON_SVC_EVENTS_SETUP_H */
