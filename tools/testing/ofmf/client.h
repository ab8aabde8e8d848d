/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef CLIENT_H
#define CLIENT_H

#include <jansson.h>
#include <stdbool.h>

struct standin;

/**
 * struct client_answer - what an agent answered
 * @status: HTTP status
 * @json: body, NULL when it is no JSON; release with json_decref()
 * @location: path of the Location header or empty
 */
struct client_answer {
	long status;
	json_t *json;
	char location[1024];
};

/**
 * client_call - one request to an agent, on a connection of its own
 * @s: context: the timeout, and whether to put the reference's additional
 *	slash before the path
 * @method: HTTP method
 * @host: HostName of the agent, with its scheme
 * @path: path, begins with a slash
 * @once: single slash even where the reference has two
 * @body: JSON to send, or NULL
 * @out: answer; set only on success
 *
 * Return: 0, -EINVAL for an unusable host, -EHOSTUNREACH when there was no
 * answer, -ECANCELED while stopping, -EMSGSIZE for a body over 8 MiB.
 */
int client_call(struct standin *s, const char *method, const char *host,
		const char *path, bool once, const json_t *body,
		struct client_answer *out);

#endif
