// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What the fault proxy does to one request. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "fault_priv.h"

#define SLOW_BYTES	64	/* of an answer, 1 ms each; then without pause */

/* Ends in a reset instead of an orderly close. */
static void reset(int fd)
{
	struct linger linger = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

/* For @ms, or until the client ends the connection. */
static void wait_client(struct fault_link *link, unsigned int ms)
{
	struct pollfd fd = { .fd = link->client, .events = POLLRDHUP };

	poll(&fd, 1, (int)ms);
}

/* Sends the request on, and reads the answer. */
static bool forward(struct fault_link *link,
		    const struct fault_message *request,
		    struct fault_message *answer)
{
	bool bodyless = !strncmp(request->data, "HEAD ", 5);

	if (link->server < 0)
		link->server = fault_connect(fault_target(link->proxy));
	return link->server >= 0 &&
	       fault_server_write(link, request->data, request->size) &&
	       fault_answer_read(link, answer, bodyless);
}

static bool answer_own(struct fault_link *link, const char *status,
		       const char *body)
{
	char text[512];
	int n;

	n = snprintf(text, sizeof(text),
		     "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
		     "Content-Length: %zu\r\n\r\n%s",
		     status, strlen(body), body);
	return fault_client_write(link, text, (size_t)n);
}

static bool answer_elsewhere(struct fault_link *link)
{
	char status[128];

	snprintf(status, sizeof(status),
		 "307 Temporary Redirect\r\nLocation: http://127.0.0.1:%d/elsewhere",
		 fault_redirect_port(link->proxy));
	return answer_own(link, status, "{}");
}

static bool answer_slowly(struct fault_link *link,
			  const struct fault_message *answer)
{
	static const struct timespec pause = { .tv_nsec = 1000000 };
	int one = 1;
	size_t i;

	setsockopt(link->client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	for (i = 0; i < answer->size; i++) {
		if (!fault_client_write(link, answer->data + i, 1))
			return false;
		if (i < SLOW_BYTES)
			nanosleep(&pause, NULL);
	}
	return true;
}

static bool answer_garbled(struct fault_link *link,
			   struct fault_message *answer)
{
	size_t i;

	for (i = answer->head; i < answer->size; i++)
		answer->data[i] ^= 0x15;
	return fault_client_write(link, answer->data, answer->size);
}

static bool twice(struct fault_link *link, const struct fault_message *request,
		  struct fault_message *answer)
{
	if (!forward(link, request, answer))
		return false;
	fault_message_clear(answer);
	close(link->server);
	link->server = -1;
	return forward(link, request, answer) &&
	       fault_client_write(link, answer->data, answer->size);
}

/* What needs the server. */
static bool done_with(struct fault_link *link, enum fault fault,
		      unsigned int ms,
		      const struct fault_message *request)
{
	struct fault_message answer = { 0 };
	bool stay = false;

	if (fault == FAULT_DELAY)
		wait_client(link, ms);
	if (fault == FAULT_DUPLICATE) {
		stay = twice(link, request, &answer);
	} else if (forward(link, request, &answer)) {
		switch (fault) {
		case FAULT_HANG_AFTER:
			wait_client(link, ms);
			break;
		case FAULT_CLOSE_AFTER:
			break;
		case FAULT_HALF:
			fault_client_write(link, answer.data, answer.size / 2);
			break;
		case FAULT_BYTES:
			stay = answer_slowly(link, &answer);
			break;
		case FAULT_GARBLED:
			stay = answer_garbled(link, &answer);
			break;
		default:
			stay = fault_client_write(link, answer.data, answer.size);
		}
	}
	fault_message_clear(&answer);
	return stay;
}

static void truncated(struct fault_link *link,
		      const struct fault_message *request)
{
	if (link->server < 0)
		link->server = fault_connect(fault_target(link->proxy));
	if (link->server >= 0)
		fault_server_write(link, request->data, request->size -
			     (request->size - request->head) / 2 - 1);
}

bool fault_handle(struct fault_link *link, const struct fault_message *request)
{
	static const char garbage[] = "\x16\x03\x01 not HTTP at all\r\n\r\n";
	unsigned int ms = 0;
	enum fault fault = fault_choose(link->proxy, request, &ms);

	switch (fault) {
	case FAULT_REFUSE:
		reset(link->client);
		return false;
	case FAULT_HANG_BEFORE:
		wait_client(link, ms);
		return false;
	case FAULT_500:
		return answer_own(link, "500 Internal Server Error", "{}");
	case FAULT_503:
		return answer_own(link, "503 Service Unavailable", "{}");
	case FAULT_400:
		return answer_own(link, "400 Bad Request", "{}");
	case FAULT_401:
		return answer_own(link, "401 Unauthorized", "{}");
	case FAULT_404:
		return answer_own(link, "404 Not Found", "{}");
	case FAULT_409:
		return answer_own(link, "409 Conflict", "{}");
	case FAULT_LIE:
		return answer_own(link, "200 OK", "[]");
	case FAULT_REDIRECT:
		return answer_elsewhere(link);
	case FAULT_GARBAGE:
		fault_client_write(link, garbage, sizeof(garbage) - 1);
		return false;
	case FAULT_CLOSE_BEFORE:
		return false;
	case FAULT_TRUNCATE:
		truncated(link, request);
		return false;
	default:
		return done_with(link, fault, ms, request);
	}
}
