/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * How long processes were kept waiting for a processor: what a busy machine adds
 * to the time that something takes.
 */
#ifndef FABMON_TEST_WAITED_H
#define FABMON_TEST_WAITED_H

#include <stdint.h>
#include <sys/types.h>

#define WAITED_THREADS	256

struct waited {
	pid_t thread[WAITED_THREADS];
	uint64_t had[WAITED_THREADS];	/* ns */
	uint64_t total;			/* ns */
};

/**
 * waited_add - look at all threads of a process
 *
 * To be called often: of each thread counts what comes between two calls.
 * Nothing is added where the kernel does not say it.
 */
void waited_add(struct waited *waited, pid_t pid);

#endif /* FABMON_TEST_WAITED_H */
