/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Requests as text, and what every answer has to be like. */
#ifndef FABMON_FUZZ_REQUEST_H
#define FABMON_FUZZ_REQUEST_H

#include "fuzz.h"
#include "service/protocol/reply.h"
#include "service/protocol/request.h"

#define FUZZ_HEADERS_MAX	16

/* A request with the text that it is of. */
struct fuzz_request {
	struct svc_request request;
	char *line;
	char *headers[FUZZ_HEADERS_MAX];
	size_t n_headers;
};

/*
 * Reads "METHOD TARGET", headers, an empty line; the rest is the body, and
 * stays where it is.
 */
void fuzz_request_read(struct fuzz_input *in, struct fuzz_request *r);
void fuzz_request_clear(struct fuzz_request *r);
/* Fails on an answer that no answer may be like. */
void fuzz_reply_check(const struct svc_reply *reply);

#endif /* FABMON_FUZZ_REQUEST_H */
