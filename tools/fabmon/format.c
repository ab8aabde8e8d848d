// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Names and numbers as people read them. Words of the RDMA subsystem are those
 * of rdma(8), words of CXL events those of the CXL specification, 8.2.9.2.1.
 */
#include <string.h>
#include <time.h>

#include "cli.h"

#define WORD(table, value) \
	((size_t)(value) < sizeof(table) / sizeof((table)[0]) ? \
	 (table)[value] : NULL)

const char *cli_port_state(uint32_t state)
{
	static const char * const words[] = {
		"nop", "down", "init", "armed", "active", "active-defer",
	};

	return WORD(words, state);
}

const char *cli_phys_state(uint32_t state)
{
	static const char * const words[] = {
		NULL, "sleep", "polling", "disabled", "training", "link-up",
		"link-error-recover", "phy-test",
	};

	return WORD(words, state);
}

const char *cli_link_layer(uint32_t layer)
{
	static const char * const words[] = { NULL, "infiniband", "ethernet" };

	return WORD(words, layer);
}

/* enum ib_port_speed: a bit each. */
const char *cli_port_speed(uint32_t speed)
{
	static const char * const words[] = {
		"SDR", "DDR", "QDR", "FDR10", "FDR", "EDR", "HDR", "NDR", "XDR",
	};
	unsigned int bit = 0;

	if (!speed || (speed & (speed - 1)))
		return NULL;
	while (speed >>= 1)
		bit++;
	return WORD(words, bit);
}

const char *cli_node_type(uint32_t type)
{
	static const char * const words[] = {
		NULL, "ca", "switch", "router", "rnic", "usnic", "usnic-udp",
		"unspecified",
	};

	return WORD(words, type);
}

const char *cli_gid_type(uint32_t type)
{
	static const char * const words[] = { "ib", "rocev1", "rocev2" };

	return WORD(words, type);
}

const char *cli_event_log(uint32_t log)
{
	static const char * const words[] = {
		"info", "warning", "failure", "fatal", "dynamic-capacity",
	};

	return WORD(words, log);
}

const char *cli_poison_op(uint32_t op)
{
	static const char * const words[] = { "list", "inject", "clear" };

	return WORD(words, op);
}

