// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Files with certificates, keys and accounts. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/error.h"
#include "account.h"
#include "file.h"

#define FILE_MAX_SIZE	(1024u * 1024)

static int file_check(const char *path, const struct stat *st, bool secret,
		      char *error, size_t size)
{
	if (!S_ISREG(st->st_mode))
		snprintf(error, size, "%s: it must be a file", path);
	else if (st->st_size > FILE_MAX_SIZE)
		snprintf(error, size, "%s: it is larger than %u bytes", path,
			 FILE_MAX_SIZE);
	else if (secret && st->st_mode & S_IRWXO)
		snprintf(error, size, "%s: everybody on the host may use it: chmod o= %s",
			 path, path);
	else
		return 0;
	return -EBADMSG;
}

static int fd_read(int fd, char *data, size_t *size)
{
	size_t n = 0;
	ssize_t r;

	while (n < *size) {
		r = read(fd, data + n, *size - n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (!r)
			break;
		n += (size_t)r;
	}
	*size = n;
	data[n] = '\0';
	return 0;
}

/**
 * svc_file_read - all of a file
 * @secret: refuse one that everybody on the host may read or write
 * @data: set to its @size bytes and a NUL; svc_file_free() it
 * @error: set to what is wrong and how it gets right
 *
 * Return: 0; -EBADMSG with the reason in @error; -ENOMEM with its origin.
 */
int svc_file_read(const char *path, bool secret, char **data, size_t *size,
		  char *error, size_t error_size)
{
	struct stat st;
	int fd, r;

	*data = NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0) {
		snprintf(error, error_size, "%s: %s: check the path and its permissions",
			 path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -EBADMSG;
	}
	r = file_check(path, &st, secret, error, error_size);
	*size = (size_t)st.st_size;
	if (!r)
		*data = malloc(*size + 1);
	if (!r && !*data)
		r = error_origin(-ENOMEM, "%s: no memory for %zu bytes", path,
				 *size);
	if (!r && fd_read(fd, *data, size)) {
		snprintf(error, error_size, "%s: it cannot be read: %s", path,
			 strerror(errno));
		r = -EBADMSG;
	}
	close(fd);
	if (r) {
		free(*data);
		*data = NULL;
	}
	return r;
}

/* NULL is none. */
void svc_file_free(char *data, size_t size)
{
	if (data)
		explicit_bzero(data, size);
	free(data);
}

/**
 * svc_accounts_load - the accounts of a file
 * @accounts: set to them; wipe and free() them
 *
 * Return: 0; -EBADMSG with the reason in @error; -ENOMEM with its origin.
 */
int svc_accounts_load(struct svc_accounts **accounts, const char *path,
		      char *error, size_t size)
{
	struct svc_accounts *new;
	char phrase[256], *data;
	size_t n;
	int r;

	r = svc_file_read(path, true, &data, &n, error, size);
	if (r)
		return r;
	new = calloc(1, sizeof(*new));
	r = new ? svc_accounts_parse(new, data, n, phrase, sizeof(phrase)) :
		  error_origin(-ENOMEM, "%s: no memory for accounts", path);
	svc_file_free(data, n);
	if (!r) {
		*accounts = new;
		return 0;
	}
	if (r == -EBADMSG)
		snprintf(error, size, "%s: %s", path, phrase);
	if (new)
		explicit_bzero(new, sizeof(*new));
	free(new);
	return r;
}
