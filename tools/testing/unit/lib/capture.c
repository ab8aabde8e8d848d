// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"

#define CAPTURE_MAX	65536

void capture_begin(struct capture *capture)
{
	fflush(stderr);
	capture->stderr_fd = dup(STDERR_FILENO);
	capture->file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	dup2(capture->file, STDERR_FILENO);
}

char *capture_end(struct capture *capture)
{
	char *text = calloc(1, CAPTURE_MAX);

	fflush(stderr);
	if (!text || pread(capture->file, text, CAPTURE_MAX - 1, 0) < 0)
		abort();
	dup2(capture->stderr_fd, STDERR_FILENO);
	close(capture->stderr_fd);
	close(capture->file);
	fputs(text, stderr);
	return text;
}

unsigned int capture_lines(const char *text, const char *word)
{
	unsigned int lines = 0;

	while ((text = strstr(text, word))) {
		lines++;
		text += strcspn(text, "\n");
	}
	return lines;
}
