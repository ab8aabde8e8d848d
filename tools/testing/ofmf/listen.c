// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The listening socket. */
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listen.h"

static bool split(const char *where, char *addr, size_t len, const char **port)
{
	const char *colon = strrchr(where, ':');
	size_t n;

	if (!colon || colon == where || !colon[1] ||
	    strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
	    strlen(colon + 1) > 5)
		return false;
	n = (size_t)(colon - where);
	if (*where == '[' && colon[-1] == ']') {
		where++;
		n -= 2;
	}
	if (!n || n >= len)
		return false;
	memcpy(addr, where, n);
	addr[n] = '\0';
	*port = colon + 1;
	return true;
}

static int open_one(const struct addrinfo *ai)
{
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1, err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!bind(fd, ai->ai_addr, ai->ai_addrlen) && !listen(fd, 512))
		return fd;
	err = errno;
	close(fd);
	return -err;
}

static void tell_url(int fd, char *url, size_t len)
{
	struct sockaddr_storage sa;
	char host[64] = "", port[8] = "";
	socklen_t n = sizeof(sa);

	if (!getsockname(fd, (struct sockaddr *)&sa, &n))
		getnameinfo((struct sockaddr *)&sa, n, host, sizeof(host), port,
			    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
	snprintf(url, len, strchr(host, ':') ? "http://[%s]:%s" :
		 "http://%s:%s", host, port);
}

int listen_open(const char *where, char *url, size_t len, const char **why)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_PASSIVE }, *ai;
	const char *port;
	char addr[256];
	int fd;

	if (!split(where, addr, sizeof(addr), &port)) {
		*why = "not ADDR:PORT";
		return -EINVAL;
	}
	if (strlen(port) == 5 && strcmp(port, "65535") > 0) {
		*why = "port above 65535";
		return -EINVAL;
	}
	fd = getaddrinfo(addr, port, &hints, &ai);
	if (fd) {
		*why = gai_strerror(fd);
		return -EADDRNOTAVAIL;
	}
	fd = open_one(ai);
	freeaddrinfo(ai);
	if (fd < 0)
		*why = strerror(-fd);
	else
		tell_url(fd, url, len);
	return fd;
}