const char *cli_event_attr(int attr)
{
	static const char * const names[FABMON_A_EVENT_MAX + 1] = {
		[FABMON_A_EVENT_TYPE] = "type",
		[FABMON_A_EVENT_NODE] = "node",
		[FABMON_A_EVENT_DEVICE] = "device",
		[FABMON_A_EVENT_LOG] = "log",
		[FABMON_A_EVENT_FLAGS] = "flags",
		[FABMON_A_EVENT_HANDLE] = "handle",
		[FABMON_A_EVENT_RECORD_TIME] = "record-time",
		[FABMON_A_EVENT_DPA] = "dpa",
		[FABMON_A_EVENT_LENGTH] = "length",
		[FABMON_A_EVENT_HPA] = "hpa",
		[FABMON_A_EVENT_REGION] = "region",
		[FABMON_A_EVENT_DESCRIPTOR] = "descriptor",
		[FABMON_A_EVENT_MEMORY_EVENT_TYPE] = "memory-event-type",
		[FABMON_A_EVENT_TRANSACTION_TYPE] = "transaction-type",
		[FABMON_A_EVENT_CHANNEL] = "channel",
		[FABMON_A_EVENT_RANK] = "rank",
		[FABMON_A_EVENT_NIBBLE_MASK] = "nibble-mask",
		[FABMON_A_EVENT_BANK_GROUP] = "bank-group",
		[FABMON_A_EVENT_BANK] = "bank",
		[FABMON_A_EVENT_ROW] = "row",
		[FABMON_A_EVENT_COLUMN] = "column",
		[FABMON_A_EVENT_COMPONENT_DEVICE] = "component-device",
		[FABMON_A_EVENT_COMPONENT_ID] = "component-id",
		[FABMON_A_EVENT_MODULE_EVENT_TYPE] = "module-event-type",
		[FABMON_A_EVENT_HEALTH_STATUS] = "health-status",
		[FABMON_A_EVENT_MEDIA_STATUS] = "media-status",
		[FABMON_A_EVENT_ADDITIONAL_STATUS] = "additional-status",
		[FABMON_A_EVENT_LIFE_USED] = "life-used",
		[FABMON_A_EVENT_TEMPERATURE] = "temperature",
		[FABMON_A_EVENT_DIRTY_SHUTDOWNS] = "dirty-shutdowns",
		[FABMON_A_EVENT_CORRECTED_VOLATILE_ERRORS] =
			"corrected-volatile-errors",
		[FABMON_A_EVENT_CORRECTED_PERSISTENT_ERRORS] =
			"corrected-persistent-errors",
		[FABMON_A_EVENT_POISON_OP] = "poison-op",
		[FABMON_A_EVENT_POISON_SOURCE] = "poison-source",
		[FABMON_A_EVENT_POISON_FLAGS] = "poison-flags",
		[FABMON_A_EVENT_RAW] = "raw",
		[FABMON_A_EVENT_COUNT] = "count",
		[FABMON_A_EVENT_UUID] = "uuid",
		[FABMON_A_EVENT_RECORD_LENGTH] = "record-length",
		[FABMON_A_EVENT_RELATED_HANDLE] = "related-handle",
		[FABMON_A_EVENT_MAINT_OP_CLASS] = "maint-op-class",
		[FABMON_A_EVENT_MAINT_OP_SUB_CLASS] = "maint-op-sub-class",
		[FABMON_A_EVENT_LD_ID] = "ld-id",
		[FABMON_A_EVENT_HEAD_ID] = "head-id",
		[FABMON_A_EVENT_SUB_TYPE] = "sub-type",
		[FABMON_A_EVENT_THRESHOLD_FLAGS] = "threshold-flags",
		[FABMON_A_EVENT_CORRECTED_ERRORS] = "corrected-errors",
		[FABMON_A_EVENT_CORRECTED_VOLATILE] = "corrected-volatile",
		[FABMON_A_EVENT_SUB_CHANNEL] = "sub-channel",
		[FABMON_A_EVENT_CORRECTION_MASK] = "correction-mask",
		[FABMON_A_EVENT_SPARING_FLAGS] = "sparing-flags",
		[FABMON_A_EVENT_RESULT] = "result",
		[FABMON_A_EVENT_SPARES] = "spares",
		[FABMON_A_EVENT_FIRST_TIME] = "first-time",
		[FABMON_A_EVENT_LAST_TIME] = "last-time",
		[FABMON_A_EVENT_STATUS] = "status",
		[FABMON_A_EVENT_FIRST_ERROR] = "first-error",
		[FABMON_A_EVENT_HEADER_LOG] = "header-log",
		[FABMON_A_EVENT_PCI] = "pci",
		[FABMON_A_EVENT_NUMA_NODE] = "numa-node",
		[FABMON_A_EVENT_HPA_ALIAS] = "hpa-alias",
		[FABMON_A_EVENT_DPA_FLAGS] = "dpa-flags",
		[FABMON_A_EVENT_COMPONENT_ID_PLDM] = "component-id-pldm",
	};

	return attr > 0 ? WORD(names, attr) : NULL;
}

static const char *descriptor_word(uint32_t descriptor)
{
	static const char * const words[] = {
		"corrected", "uncorrectable", "corrected threshold",
		"uncorrectable threshold", "poison overflow",
		"uncorrectable poison overflow", "threshold poison overflow",
		"uncorrectable threshold poison overflow",
	};

	return WORD(words, descriptor);
}

static const char *memory_event_word(int64_t type, uint64_t value)
{
	static const char * const media[] = {
		"ECC error", "invalid address", "data path error",
	};
	static const char * const dram[] = {
		"ECC error", "scrub ECC error", "invalid address",
		"data path error",
	};

	if (type == FABMON_EVENT_TYPE_DRAM)
		return WORD(dram, value);
	return WORD(media, value);
}

