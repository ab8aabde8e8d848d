// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Asking fabmond: one JSON document comes back, then it ends the connection. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli.h"

static int fail(const char *path, const char *who, int err)
{
	if (err == ENOENT || err == ECONNREFUSED) {
		fprintf(stderr, "fabmon: no fabmond answers at %s (systemctl status fabmon)\n",
			path);
		return CLI_EXIT_NO_DAEMON;
	}
	fprintf(stderr, "fabmon: cannot ask fabmond at %s: %s%s%s\n", path,
		strerror(err), err == EACCES ? ": that needs " : "",
		err == EACCES ? who : "");
	return err == EACCES ? CLI_EXIT_PERMISSION : CLI_EXIT_FAILURE;
}

static int reach(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || !connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	close(fd);
	return -1;
}

json_t *cli_ask(const char *path, const char *who, const json_t *request,
		int *code)
{
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	json_error_t error;
	json_t *answer;
	int fd = reach(path);

	if (fd < 0) {
		*code = fail(path, who, errno);
		free(text);
		return NULL;
	}
	/* one that ends the connection at once says no */
	if (text && dprintf(fd, "%s\n", text) < 0)
		answer = NULL;
	else
		answer = json_loadfd(fd, 0, &error);
	close(fd);
	free(text);
	if (!answer) {
		fprintf(stderr, request ?
			"fabmon: fabmond at %s did not answer: it may have ended, or this user may not ask it\n" :
			"fabmon: fabmond at %s sent no whole report\n", path);
		*code = CLI_EXIT_FAILURE;
	}
	return answer;
}
