/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Parts of reading the host that tests call one by one. */
#ifndef FABMON_HOST_PRIV_H
#define FABMON_HOST_PRIV_H

#include "host.h"

/* As host_read(), with another root of procfs. */
int host_read_at(struct model_host *host, const char *sysfs, const char *proc,
		 const char *id);

/* Processor packages and memory; cpu.c. 0 or -ENOMEM. */
int host_read_cpus(struct model_host *host, const char *sysfs,
		   const char *proc);
/* Which package each NUMA node belongs to; numa.c. 0 or -ENOMEM. */
int host_read_numa(struct model_host *host, const char *sysfs);
uint64_t host_read_memory(const char *proc);
/* The processor says that it runs under a hypervisor. */
bool host_cpu_is_virtual(const char *proc);

/* Network devices of an RDMA port and those above; net.c. 0 or -ENOMEM. */
int host_read_netdevs(struct model_node *port, const char *sysfs);

/*
 * Which of the kernel's objects a directory of sysfs is: malloc()ed; NULL: not
 * known. birth.c.
 */
char *host_birth(int dir);

/* A vendor left this in place of a value. Pure. */
bool host_is_filler(const char *text);
/* Lower case with dashes into @uuid; false if it is none or a filler. Pure. */
bool host_parse_uuid(const char *text, char uuid[37]);

#endif /* FABMON_HOST_PRIV_H */
