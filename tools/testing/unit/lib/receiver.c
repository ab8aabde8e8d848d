// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "receiver.h"

struct receiver {
	struct MHD_Daemon *daemon;
	char *cert, *key;
	pthread_mutex_t lock;
	unsigned int status, delay;
	char name[64], value[256];
	size_t posts, largest, records;
	json_t *payloads, *headers;
};

struct post {
	char *body;
	size_t size;
	bool begun;
};

static enum MHD_Result on_header(void *ctx, enum MHD_ValueKind kind,
				 const char *name, const char *value)
{
	json_object_set_new(ctx, name, json_string(value ? value : ""));
	return MHD_YES;
}

static enum MHD_Result post_answer(struct receiver *r,
				   struct MHD_Connection *connection,
				   const struct post *post)
{
	struct MHD_Response *response;
	enum MHD_Result result;
	unsigned int status, delay;
	char name[64], value[256];
	json_t *json;

	pthread_mutex_lock(&r->lock);
	status = r->status;
	delay = r->delay;
	strcpy(name, r->name);
	strcpy(value, r->value);
	pthread_mutex_unlock(&r->lock);
	if (delay)
		usleep(delay * 1000);
	pthread_mutex_lock(&r->lock);
	r->posts++;
	if (post->size > r->largest)
		r->largest = post->size;
	if (status < 300) {
		json = json_loadb(post->body, post->size, 0, NULL);
		r->records += json_array_size(json_object_get(json, "Events"));
		json_array_append_new(r->payloads, json);
	}
	json_object_clear(r->headers);
	MHD_get_connection_values(connection, MHD_HEADER_KIND, on_header,
				  r->headers);
	pthread_mutex_unlock(&r->lock);
	response = MHD_create_response_from_buffer(0, (char *)"",
						   MHD_RESPMEM_PERSISTENT);
	if (*name)
		MHD_add_response_header(response, name, value);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection,
				  const char *url, const char *method,
				  const char *version, const char *data,
				  size_t *size, void **ctx)
{
	struct post *post = *ctx;

	if (!post) {
		*ctx = calloc(1, sizeof(*post));
		return MHD_YES;
	}
	if (!*size)
		return post_answer(cls, connection, post);
	post->body = realloc(post->body, post->size + *size);
	memcpy(post->body + post->size, data, *size);
	post->size += *size;
	*size = 0;
	return MHD_YES;
}

static void on_end(void *cls, struct MHD_Connection *connection, void **ctx,
		   enum MHD_RequestTerminationCode code)
{
	struct post *post = *ctx;

	if (post)
		free(post->body);
	free(post);
	*ctx = NULL;
}

static char *file_read(const char *path, const char *end)
{
	char name[512], *text = calloc(1, 65536);
	FILE *in;

	snprintf(name, sizeof(name), "%s.%s", path, end);
	in = fopen(name, "r");
	assert_non_null(in);
	assert_true(fread(text, 1, 65535, in) > 0);
	fclose(in);
	return text;
}

struct receiver *receiver_start(uint16_t port, const char *cert)
{
	struct receiver *r = calloc(1, sizeof(*r));
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	unsigned int flags = MHD_USE_THREAD_PER_CONNECTION |
			     MHD_USE_INTERNAL_POLLING_THREAD;

	r->status = 204;
	r->payloads = json_array();
	r->headers = json_object();
	pthread_mutex_init(&r->lock, NULL);
	if (cert) {
		r->cert = file_read(cert, "crt");
		r->key = file_read(cert, "key");
		flags |= MHD_USE_TLS;
	}
	r->daemon = MHD_start_daemon(flags, port, NULL, NULL, on_request, r,
		MHD_OPTION_SOCK_ADDR, &sin,
		MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u,
		MHD_OPTION_NOTIFY_COMPLETED, on_end, NULL,
		cert ? MHD_OPTION_HTTPS_MEM_KEY : MHD_OPTION_END, r->key,
		MHD_OPTION_HTTPS_MEM_CERT, r->cert, MHD_OPTION_END);
	assert_non_null(r->daemon);
	return r;
}

void receiver_stop(struct receiver *r)
{
	if (!r)
		return;
	MHD_stop_daemon(r->daemon);
	json_decref(r->payloads);
	json_decref(r->headers);
	free(r->cert);
	free(r->key);
	free(r);
}

uint16_t receiver_port(const struct receiver *r)
{
	return MHD_get_daemon_info(r->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void receiver_answer(struct receiver *r, unsigned int status,
		     unsigned int delay)
{
	pthread_mutex_lock(&r->lock);
	r->status = status;
	r->delay = delay;
	pthread_mutex_unlock(&r->lock);
}

void receiver_header(struct receiver *r, const char *name, const char *value)
{
	pthread_mutex_lock(&r->lock);
	snprintf(r->name, sizeof(r->name), "%s", name);
	snprintf(r->value, sizeof(r->value), "%s", value);
	pthread_mutex_unlock(&r->lock);
}

size_t receiver_posts(struct receiver *r)
{
	size_t n;

	pthread_mutex_lock(&r->lock);
	n = r->posts;
	pthread_mutex_unlock(&r->lock);
	return n;
}

size_t receiver_largest(struct receiver *r)
{
	size_t n;

	pthread_mutex_lock(&r->lock);
	n = r->largest;
	pthread_mutex_unlock(&r->lock);
	return n;
}

size_t receiver_count(struct receiver *r)
{
	size_t n;

	pthread_mutex_lock(&r->lock);
	n = r->records;
	pthread_mutex_unlock(&r->lock);
	return n;
}

json_t *receiver_payloads(struct receiver *r)
{
	json_t *copy;

	pthread_mutex_lock(&r->lock);
	copy = json_deep_copy(r->payloads);
	pthread_mutex_unlock(&r->lock);
	return copy;
}

json_t *receiver_records(struct receiver *r)
{
	json_t *payloads = receiver_payloads(r), *records = json_array();
	json_t *payload;
	size_t i;

	json_array_foreach(payloads, i, payload)
		json_array_extend(records, json_object_get(payload, "Events"));
	json_decref(payloads);
	return records;
}

bool receiver_had(struct receiver *r, const char *name, const char *value)
{
	const char *had;
	bool same;

	pthread_mutex_lock(&r->lock);
	had = json_string_value(json_object_get(r->headers, name));
	same = had && !strcmp(had, value);
	pthread_mutex_unlock(&r->lock);
	return same;
}
