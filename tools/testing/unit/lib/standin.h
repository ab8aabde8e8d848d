/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* ofmf-standin as a child process. */
#ifndef FABMON_TEST_STANDIN_H
#define FABMON_TEST_STANDIN_H

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

/**
 * struct standin - one stand-in
 * @conformant: in which mode to start it
 * @pid: the process, 0 without one
 * @port: where it listens; 0 before its first start, which takes a free one
 * @url: base URL
 */
struct standin {
	bool conformant;
	pid_t pid;
	int port;
	char url[64];
};

/* The program, from OFMF_STANDIN, or NULL. */
const char *standin_program(void);
/* Returns when it listens. Fails the test. */
void standin_start(struct standin *standin);
void standin_stop(struct standin *standin);

/* Ask it; the body of the answer, to be freed. */
char *standin_text(const struct standin *standin, const char *method,
		   const char *path, const char *body);
/*
 * Ask it; the body of the answer as JSON, a new reference, or NULL. Blocks: only
 * for what it answers without asking us.
 */
json_t *standin_ask(const struct standin *standin, const char *method,
		    const char *path);
/* The same with a body of JSON. */
json_t *standin_send(const struct standin *standin, const char *method,
		     const char *path, const char *body);

/* It forgets all that it has. */
void standin_wipe(const struct standin *standin);

#endif /* FABMON_TEST_STANDIN_H */
