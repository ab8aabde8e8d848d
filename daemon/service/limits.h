/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What clients of the service may take. */
#ifndef FABMON_LIMITS_H
#define FABMON_LIMITS_H

/* Most that connections may be set to. */
#define SERVICE_CONNECTIONS_MAX	1024

/**
 * struct service_limits - what clients may take; a client is an address
 * @connections: at a time, of all clients; up to SERVICE_CONNECTIONS_MAX
 * @client_connections: at a time, of one
 * @request_rate: requests a second of one client, in the long run
 * @request_burst: requests that one client may send at once before that counts
 * @header_size: bytes of a request's line and headers
 * @body_size: bytes of a request's body
 * @seconds: that a request may take to come in, and its answer to be read
 *
 * None may be 0, but that all are, which means the defaults.
 */
struct service_limits {
	unsigned int connections;
	unsigned int client_connections;
	unsigned int request_rate;
	unsigned int request_burst;
	unsigned int header_size;
	unsigned int body_size;
	unsigned int seconds;
};

/*
 * An OFMF reads every resource when an agent registers, one request each and as
 * quickly as it can: measured were 515 requests in 0.1 s for 500 resources. The
 * burst is three times that for a host with 512 ports.
 */
#define SERVICE_LIMITS_DEFAULT { \
	.connections = 128, .client_connections = 64, \
	.request_rate = 1000, .request_burst = 10000, \
	.header_size = 16 * 1024, .body_size = 64 * 1024, .seconds = 30, \
}

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

#endif /* FABMON_LIMITS_H */
