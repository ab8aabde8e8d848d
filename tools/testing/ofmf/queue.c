// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The order of a crawl: sorted, parents first, each URI once. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "jsonx.h"
#include "queue.h"
#include "standin.h"

int queue_init(struct queue *q)
{
	memset(q, 0, sizeof(*q));
	q->seen = json_object();
	return q->seen ? 0 : -ENOMEM;
}

void queue_clear(struct queue *q)
{
	while (q->n)
		free(q->uris[--q->n]);
	free(q->uris);
	json_decref(q->seen);
}

void queue_again(struct queue *q, const char *uri)
{
	size_t lo = 0, hi = q->n;
	char *copy = strdup(uri);

	if (q->n == q->room) {
		size_t room = q->room ? 2 * q->room : 64;
		char **uris = realloc(q->uris, room * sizeof(*uris));

		if (!uris) {
			free(copy);
			return;
		}
		q->uris = uris;
		q->room = room;
	}
	if (!copy)
		return;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (strcmp(q->uris[mid], uri) >= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	memmove(q->uris + lo + 1, q->uris + lo, (q->n - lo) * sizeof(*q->uris));
	q->uris[lo] = copy;
	q->n++;
}

bool queue_enter(struct queue *q, const char *uri)
{
	if (json_object_get(q->seen, uri) ||
	    json_object_size(q->seen) >= QUEUE_SEEN_MAX)
		return false;
	json_object_set_new(q->seen, uri, json_true());
	queue_again(q, uri);
	return true;
}

char *queue_next(struct queue *q)
{
	return q->n ? q->uris[--q->n] : NULL;
}

bool queue_enter_parents(struct queue *q, const char *uri)
{
	size_t root = strlen(STANDIN_ROOT "/");
	char *copy = strdup(uri), *p;
	bool any = false;

	if (!copy || strncmp(uri, STANDIN_ROOT "/", root)) {
		free(copy);
		return false;
	}
	/* the first ancestor fetched is the member of a top collection */
	p = strchr(copy + root, '/');
	while (p && (p = strchr(p + 1, '/'))) {
		*p = '\0';
		any |= queue_enter(q, copy);
		*p = '/';
	}
	free(copy);
	return any;
}

void queue_enter_links(struct queue *q, const json_t *val)
{
	const char *uri = jsonx_str(val, "@odata.id");
	const char *key;
	json_t *item;
	size_t i;

	if (uri)
		queue_enter(q, uri);
	json_array_foreach((json_t *)val, i, item)
		queue_enter_links(q, item);
	json_object_foreach((json_t *)val, key, item)
		if (strcmp(key, "Sunfish_RM"))
			queue_enter_links(q, item);
}
