// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The published tree as files, for validators and for people.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tree.h"
#include "util/error.h"

#define PREFIX		"/redfish/v1"
#define FILE_NAME	"index.json"

/* Makes the directory and those above it. */
static int make_path(const char *path)
{
	char copy[PATH_MAX], *p = copy;

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
		return error_origin(-ENAMETOOLONG, "%s: its directories",
				    path);
	while (*p) {
		p += strspn(p, "/");
		p += strcspn(p, "/");
		if (*p) {
			*p = '\0';
			if (mkdir(copy, 0755) && errno != EEXIST)
				return error_origin(-errno, "%s: mkdir", copy);
			*p++ = '/';
		}
	}
	if (mkdir(copy, 0755) && errno != EEXIST)
		return error_origin(-errno, "%s: mkdir", copy);
	return 0;
}

/* A reader never sees half a file. */
static int write_file(const char *path, const json_t *resource)
{
	char temp[PATH_MAX];
	int fd, ret = 0;
	FILE *file;

	if (snprintf(temp, sizeof(temp), "%s.XXXXXX", path) >= (int)sizeof(temp))
		return error_origin(-ENAMETOOLONG, "%s: a name for writing it",
				    path);
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return error_origin(-errno, "%s: cannot be made", temp);
	file = fdopen(fd, "w");
	if (!file) {
		ret = error_origin(-errno, "%s: cannot be opened", temp);
		close(fd);
		goto remove;
	}
	errno = 0;
	if (fchmod(fd, 0644) || json_dumpf(resource, file, JSON_INDENT(2)) ||
	    fputc('\n', file) == EOF)
		ret = error_origin(errno ? -errno : -ENOMEM,
				   "%s: cannot be written", temp);
	if (fclose(file) && !ret)
		ret = error_origin(-errno, "%s: cannot be written", temp);
	if (!ret && rename(temp, path))
		ret = error_origin(-errno, "%s: cannot be replaced", path);
remove:
	if (ret)
		unlink(temp);
	return ret;
}

/* The part of a URI below the root; NULL where it is no path of ours. */
static const char *below_root(const char *uri)
{
	const char *rest;

	if (strncmp(uri, PREFIX, strlen(PREFIX)))
		return NULL;
	rest = uri + strlen(PREFIX);
	if (*rest && *rest != '/')
		return NULL;
	if (strstr(rest, "/../") || strstr(rest, "//") ||
	    (strlen(rest) >= 3 && !strcmp(rest + strlen(rest) - 3, "/..")))
		return NULL;
	return strcmp(rest, "/") ? rest : "";
}

int tree_dump(const struct tree *tree, const char *dir)
{
	char path[PATH_MAX - sizeof("/" FILE_NAME)], name[PATH_MAX];
	const char *uri, *rest;
	json_t *kept, *resource;
	int ret;

	ret = make_path(dir);
	if (ret)
		return ret;
	/* the iteration changes nothing; jansson's macro knows no const */
	json_object_foreach((json_t *)tree_all(tree), uri, kept) {
		rest = below_root(uri);
		if (!rest)
			return error_origin(-EINVAL, "%s: is not below " PREFIX,
					    uri);
		if (snprintf(path, sizeof(path), "%s%s", dir, rest) >=
		    (int)sizeof(path))
			return error_origin(-ENAMETOOLONG, "%s: in a file",
					    uri);
		ret = make_path(path);
		if (ret)
			return ret;
		snprintf(name, sizeof(name), "%s/" FILE_NAME, path);
		resource = tree_read(tree, uri);
		ret = write_file(name, resource);
		json_decref(resource);
		if (ret)
			return ret;
	}
	return 0;
}
