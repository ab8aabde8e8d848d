// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The answer to info-get taken apart, without any I/O. */
#include <errno.h>
#include <string.h>

#include "field.h"
#include "info.h"
#include "util/error.h"

_Static_assert(FABMON_A_INFO_MAX < 64, "sets of attributes are u64");

#define PROVIDER(type, attr, member) \
	[FABMON_A_PROVIDER_##attr] = FIELD(type, struct knl_provider, member)

static int short_read(struct knl_span span, char *text, size_t room)
{
	struct knl_attr attr = { .data = span.pos, .len = span.len };

	return knl_attr_clip(&attr, text, room);
}

static int provider_name_read(void *object, struct knl_span span)
{
	struct knl_provider *provider = object;

	return short_read(span, provider->name, sizeof(provider->name));
}

static int provider_version_read(void *object, struct knl_span span)
{
	struct knl_provider *provider = object;

	return short_read(span, provider->version, sizeof(provider->version));
}

static const struct knl_field provider_fields[FABMON_A_PROVIDER_MAX + 1] = {
	[FABMON_A_PROVIDER_NAME] = NEST(provider_name_read),
	[FABMON_A_PROVIDER_VERSION] = NEST(provider_version_read),
	PROVIDER(U32, NODES, nodes),
	PROVIDER(U64, ADDED, added),
	PROVIDER(U64, CHANGED, changed),
	PROVIDER(U64, UNCHANGED, unchanged),
	PROVIDER(U64, DELETED, deleted),
	PROVIDER(U64, EVENTS, events),
};

static int provider_read(void *object, struct knl_span span)
{
	struct knl_info *info = object;
	uint64_t has = 0;

	if (info->n_providers == KNL_PROVIDERS_MAX)
		return 0;
	return knl_fields_read(span, provider_fields, FABMON_A_PROVIDER_MAX,
			       &info->providers[info->n_providers++], &has);
}

static int reason_read(void *object, struct knl_span span)
{
	struct knl_absence *absence = object;

	return short_read(span, absence->reason, sizeof(absence->reason));
}

static const struct knl_field absence_fields[FABMON_A_ABSENCE_MAX + 1] = {
	[FABMON_A_ABSENCE_CAPABILITY] =
		FIELD(U32, struct knl_absence, capability),
	[FABMON_A_ABSENCE_REASON] = NEST(reason_read),
};

static int absence_read(void *object, struct knl_span span)
{
	struct knl_info *info = object;
	uint64_t has = 0;

	if (info->n_absences == KNL_ABSENCES_MAX)
		return 0;
	return knl_fields_read(span, absence_fields, FABMON_A_ABSENCE_MAX,
			       &info->absences[info->n_absences++], &has);
}

static int version_read(void *object, struct knl_span span)
{
	struct knl_info *info = object;

	return short_read(span, info->version, sizeof(info->version));
}

#define INFO(type, attr, member) \
	[FABMON_A_INFO_##attr] = FIELD(type, struct knl_info, member)

static const struct knl_field info_fields[FABMON_A_INFO_MAX + 1] = {
	[FABMON_A_INFO_MODULE_VERSION] = NEST(version_read),
	INFO(U32, ABI, abi),
	INFO(U64, INSTANCE, instance),
	INFO(U64, SEQ, seq),
	INFO(U32, NODES, nodes),
	INFO(U32, CAPABILITIES, capabilities),
	INFO(U64, LOST_BUILD, lost_build),
	INFO(U64, LOST_HOOK, lost_hook),
	INFO(U64, LOST_SEND, lost_send),
	INFO(U32, RING_SIZE, ring_size),
	INFO(U32, RING_USED, ring_used),
	INFO(U64, RING_BYTES, ring_bytes),
	INFO(U64, RING_DROPPED, ring_dropped),
	[FABMON_A_INFO_PROVIDER] = NEST(provider_read),
	[FABMON_A_INFO_ABSENCE] = NEST(absence_read),
};

int knl_info_parse(const struct nlmsghdr *hdr, size_t len,
		   struct knl_info *info)
{
	const uint64_t need = KNL_HAS(FABMON_A_INFO_ABI) |
			      KNL_HAS(FABMON_A_INFO_INSTANCE) |
			      KNL_HAS(FABMON_A_INFO_SEQ);
	struct knl_span span;
	uint8_t cmd;
	int err;

	memset(info, 0, sizeof(*info));
	err = knl_message_open(hdr, len, &cmd, &span);
	if (err)
		return err;
	if (cmd != FABMON_CMD_INFO_GET)
		return -EBADMSG;
	err = knl_fields_read(span, info_fields, FABMON_A_INFO_MAX, info,
			      &info->has);
	if (!err && (info->has & need) != need)
		err = -EBADMSG;
	return error_origin(err, "kernel: information of %zu bytes", len);
}
