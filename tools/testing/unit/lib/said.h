/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What goes to standard error meanwhile: the log. */
#ifndef FABMON_TEST_SAID_H
#define FABMON_TEST_SAID_H

struct said {
	int said, err;
};

void said_begin(struct said *said);
/* Says it after all; what it was is malloc()ed. */
char *said_end(struct said *said);
/* Lines of @text with @word. */
unsigned int said_lines(const char *text, const char *word);

#endif /* FABMON_TEST_SAID_H */
