/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What the programs of the benchmarks share: a clock, statistics, a stream. */
#ifndef FABMON_BENCH_H
#define FABMON_BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* boottime_ns - CLOCK_BOOTTIME in ns, the clock of the modules' stamps */
int64_t boottime_ns(void);

/**
 * struct series - values measured, in ns
 * @count: how many are in @value
 * @sorted: they are in order
 */
struct series {
	int64_t value[10000];
	unsigned int count;
	bool sorted;
};

/* series_add - one more value; what does not fit is dropped */
void series_add(struct series *s, int64_t ns);

/* series_at - the value that @percent of all do not exceed; 0 without any */
int64_t series_at(struct series *s, unsigned int percent);

/* die - print what failed, and errno, and exit with 1 */
__attribute__((noreturn)) void die(const char *what);

/* monitor_open - Return: a socket in fabmon's group "monitor" */
int monitor_open(int rcvbuf);

/* sim - write a line to fabmon_sim, or die. Return: the ns it took. */
int64_t sim(const char *line);

#endif /* FABMON_BENCH_H */