static const char *module_event_word(uint64_t value)
{
	static const char * const words[] = {
		"health status change", "media status change",
		"life used change", "temperature change", "data path error",
		"label storage area error",
	};

	return WORD(words, value);
}

static const char *transaction_word(uint64_t value)
{
	static const char * const words[] = {
		"unknown", "host read", "host write", "host scan media",
		"host inject poison", "internal scrub", "internal management",
	};

	return WORD(words, value);
}

static const char *media_status_word(uint64_t value)
{
	static const char * const words[] = {
		"normal", "not ready", "write persistency lost",
		"all data lost", "write persistency loss at power loss",
		"write persistency loss at shutdown",
		"write persistency loss imminent",
		"all data loss at power loss", "all data loss at shutdown",
		"all data loss imminent",
	};

	return WORD(words, value);
}

static const char *poison_source_word(uint64_t value)
{
	static const char * const words[] = {
		"unknown", "external", "internal", "injected", NULL, NULL, NULL,
		"vendor specific",
	};

	return WORD(words, value);
}

const char *cli_event_word(const struct knl_event *event, int attr)
{
	uint64_t value = event->num[attr];

	switch (attr) {
	case FABMON_A_EVENT_LOG:
		return cli_event_log(value);
	case FABMON_A_EVENT_POISON_OP:
		return cli_poison_op(value);
	case FABMON_A_EVENT_POISON_SOURCE:
		return poison_source_word(value);
	case FABMON_A_EVENT_DESCRIPTOR:
		return descriptor_word(value);
	case FABMON_A_EVENT_MEMORY_EVENT_TYPE:
		return memory_event_word(event->num[FABMON_A_EVENT_TYPE],
					 value);
	case FABMON_A_EVENT_TRANSACTION_TYPE:
		return transaction_word(value);
	case FABMON_A_EVENT_MODULE_EVENT_TYPE:
		return module_event_word(value);
	case FABMON_A_EVENT_MEDIA_STATUS:
		return media_status_word(value);
	}
	return NULL;
}

char *cli_guid(char *buffer, uint64_t guid)
{
	snprintf(buffer, CLI_GUID_LEN, "%04x:%04x:%04x:%04x",
		 (unsigned int)(guid >> 48), (unsigned int)(guid >> 32) & 0xffff,
		 (unsigned int)(guid >> 16) & 0xffff,
		 (unsigned int)guid & 0xffff);
	return buffer;
}

/* In full, as sysfs and "rdma" show it: it is compared and searched for. */
char *cli_gid(char *buffer, const uint8_t gid[16])
{
	size_t i, len = 0;

	for (i = 0; i < 16; i += 2)
		len += snprintf(buffer + len, CLI_GID_LEN - len,
				i ? ":%02x%02x" : "%02x%02x", gid[i],
				gid[i + 1]);
	return buffer;
}

char *cli_time(char *buffer, uint64_t realtime, bool date)
{
	time_t seconds = (time_t)(realtime / 1000000000);
	unsigned int micro = realtime % 1000000000 / 1000;
	char offset[16] = "";
	struct tm tm;
	size_t len;

	memset(&tm, 0, sizeof(tm));
	localtime_r(&seconds, &tm);
	len = strftime(buffer, CLI_TIME_LEN, date ? "%FT%T" : "%T", &tm);
	if (date)
		strftime(offset, sizeof(offset), "%z", &tm);
	snprintf(buffer + len, CLI_TIME_LEN - len, ".%06u%s", micro, offset);
	return buffer;
}

char *cli_uuid(char *buffer, const uint8_t uuid[16])
{
	size_t i, len = 0;

	for (i = 0; i < 16; i++)
		len += snprintf(buffer + len, CLI_UUID_LEN - len,
				i == 4 || i == 6 || i == 8 || i == 10 ?
				"-%02x" : "%02x", uuid[i]);
	return buffer;
}
