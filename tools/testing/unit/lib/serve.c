// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve.h"

static const char tree_text[] =
"{\"/redfish/v1/\": {\"@odata.id\": \"/redfish/v1/\","
"  \"@odata.type\": \"#ServiceRoot.v1_20_0.ServiceRoot\", \"Id\": \"RootService\","
"  \"Systems\": {\"@odata.id\": \"/redfish/v1/Systems\"},"
"  \"Links\": {\"Sessions\": {\"@odata.id\": \"/redfish/v1/SessionService/Sessions\"}}},"
" \"/redfish/v1/Systems\": {\"@odata.id\": \"/redfish/v1/Systems\","
"  \"@odata.type\": \"#ComputerSystemCollection.ComputerSystemCollection\","
"  \"Members\": [{\"@odata.id\": \"" SERVE_SYSTEM "\"}], \"Members@odata.count\": 1},"
" \"" SERVE_SYSTEM "\": {\"@odata.id\": \"" SERVE_SYSTEM "\","
"  \"@odata.type\": \"#ComputerSystem.v1_24_0.ComputerSystem\", \"Id\": \"h\"},"
" \"" SERVE_PATCHED "\": {\"@odata.id\": \"" SERVE_PATCHED "\","
"  \"@odata.type\": \"#EventDestination.v1_16_0.EventDestination\","
"  \"Id\": \"SunfishServer\", \"Protocol\": \"Redfish\", \"Context\": \"\"}}";

static int on_context(const char *view, const char *context, void *ctx)
{
	struct serve *serve = ctx;

	snprintf(serve->context, sizeof(serve->context), "%s", context);
	return 0;
}

struct serve *serve_start(json_t *more, const struct service_limits *limits)
{
	struct serve *serve = calloc(1, sizeof(*serve));
	json_t *all = json_loads(tree_text, 0, NULL);
	struct service_setup setup = {
		.addr = "0.0.0.0",
		.hooks = { .context = on_context, .ctx = serve },
	};

	assert_non_null(all);
	if (more)
		json_object_update(all, more);
	json_decref(more);
	if (limits)
		setup.limits = *limits;
	assert_int_equal(sd_event_new(&serve->event), 0);
	serve->tree = tree_new();
	assert_true(tree_publish(serve->tree, all, 0) > 0);
	setup.event = serve->event;
	setup.tree = serve->tree;
	assert_int_equal(service_start(&serve->service, &setup), 0);
	return serve;
}

void serve_stop(struct serve *serve)
{
	service_stop(serve->service);
	tree_free(serve->tree);
	sd_event_unref(serve->event);
	free(serve);
}

int serve_connect(struct serve *serve, const char *from)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(service_port(serve->service)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	}, self = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	if (from) {
		assert_int_equal(inet_pton(AF_INET, from, &self.sin_addr), 1);
		assert_int_equal(bind(fd, (void *)&self, sizeof(self)), 0);
	}
	assert_true(!connect(fd, (void *)&to, sizeof(to)) ||
		    errno == EINPROGRESS);
	return fd;
}

void serve_settle(struct serve *serve, unsigned int ms)
{
	int r;

	do {
		r = sd_event_run(serve->event, ms * 1000ull);
		assert_true(r >= 0);
	} while (r > 0);
}

/* One read; false at the end of the connection. */
static bool read_some(struct serve *serve, int fd, size_t *n)
{
	ssize_t r = recv(fd, serve->answer + *n,
			 sizeof(serve->answer) - 1 - *n, 0);

	if (r > 0)
		*n += (size_t)r;
	serve->answer[*n] = '\0';
	return r > 0 || (r < 0 && errno == EAGAIN);
}

const char *serve_read(struct serve *serve, int fd)
{
	size_t n = 0, before;
	int silent = 0;

	serve->answer[0] = '\0';
	/* a round in which nothing comes takes at least 2 ms */
	while (silent < 200) {
		serve_settle(serve, 2);
		before = n;
		if (!read_some(serve, fd, &n))
			break;
		silent = n > before ? 0 : silent + 1;
	}
	return serve->answer;
}

const char *serve_ask(struct serve *serve, const char *from, const char *text,
		      size_t size)
{
	int fd = serve_connect(serve, from);

	serve_settle(serve, 0);
	assert_int_equal(send(fd, text, size, MSG_NOSIGNAL), (ssize_t)size);
	serve_read(serve, fd);
	close(fd);
	return serve->answer;
}

bool serve_closed(struct serve *serve, int fd)
{
	char c[4096];
	ssize_t n;

	serve_settle(serve, 0);
	while ((n = recv(fd, c, sizeof(c), 0)) > 0)
		;
	return !n || errno != EAGAIN;
}

size_t serve_resident(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%*u %lu", &pages), 1);
	fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}
