// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Log lines.
 *
 * They go to stderr: under systemd with the level in the journal's form
 * ("<4>..."), so that the journal knows unit and process without a second
 * socket; elsewhere with the level as a word. The number of lines in a time is
 * bounded, so that a broken device cannot fill the disk; how many were left out
 * is logged.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define WINDOW		10		/* seconds */
#define WINDOW_LINES	200
#define LINE_MAX_LEN	1024

static struct {
	const char *name;
	int level;
	bool journal;
	time_t window;
	unsigned int lines, dropped;
} state = { .name = "fabmond", .level = LOG_INFO };

/* systemd names the device and inode of the stream that it gave us. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
	       !fstat(STDERR_FILENO, &st) && st.st_dev == dev &&
	       st.st_ino == ino;
}

void log_open(const char *name, int level)
{
	state.name = name;
	state.level = level;
	state.journal = stderr_is_journal();
}

void log_set_level(int level)
{
	state.level = level;
}

static const char *level_name(int level)
{
	if (level <= LOG_ERR)
		return "error";
	if (level == LOG_WARNING)
		return "warning";
	return level == LOG_DEBUG ? "debug" : "info";
}

static void emit(int level, const char *text)
{
	if (state.journal)
		fprintf(stderr, "<%d>%s\n", level, text);
	else
		fprintf(stderr, "%s: %s: %s\n", state.name, level_name(level),
			text);
}

/* Debug is asked for, and then all of it is wanted. */
static bool within_bounds(int level)
{
	struct timespec now;
	char text[80];

	if (level == LOG_DEBUG)
		return true;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec - state.window >= WINDOW) {
		if (state.dropped) {
			snprintf(text, sizeof(text),
				 "log: %u lines left out, there were too many",
				 state.dropped);
			emit(LOG_WARNING, text);
		}
		state.window = now.tv_sec;
		state.lines = 0;
		state.dropped = 0;
	}
	if (state.lines == WINDOW_LINES) {
		state.dropped++;
		return false;
	}
	state.lines++;
	return true;
}

void log_line(int level, const char *format, ...)
{
	char text[LINE_MAX_LEN], *p;
	va_list args;

	if (level > state.level || !within_bounds(level))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	/* names come from devices: no second line, no terminal sequences */
	for (p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	emit(level, text);
}
