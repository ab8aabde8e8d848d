/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Captures what is written to standard error: the log. */
#ifndef FABMON_TEST_CAPTURE_H
#define FABMON_TEST_CAPTURE_H

struct capture {
	int file;	/* takes what is written */
	int stderr_fd;	/* where it went before */
};

void capture_begin(struct capture *capture);
/* Writes to standard error again; the captured text first. It is malloc()ed. */
char *capture_end(struct capture *capture);
/* Lines of @text with @word. */
unsigned int capture_lines(const char *text, const char *word);

#endif /* FABMON_TEST_CAPTURE_H */
