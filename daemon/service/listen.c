// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The listening socket. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util/error.h"
#include "listen.h"

#define LISTEN_BACKLOG	128
#define SEND_BUFFER	(128 * 1024)

/*
 * Each connection has the buffer of the listening socket: an answer that is not
 * read is then held here, where it is counted, and not by the kernel.
 */
static int socket_listen(const struct addrinfo *ai)
{
	int one = 1, buffer = SEND_BUFFER;
	int fd, r;

	fd = socket(ai->ai_family,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_origin(-errno, "listening socket: cannot be made");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) < 0)
		r = error_origin(-errno, "listening socket: cannot be bound");
	else if (listen(fd, LISTEN_BACKLOG) < 0)
		r = error_origin(-errno, "listening socket: cannot listen");
	else
		return fd;
	close(fd);
	return r;
}

/**
 * svc_listen - listen at an address
 * @addr: number of an address, "localhost", or "*", "" or NULL for all: of both
 *	families where the host has both
 * @port: 0: any that is free
 *
 * Return: a descriptor; -EADDRNOTAVAIL for what is no address; what socket(2),
 * bind(2) and listen(2) set errno to.
 */
int svc_listen(const char *addr, uint16_t port)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
	};
	bool any = !addr || !*addr || !strcmp(addr, "*");
	struct addrinfo *ai;
	char service[8];
	int fd, r;

	snprintf(service, sizeof(service), "%u", port);
	if (any)
		addr = "::";
	else if (!strcasecmp(addr, "localhost"))
		addr = "127.0.0.1";
	r = getaddrinfo(addr, service, &hints, &ai);
	if (r)
		return error_origin(-EADDRNOTAVAIL, "address %s: %s", addr,
				    gai_strerror(r));
	fd = socket_listen(ai);
	freeaddrinfo(ai);
	if (any && fd == -EAFNOSUPPORT)
		return svc_listen("0.0.0.0", port);
	return fd;
}

/**
 * svc_listen_name - the address that a socket listens at
 * @port: set to its port
 * @origin: set to the origin that pages from there would have
 */
void svc_listen_name(int fd, bool tls, uint16_t *port, char *origin,
		     size_t size)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);
	char host[INET6_ADDRSTRLEN] = "";
	const struct sockaddr_in6 *sin6 = (const void *)&ss;
	const struct sockaddr_in *sin = (const void *)&ss;
	bool v6;

	getsockname(fd, (struct sockaddr *)&ss, &len);
	v6 = ss.ss_family == AF_INET6;
	*port = ntohs(v6 ? sin6->sin6_port : sin->sin_port);
	if (v6)
		inet_ntop(AF_INET6, &sin6->sin6_addr, host, sizeof(host));
	else
		inet_ntop(AF_INET, &sin->sin_addr, host, sizeof(host));
	snprintf(origin, size, v6 ? "%s://[%s]:%u" : "%s://%s:%u",
		 tls ? "https" : "http", host, *port);
}

