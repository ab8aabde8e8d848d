/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Kill points: places in a program where it can be made to kill itself, and a
 * sweep that does so at each of them, one run after the other.
 *
 * A program is linked with --wrap for the functions that it sweeps over, wraps
 * them with KILL_WRAP, and includes kill_store.h once for those of SQLite.
 */
#ifndef FABMON_TEST_KILL_H
#define FABMON_TEST_KILL_H

#include <stdbool.h>

/* Before or after (@side) @where; here the process may end. */
void kill_point(const char *where, const char *side);
/* Points are counted from here on; die at that one, 0: never. */
void kill_arm(unsigned int at);
/* How many were passed, by this process and those it forked since. */
unsigned int kill_points(void);

#define KILL_WRAP(type, name, params, args)		\
	type __real_##name params;			\
	type __wrap_##name params;			\
	type __wrap_##name params			\
	{						\
		type r;					\
							\
		kill_point(#name, "before");		\
		r = __real_##name args;			\
		kill_point(#name, "after");		\
		return r;				\
	}

/**
 * typedef kill_life - a life of the program that is swept over
 * @first: else it is the one after a kill
 *
 * Return: an exit status.
 */
typedef int (*kill_life)(bool first, void *ctx);

/* Runs one in a process of its own. Return: a status for wait(2)'s macros. */
int kill_life_run(kill_life life, bool first, void *ctx);

#define KILL_SURVIVED	0
#define KILL_FAILED	1
#define KILL_NOT	3	/* it ended before the point */

/**
 * typedef kill_run - a run with a kill at a point, and the life after it
 * @points: NULL, or set to how many there are
 */
typedef int (*kill_run)(const void *mode, unsigned int at,
			unsigned int *points);

/* All points, some at a time; reported as TAP. Return: all were survived. */
bool kill_sweep(int number, const char *name, kill_run run, const void *mode);

#endif /* FABMON_TEST_KILL_H */
