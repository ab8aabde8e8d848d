// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The probes of the CXL tracepoints.
 *
 * Preemption is off around them up to Linux 6.12, semaphores of the CXL core
 * and device_lock() of the memory device may be held: they copy and queue.
 *
 * The prototypes are those of drivers/cxl/core/trace.h, with void for types
 * that no header has. tools/testing/spec/check-prototypes compares them with
 * the types in vmlinux. What a pointer leads to is copied as if the pointer
 * could be wrong: should a kernel change a prototype and not the fields, an
 * event is lost and counted.
 */
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "record.h"
#include "trace.h"

static bool copied(void *to, const void *from, size_t size)
{
	if (!copy_from_kernel_nofault(to, from, size))
		return true;
	fabmon_cxl_sample_unreadable();
	return false;
}

static void record_queue(enum fabmon_event_type type, const void *memdev,
			 unsigned int log, const void *region, u64 hpa,
			 u64 hpa_alias, const void *record)
{
	struct fabmon_cxl_sample sample;

	fabmon_cxl_sample_init(&sample, type, memdev, region);
	sample.log = log;
	sample.hpa = hpa;
	sample.hpa_alias = hpa_alias;
	if (copied(&sample.record, record, sizeof(sample.record)))
		fabmon_cxl_sample_queue(&sample);
}

static void probe_general_media(void *data, const void *memdev,
				unsigned int log, const void *region, u64 hpa,
				const void *record)
{
	record_queue(FABMON_EVENT_TYPE_GENERAL_MEDIA, memdev, log, region, hpa,
		     ULLONG_MAX, record);
}

static void probe_general_media_alias(void *data, const void *memdev,
				      unsigned int log, const void *region,
				      u64 hpa, u64 hpa_alias,
				      const void *record)
{
	record_queue(FABMON_EVENT_TYPE_GENERAL_MEDIA, memdev, log, region, hpa,
		     hpa_alias, record);
}

static void probe_dram(void *data, const void *memdev, unsigned int log,
		       const void *region, u64 hpa, const void *record)
{
	record_queue(FABMON_EVENT_TYPE_DRAM, memdev, log, region, hpa,
		     ULLONG_MAX, record);
}

static void probe_dram_alias(void *data, const void *memdev, unsigned int log,
			     const void *region, u64 hpa, u64 hpa_alias,
			     const void *record)
{
	record_queue(FABMON_EVENT_TYPE_DRAM, memdev, log, region, hpa,
		     hpa_alias, record);
}

static void probe_memory_module(void *data, const void *memdev,
				unsigned int log, const void *record)
{
	record_queue(FABMON_EVENT_TYPE_MEMORY_MODULE, memdev, log, NULL,
		     ULLONG_MAX, ULLONG_MAX, record);
}

static void probe_memory_sparing(void *data, const void *memdev,
				 unsigned int log, const void *record)
{
	record_queue(FABMON_EVENT_TYPE_MEMORY_SPARING, memdev, log, NULL,
		     ULLONG_MAX, ULLONG_MAX, record);
}

static void probe_generic(void *data, const void *memdev, unsigned int log,
			  const uuid_t *uuid, const void *record)
{
	struct fabmon_cxl_sample sample;

	fabmon_cxl_sample_init(&sample, FABMON_EVENT_TYPE_GENERIC, memdev,
			       NULL);
	sample.log = log;
	if (copied(&sample.uuid, uuid, sizeof(sample.uuid)) &&
	    copied(&sample.record, record, sizeof(sample.record)))
		fabmon_cxl_sample_queue(&sample);
}

/* struct cxl_poison_record of drivers/cxl/cxlmem.h */
struct poison_record {
	__le64 address;
	__le32 length;
	__le32 reserved;
} __packed;

static void probe_poison(void *data, const void *memdev, const void *region,
			 const void *arg, u8 flags, __le64 overflow_time,
			 unsigned int op)
{
	struct fabmon_cxl_sample sample;
	struct poison_record record;

	if (!copied(&record, arg, sizeof(record)))
		return;
	fabmon_cxl_sample_init(&sample, FABMON_EVENT_TYPE_POISON, memdev,
			       region);
	sample.poison.address = record.address;
	sample.poison.length = record.length;
	sample.poison.overflow_time = overflow_time;
	sample.poison.flags = flags;
	sample.poison.op = op;
	fabmon_cxl_sample_queue(&sample);
}

static void probe_overflow(void *data, const void *memdev, unsigned int log,
			   const void *payload)
{
	struct fabmon_cxl_sample sample;

	fabmon_cxl_sample_init(&sample, FABMON_EVENT_TYPE_OVERFLOW, memdev,
			       NULL);
	sample.log = log;
	if (copied(&sample.overflow, payload, sizeof(sample.overflow)))
		fabmon_cxl_sample_queue(&sample);
}

