/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* A request to a server that runs on the caller's loop. */
#ifndef FABMON_TEST_HTTP_CALL_H
#define FABMON_TEST_HTTP_CALL_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

/* @head and @body are terminated; @json is the body, or NULL. */
struct answer {
	long status;
	char head[4096];
	char body[65536];
	size_t head_size, size;
	json_t *json;
};

/**
 * http_call - ask http://127.0.0.1:@port; the loop runs meanwhile
 * @target: sent as it is
 * @headers: up to a NULL, or NULL
 * @body: @size bytes, or NULL
 *
 * Fails the test on an answer larger than struct answer. Return: for
 * answer_free(); status 0 if there was no answer.
 */
struct answer *http_call(sd_event *event, uint16_t port, const char *method,
			 const char *target, const char *const *headers,
			 const char *body, size_t size);
void answer_free(struct answer *answer);

#endif /* FABMON_TEST_HTTP_CALL_H */
