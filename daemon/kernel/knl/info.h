/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The module's information about itself: version, instance, counters, providers. */
#ifndef FABMON_KNL_INFO_H
#define FABMON_KNL_INFO_H

#include <stddef.h>
#include <stdint.h>
#include <linux/netlink.h>

/* Providers and absent capabilities that are kept; there are fewer. */
#define KNL_PROVIDERS_MAX	8
#define KNL_ABSENCES_MAX	32

struct knl_provider {
	char name[32];
	char version[32];
	uint32_t nodes;
	uint64_t added, changed, unchanged, deleted, events;
};

struct knl_absence {
	uint32_t capability;		/* FABMON_CAPABILITY_* bits */
	char reason[128];
};

struct knl_info {
	uint64_t has;			/* FABMON_A_INFO_* */
	char version[32];
	uint32_t abi;
	uint64_t instance;
	uint64_t seq;
	uint32_t nodes;
	uint32_t capabilities;
	uint64_t lost_build, lost_hook, lost_send;
	uint32_t ring_size, ring_used;
	uint64_t ring_bytes, ring_dropped;
	struct knl_provider providers[KNL_PROVIDERS_MAX];
	size_t n_providers;
	struct knl_absence absences[KNL_ABSENCES_MAX];
	size_t n_absences;
};

/**
 * knl_info_parse - take the answer to info-get apart (pure; fuzzed)
 * @hdr: the message; @len bytes of it are readable
 * @info: filled on success; owns nothing
 *
 * Return: 0 or -EBADMSG.
 */
int knl_info_parse(const struct nlmsghdr *hdr, size_t len,
		   struct knl_info *info);

#endif /* FABMON_KNL_INFO_H */
