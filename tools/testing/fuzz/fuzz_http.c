// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Bytes on a socket, to libmicrohttpd and the service around it. After each
 * input another client is served.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "service/service.h"
#include "site.h"

static sd_event *event;
static struct service *service;

static int on_context(const char *uri, const char *context, void *ctx)
{
	return 0;
}

static void start(void)
{
	struct service_setup setup = {
		.addr = "127.0.0.1",
		.limits = SERVICE_LIMITS_DEFAULT,
		.tree = fuzz_site()->tree,
		.hooks = { .context = on_context },
	};

	setup.limits.request_rate = setup.limits.request_burst = 1000000;
	fuzz_assert(!sd_event_new(&event));
	setup.event = event;
	fuzz_assert(!service_start(&service, &setup));
}

static int dial(void)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(service_port(service)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const struct linger at_once = { .l_onoff = 1 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	fuzz_assert(fd >= 0);
	/* or the ports of this host would be used up in a minute */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	fuzz_assert(!connect(fd, (void *)&to, sizeof(to)) ||
		    errno == EINPROGRESS);
	return fd;
}

static void run(void)
{
	while (sd_event_run(event, 0) > 0)
		;
}

static void say(int fd, const uint8_t *data, size_t size)
{
	run();
	if (size)
		send(fd, data, size, MSG_NOSIGNAL);
	run();
}

static void check_served(void)
{
	static const char text[] = "GET /redfish HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
	char answer[1024] = "";
	int fd = dial();

	say(fd, (const uint8_t *)text, sizeof(text) - 1);
	fuzz_assert(recv(fd, answer, sizeof(answer) - 1, 0) > 0);
	fuzz_assert(!strncmp(answer, "HTTP/1.1 200 ", 13));
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned int runs;
	char answer[4096];
	size_t half;
	int fd;

	if (!service)
		start();
	fd = dial();
	/* in two pieces; the first byte is the length of the first */
	half = size ? data[0] % size : 0;
	if (size > 1) {
		say(fd, data + 1, half);
		say(fd, data + 1 + half, size - 1 - half);
	}
	while (recv(fd, answer, sizeof(answer), 0) > 0)
		run();
	close(fd);
	run();
	if (++runs % 64 == 0)
		check_served();
	fuzz_site_check();
	return 0;
}
