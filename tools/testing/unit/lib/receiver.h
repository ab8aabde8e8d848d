/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* One who is posted events, on threads of its own. */
#ifndef FABMON_TEST_RECEIVER_H
#define FABMON_TEST_RECEIVER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct receiver;

/**
 * receiver_start - listen on loopback
 * @port: 0: any that is free
 * @cert: files CERT.crt and CERT.key with a certificate for TLS; NULL: plain
 *	HTTP
 *
 * Answers 204 to begin with. Fails the test.
 */
struct receiver *receiver_start(uint16_t port, const char *cert);
void receiver_stop(struct receiver *receiver);
uint16_t receiver_port(const struct receiver *receiver);

/* How to answer from now on: with what, and after how many ms. */
void receiver_answer(struct receiver *receiver, unsigned int status,
		     unsigned int delay);
/* With this header, too: "Location", for one. */
void receiver_header(struct receiver *receiver, const char *name,
		     const char *value);

/* Posts so far, also those that were not answered with success. */
size_t receiver_posts(struct receiver *receiver);
/* The largest of them, bytes. */
size_t receiver_largest(struct receiver *receiver);
/* Records in those that were taken. */
size_t receiver_count(struct receiver *receiver);
/* What was posted and taken, an array of payloads, a new reference. */
json_t *receiver_payloads(struct receiver *receiver);
/* The records in them, one after the other, a new reference. */
json_t *receiver_records(struct receiver *receiver);
/* Whether the last post had a header with this value. */
bool receiver_had(struct receiver *receiver, const char *name,
		  const char *value);

#endif /* FABMON_TEST_RECEIVER_H */
