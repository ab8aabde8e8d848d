// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "waited.h"

static void thread_add(struct waited *waited, pid_t pid, pid_t thread)
{
	size_t at = (size_t)thread % WAITED_THREADS;
	unsigned long long ns = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", (int)pid,
		 (int)thread);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fscanf(file, "%*u %llu", &ns) != 1)
		ns = 0;
	fclose(file);
	/* of one that is new, or took another's place, what comes counts */
	if (waited->thread[at] == thread && ns > waited->had[at])
		waited->total += ns - waited->had[at];
	waited->thread[at] = thread;
	waited->had[at] = ns;
}

void waited_add(struct waited *waited, pid_t pid)
{
	struct dirent *entry;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			thread_add(waited, pid, atoi(entry->d_name));
	closedir(dir);
}
