// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Processors and memory of the host.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "priv.h"
#include "sysfs.h"
#include "util/error.h"

#define MAX_PACKAGES	1024

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

static FILE *open_proc(const char *proc, const char *name)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", proc, name) >=
	    (int)sizeof(path))
		return NULL;
	return fopen(path, "re");
}

/*
 * Value of "key : value" in the first processor's block of cpuinfo, malloc()ed;
 * all packages of a host are alike. NULL where there is none.
 */
static char *cpuinfo_get(const char *proc, const char *key)
{
	auto_file *file = open_proc(proc, "cpuinfo");
	size_t size = 0, len = strlen(key);
	auto_text *line = NULL;
	char *p;

	while (file && getline(&line, &size, file) > 1) {
		if (strncmp(line, key, len))
			continue;
		p = line + len;
		p += strspn(p, " \t");
		if (*p++ != ':')
			continue;
		p += strspn(p, " \t");
		p[strcspn(p, "\n")] = '\0';
		return *p ? strdup(p) : NULL;
	}
	return NULL;
}

bool host_cpu_is_virtual(const char *proc)
{
	auto_text *flags = cpuinfo_get(proc, "flags");
	char *flag, *save = NULL;

	for (flag = flags ? strtok_r(flags, " ", &save) : NULL; flag;
	     flag = strtok_r(NULL, " ", &save))
		if (!strcmp(flag, "hypervisor"))
			return true;
	return false;
}

uint64_t host_read_memory(const char *proc)
{
	auto_file *file = open_proc(proc, "meminfo");
	unsigned long long kib;
	auto_text *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0)
		if (sscanf(line, "MemTotal: %llu kB", &kib) == 1)
			return kib * 1024;
	return 0;
}

static struct model_cpu *package_get(struct model_host *host,
				     unsigned int package)
{
	struct model_cpu *cpus;
	size_t i;

	for (i = 0; i < host->n_cpus; i++)
		if (host->cpus[i].package == package)
			return &host->cpus[i];
	if (host->n_cpus == MAX_PACKAGES)
		return NULL;
	cpus = reallocarray(host->cpus, host->n_cpus + 1, sizeof(*cpus));
	if (!cpus)
		return NULL;
	host->cpus = cpus;
	memset(&cpus[host->n_cpus], 0, sizeof(*cpus));
	cpus[host->n_cpus].package = package;
	return &cpus[host->n_cpus++];
}

/* A core is counted at the first of its threads. */
static int count_cpu(struct model_host *host, const char *sysfs,
		     unsigned int number)
{
	char path[64], text[SYSFS_MAX];
	struct model_cpu *cpu;
	uint64_t package;
	int dir;

	snprintf(path, sizeof(path), "devices/system/cpu/cpu%u/topology",
		 number);
	dir = sysfs_open(sysfs, path);
	if (dir < 0)
		return 0;		/* offline */
	/* firmware that knows none makes the kernel print -1 */
	package = sysfs_number(dir, "physical_package_id", 0);
	cpu = package_get(host, package < UINT_MAX ? package : 0);
	if (cpu) {
		cpu->threads++;
		if (sysfs_read(dir, "thread_siblings_list", text,
			       sizeof(text)) <= 0 ||
		    strtoul(text, NULL, 10) == number)
			cpu->cores++;
	}
	close(dir);
	return cpu ? 0 : error_origin(-ENOMEM, "host: processor %u", number);
}

static int compare_cpus(const void *a, const void *b)
{
	const struct model_cpu *x = a, *y = b;

	return (x->package > y->package) - (x->package < y->package);
}

static int count_cpus(struct model_host *host, const char *sysfs)
{
	struct dirent *entry;
	unsigned int number;
	DIR *stream = NULL;
	int ret = 0, dir, fd, len;

	dir = sysfs_open(sysfs, "devices/system/cpu");
	if (dir < 0)
		return 0;
	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	close(dir);
	if (fd >= 0)
		stream = fdopendir(fd);
	if (!stream) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while (!ret && (entry = readdir(stream)))
		if (sscanf(entry->d_name, "cpu%u%n", &number, &len) == 1 &&
		    !entry->d_name[len])
			ret = count_cpu(host, sysfs, number);
	closedir(stream);
	return ret;
}

int host_read_cpus(struct model_host *host, const char *sysfs, const char *proc)
{
	auto_text *vendor = cpuinfo_get(proc, "vendor_id");
	auto_text *model = cpuinfo_get(proc, "model name");
	struct model_cpu *cpu;
	size_t i;
	int ret;

	ret = count_cpus(host, sysfs);
	if (ret)
		return ret;
	/* there always is one that runs this */
	if (!host->n_cpus && !package_get(host, 0))
		return error_origin(-ENOMEM, "host: the processor");
	qsort(host->cpus, host->n_cpus, sizeof(*host->cpus), compare_cpus);
	for (i = 0; i < host->n_cpus; i++) {
		cpu = &host->cpus[i];
		cpu->vendor = vendor ? strdup(vendor) : NULL;
		cpu->model = model ? strdup(model) : NULL;
		if ((vendor && !cpu->vendor) || (model && !cpu->model))
			return error_origin(-ENOMEM, "host: processor %u",
					    cpu->package);
	}
	return 0;
}