static void aer_queue(struct fabmon_cxl_sample *sample, u32 status,
		      u32 first_error, const u32 *header_log)
{
	sample->aer.status = status;
	sample->aer.first_error = first_error;
	if (!header_log || copied(sample->aer.header_log, header_log,
				  sizeof(sample->aer.header_log)))
		fabmon_cxl_sample_queue(sample);
}

static void probe_aer_correctable(void *data, const void *memdev, u32 status)
{
	struct fabmon_cxl_sample sample;

	fabmon_cxl_sample_init(&sample, FABMON_EVENT_TYPE_AER_CORRECTABLE,
			       memdev, NULL);
	aer_queue(&sample, status, 0, NULL);
}

static void probe_aer_uncorrectable(void *data, const void *memdev, u32 status,
				    u32 first_error, const u32 *header_log)
{
	struct fabmon_cxl_sample sample;

	fabmon_cxl_sample_init(&sample, FABMON_EVENT_TYPE_AER_UNCORRECTABLE,
			       memdev, NULL);
	aer_queue(&sample, status, first_error, header_log);
}

/* The work finds the node: a port is known by the address of its function. */
static void port_init(struct fabmon_cxl_sample *sample,
		      enum fabmon_event_type type, const struct device *dev)
{
	fabmon_cxl_sample_init(sample, type, NULL, NULL);
	if (dev_is_pci(dev))
		strscpy(sample->pci, dev_name(dev), sizeof(sample->pci));
}

static void probe_port_correctable(void *data, const struct device *dev,
				   u32 status)
{
	struct fabmon_cxl_sample sample;

	port_init(&sample, FABMON_EVENT_TYPE_AER_CORRECTABLE, dev);
	aer_queue(&sample, status, 0, NULL);
}

static void probe_port_uncorrectable(void *data, const struct device *dev,
				     u32 status, u32 first_error,
				     const u32 *header_log)
{
	struct fabmon_cxl_sample sample;

	port_init(&sample, FABMON_EVENT_TYPE_AER_UNCORRECTABLE, dev);
	aer_queue(&sample, status, first_error, header_log);
}

struct fabmon_cxl_probe fabmon_cxl_probes[] = {
	{
		.event = "cxl_general_media",
		.capability = FABMON_CAPABILITY_EVENT_GENERAL_MEDIA,
		.media = true,
		.fields = { "log", "hpa", "region_name", "comp_id" },
		.func = probe_general_media,
		.func_alias = probe_general_media_alias,
	}, {
		.event = "cxl_dram",
		.capability = FABMON_CAPABILITY_EVENT_DRAM,
		.media = true,
		.fields = { "log", "hpa", "region_name", "cor_mask" },
		.func = probe_dram,
		.func_alias = probe_dram_alias,
	}, {
		.event = "cxl_memory_module",
		.capability = FABMON_CAPABILITY_EVENT_MEMORY_MODULE,
		.fields = { "log", "event_type", "health_status", "add_status" },
		.func = probe_memory_module,
	}, {
		.event = "cxl_memory_sparing",
		.capability = FABMON_CAPABILITY_EVENT_MEMORY_SPARING,
		.fields = { "log", "result", "res_avail", "validity_flags" },
		.func = probe_memory_sparing,
	}, {
		.event = "cxl_generic_event",
		.capability = FABMON_CAPABILITY_EVENT_GENERIC,
		.fields = { "log", "hdr_uuid", "hdr_handle", "data" },
		.func = probe_generic,
	}, {
		.event = "cxl_poison",
		.capability = FABMON_CAPABILITY_EVENT_POISON,
		.fields = { "region", "overflow_ts", "trace_type", "flags" },
		.func = probe_poison,
	}, {
		.event = "cxl_overflow",
		.capability = FABMON_CAPABILITY_EVENT_OVERFLOW,
		.fields = { "log", "first_ts", "last_ts", "count" },
		.func = probe_overflow,
	}, {
		.event = "cxl_aer_correctable_error",
		.capability = FABMON_CAPABILITY_EVENT_AER,
		.fields = { "memdev", "host", "serial", "status" },
		.func = probe_aer_correctable,
	}, {
		.event = "cxl_aer_uncorrectable_error",
		.capability = FABMON_CAPABILITY_EVENT_AER,
		.fields = { "memdev", "status", "first_error", "header_log" },
		.func = probe_aer_uncorrectable,
	}, {
		.event = "cxl_port_aer_correctable_error",
		.capability = FABMON_CAPABILITY_EVENT_PORT_AER,
		.fields = { "device", "host", "status" },
		.func = probe_port_correctable,
	}, {
		.event = "cxl_port_aer_uncorrectable_error",
		.capability = FABMON_CAPABILITY_EVENT_PORT_AER,
		.fields = { "device", "status", "first_error", "header_log" },
		.func = probe_port_uncorrectable,
	}, {
	},
};
