// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The two kinds of files that a golden host consists of: JSON, and the text
 * that stands for many files of sysfs and procfs. Both may begin with lines
 * of comment, which start with # and tell where the host is from.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "golden.h"

#define PATH_SIZE	1024

static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

static void free_text(char **text)
{
	free(*text);
}

#define auto_file __attribute__((cleanup(close_file))) FILE
#define auto_text __attribute__((cleanup(free_text))) char

/* Leaves the stream at the first line that is no comment. */
static void skip_comments(FILE *file)
{
	int c;

	while ((c = fgetc(file)) == '#')
		while ((c = fgetc(file)) != '\n' && c != EOF)
			;
	if (c != EOF)
		ungetc(c, file);
}

json_t *golden_text_load(const char *path)
{
	auto_file *file = fopen(path, "re");
	json_error_t error;
	json_t *json;

	if (!file) {
		fprintf(stderr, "golden: %s: %m\n", path);
		return NULL;
	}
	skip_comments(file);
	json = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_array(json)) {
		fprintf(stderr, "golden: %s: %s\n", path,
			json ? "not an array" : error.text);
		json_decref(json);
		return NULL;
	}
	return json;
}

/* Make the directories that lead to @path. */
static int make_parents(char *path)
{
	char *p;

	for (p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	return 0;
}

static FILE *create(char *path)
{
	return make_parents(path) ? NULL : fopen(path, "we");
}

/* "PATH = TEXT", "PATH -> TARGET", or "PATH:" before lines with a tab. */
static int unpack_entry(const char *dir, char *line, FILE **open)
{
	char path[PATH_SIZE], *sign;
	FILE *file = NULL;
	int ret = 0;

	sign = strpbrk(line, " ");
	if (!sign)
		sign = line + strlen(line) - 1;
	if (*line != '/' || sign == line ||
	    snprintf(path, sizeof(path), "%s%.*s", dir, (int)(sign - line),
		     line) >= (int)sizeof(path) || strstr(path, "/.."))
		return -EINVAL;
	if (!strncmp(sign, " -> ", 4)) {
		ret = make_parents(path);
		return ret ? ret : symlink(sign + 4, path) ? -errno : 0;
	}
	if (strcmp(sign, ":") && strncmp(sign, " = ", 3))
		return -EINVAL;
	file = create(path);
	if (!file)
		return -errno;
	if (*sign == ':')
		*open = file;
	else if (fprintf(file, "%s\n", sign + 3) < 0 || fclose(file))
		ret = -EIO;
	return ret;
}

int golden_files_unpack(const char *path, const char *dir)
{
	auto_file *file = fopen(path, "re"), *out = NULL;
	unsigned int number = 0;
	auto_text *line = NULL;
	size_t size = 0;
	int ret = 0;

	if (!file) {
		ret = -errno;
		fprintf(stderr, "golden: %s: %m\n", path);
		return ret;
	}
	while (!ret && getline(&line, &size, file) > 0) {
		number++;
		line[strcspn(line, "\n")] = '\0';
		if (*line == '#' || !*line)
			continue;
		if (*line == '\t') {
			if (!out || fprintf(out, "%s\n", line + 1) < 0)
				ret = -EINVAL;
			continue;
		}
		if (out)
			fclose(out);
		out = NULL;
		ret = unpack_entry(dir, line, &out);
	}
	if (ret)
		fprintf(stderr, "golden: %s:%u: %s\n", path, number,
			strerror(-ret));
	return ret;
}
