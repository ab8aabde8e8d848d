// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Requests and answers of the fault proxy, byte for byte. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fault_priv.h"

#define MESSAGE_MAX	(16u * 1024 * 1024)	/* bytes */

/* ---- sockets ------------------------------------------------------------ */

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static void at_loopback(struct sockaddr_in *addr, int port)
{
	memset(addr, 0, sizeof(*addr));
	addr->sin_family = AF_INET;
	addr->sin_port = htons((uint16_t)port);
	addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

int fault_connect(int port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	struct sockaddr_in addr;

	at_loopback(&addr, port);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (port && !connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	close(fd);
	return -1;
}

static ssize_t client_read(struct fault_link *link, void *buf, size_t size)
{
	ssize_t n;

	if (!link->tls)
		return recv(link->client, buf, size, 0);
	do
		n = gnutls_record_recv(link->tls, buf, size);
	while (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED);
	return n;
}

bool fault_client_write(struct fault_link *link, const char *data, size_t size)
{
	while (size) {
		ssize_t n = link->tls ?
			gnutls_record_send(link->tls, data, size) :
			send(link->client, data, size, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		data += n;
		size -= (size_t)n;
	}
	return true;
}

bool fault_server_write(struct fault_link *link, const char *data, size_t size)
{
	while (size) {
		ssize_t n = send(link->server, data, size, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		data += n;
		size -= (size_t)n;
	}
	return true;
}

/* ---- messages ----------------------------------------------------------- */

static const char *header(const struct fault_message *m, const char *name)
{
	const char *line = m->data;
	size_t len = strlen(name);

	while ((line = strstr(line, "\r\n")) && line < m->data + m->head) {
		line += 2;
		if (!strncasecmp(line, name, len) && line[len] == ':')
			return line + len + 1;
	}
	return NULL;
}

static int status_of(const struct fault_message *m)
{
	return m->size > 12 && !strncmp(m->data, "HTTP/1.", 7) ?
		atoi(m->data + 9) : 0;
}

/* Whether all of it is there; @eof: no more will come. */
static bool complete(struct fault_message *m, bool answer, bool bodyless,
		     bool eof)
{
	const char *end = m->data ? strstr(m->data, "\r\n\r\n") : NULL;
	const char *value;
	int status;

	if (!end)
		return false;
	m->head = (size_t)(end - m->data) + 4;
	status = answer ? status_of(m) : 0;
	value = header(m, "Content-Length");
	if (bodyless || status == 204 || status == 304)
		m->whole = true;
	else if (value)
		m->whole = m->size - m->head >= strtoul(value, NULL, 10);
	else if (header(m, "Transfer-Encoding"))
		m->whole = m->size - m->head >= 5 &&
			   !strcmp(m->data + m->size - 5, "0\r\n\r\n");
	else
		m->whole = !answer || eof;
	return m->whole;
}

static bool message_add(struct fault_message *m, const char *data, size_t size)
{
	if (m->size + size > MESSAGE_MAX)
		return false;
	m->data = must(realloc(m->data, m->size + size + 1));
	memcpy(m->data + m->size, data, size);
	m->size += size;
	m->data[m->size] = '\0';
	return true;
}

void fault_message_clear(struct fault_message *m)
{
	free(m->data);
	memset(m, 0, sizeof(*m));
}

bool fault_request_read(struct fault_link *link, struct fault_message *m)
{
	char buf[65536];
	ssize_t n;

	while (!complete(m, false, false, false)) {
		n = client_read(link, buf, sizeof(buf));
		if (n <= 0 || !message_add(m, buf, (size_t)n))
			return false;
	}
	return true;
}

bool fault_answer_read(struct fault_link *link, struct fault_message *m,
		       bool bodyless)
{
	char buf[65536];
	ssize_t n;

	while (!complete(m, true, bodyless, false)) {
		n = recv(link->server, buf, sizeof(buf), 0);
		if (n <= 0)
			return complete(m, true, bodyless, true);
		if (!message_add(m, buf, (size_t)n))
			return false;
	}
	return true;
}
