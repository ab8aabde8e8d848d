/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef REST_H
#define REST_H

#include <jansson.h>

struct reply;
struct standin;

/*
 * Requests of clients on the tree. @uri has no double slashes and no trailing
 * one, except that of "/redfish/v1/".
 */
void rest_get(struct standin *s, const char *uri, struct reply *r);
void rest_post(struct standin *s, const char *uri, json_t *body,
	       struct reply *r);
void rest_patch(struct standin *s, const char *uri, json_t *body,
		struct reply *r);
void rest_delete(struct standin *s, const char *uri, struct reply *r);

/* POST /standin/lose: out of its collection, as in a race of the reference */
void rest_lose(struct standin *s, const char *uri, struct reply *r);

/* POST /ResetResources */
void rest_reset(struct standin *s, struct reply *r);

#endif
