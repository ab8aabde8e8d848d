// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Health events of CXL memory devices, from the tracepoints of cxl_core.
 *
 * Nothing but the tracepoints reports these records to the rest of the kernel.
 * Their prototypes (drivers/cxl/core/trace.h) are no stable interface and no
 * header has them: a probe is attached only if the fields of the event are
 * those that go with a prototype known here.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "compat.h"

#ifdef FABMON_HAVE_CXL_EVENTS

#include <linux/kfifo.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/trace_events.h>
#include <linux/tracepoint.h>

#include "record.h"

static int media_events = -1;
module_param(media_events, int, 0444);
MODULE_PARM_DESC(media_events,
		 "Report general media and DRAM events: 1 yes, 0 no, -1 unless the kernel warns on ordinary records (default)");

/* About 100 kB: a device's whole log many times over in one burst. */
#define FIFO_SIZE	512

static DEFINE_KFIFO(samples, struct fabmon_cxl_sample, FIFO_SIZE);
static DEFINE_RAW_SPINLOCK(samples_lock);	/* for those who put */
static atomic64_t samples_lost;

static void samples_work_fn(struct work_struct *work);
static DECLARE_WORK(samples_work, samples_work_fn);

/**
 * sample_init - begin a sample, in a probe
 * @sample: the sample
 * @type: what it is
 * @memdev: struct cxl_memdev, whose first member is its struct device
 * @region: struct cxl_region, likewise, or NULL
 *
 * Both pointers are only compared with those of devices that the bus
 * announced: should their types change one day, events have no node.
 *
 * Context: any. Both devices are alive, for the caller of the tracepoint uses
 * them; so what is found is theirs.
 */
static void sample_init(struct fabmon_cxl_sample *sample,
			enum fabmon_event_type type, const void *memdev,
			const void *region)
{
	struct fabmon_cxl_dev *cdev;

	memset(sample, 0, sizeof(*sample));
	sample->stamp = fabmon_stamp_now();
	sample->type = type;
	sample->hpa = ULLONG_MAX;

	rcu_read_lock();
	cdev = fabmon_cxl_dev_find_rcu(memdev);
	if (cdev) {
		sample->node = READ_ONCE(cdev->id);
		strscpy(sample->device, cdev->name, sizeof(sample->device));
	}
	cdev = region ? fabmon_cxl_dev_find_rcu(region) : NULL;
	if (cdev)
		sample->region = READ_ONCE(cdev->id);
	rcu_read_unlock();
}

/* sample_queue - hand a sample to the work; any context */
static void sample_queue(const struct fabmon_cxl_sample *sample)
{
	unsigned long flags;
	bool room;

	raw_spin_lock_irqsave(&samples_lock, flags);
	room = kfifo_put(&samples, *sample);
	raw_spin_unlock_irqrestore(&samples_lock, flags);
	if (!room)
		atomic64_inc(&samples_lost);
	queue_work(fabmon_cxl_wq, &samples_work);
}

/*
 * record_queue - queue an event record
 *
 * @record is a union cxl_event, or one of its members, which are all as long.
 */
static void record_queue(enum fabmon_event_type type, const void *memdev,
			 unsigned int log, const void *region, u64 hpa,
			 const void *record)
{
	struct fabmon_cxl_sample sample;

	BUILD_BUG_ON(sizeof(struct cxl_event_gen_media) !=
		     sizeof(union cxl_event));
	BUILD_BUG_ON(sizeof(struct cxl_event_dram) != sizeof(union cxl_event));
	BUILD_BUG_ON(sizeof(struct cxl_event_mem_module) !=
		     sizeof(union cxl_event));

	sample_init(&sample, type, memdev, region);
	sample.log = log;
	sample.hpa = hpa;
	memcpy(&sample.record, record, sizeof(sample.record));
	sample_queue(&sample);
}

/*
 * The probes. Preemption is off around them up to Linux 6.12, semaphores of
 * the CXL core and device_lock() of the memory device may be held.
 */
static void probe_general_media(void *data, const void *memdev,
				unsigned int log, const void *region, u64 hpa,
				const void *record)
{
	record_queue(FABMON_EVENT_TYPE_GENERAL_MEDIA, memdev, log, region, hpa,
		     record);
}

static void probe_general_media_alias(void *data, const void *memdev,
				      unsigned int log, const void *region,
				      u64 hpa, u64 hpa_alias,
				      const void *record)
{
	record_queue(FABMON_EVENT_TYPE_GENERAL_MEDIA, memdev, log, region, hpa,
		     record);
}

static void probe_dram(void *data, const void *memdev, unsigned int log,
		       const void *region, u64 hpa, const void *record)
{
	record_queue(FABMON_EVENT_TYPE_DRAM, memdev, log, region, hpa, record);
}

static void probe_dram_alias(void *data, const void *memdev, unsigned int log,
			     const void *region, u64 hpa, u64 hpa_alias,
			     const void *record)
{
	record_queue(FABMON_EVENT_TYPE_DRAM, memdev, log, region, hpa, record);
}

static void probe_memory_module(void *data, const void *memdev,
				unsigned int log, const void *record)
{
	record_queue(FABMON_EVENT_TYPE_MEMORY_MODULE, memdev, log, NULL,
		     ULLONG_MAX, record);
}

/* struct cxl_poison_record of drivers/cxl/cxlmem.h */
struct poison_record {
	__le64 address;
	__le32 length;
	__le32 reserved;
} __packed;

static void probe_poison(void *data, const void *memdev, const void *region,
			 const struct poison_record *record, u8 flags,
			 __le64 overflow_time, unsigned int op)
{
	struct fabmon_cxl_sample sample;

	sample_init(&sample, FABMON_EVENT_TYPE_POISON, memdev, region);
	sample.poison.address = record->address;
	sample.poison.length = record->length;
	sample.poison.flags = flags;
	sample.poison.op = op;
	sample_queue(&sample);
}

static void sample_send(const struct fabmon_cxl_sample *sample)
{
	struct sk_buff *open = fabmon_attrs_new();
	struct sk_buff *secret = fabmon_attrs_new();

	if (!open || !secret || fabmon_cxl_record_fill(sample, open, secret)) {
		fabmon_attrs_free(open);
		fabmon_attrs_free(secret);
		fabmon_health_lost(1, &sample->stamp);
		return;
	}
	fabmon_health_emit(open, secret, &sample->stamp);
}

static void samples_work_fn(struct work_struct *work)
{
	struct fabmon_cxl_sample sample;
	struct fabmon_stamp stamp;

	while (kfifo_get(&samples, &sample)) {
		sample_send(&sample);
		cond_resched();
	}
	stamp = fabmon_stamp_now();
	fabmon_health_lost(atomic64_xchg(&samples_lost, 0), &stamp);
}

/**
 * struct probe - a tracepoint to attach to
 * @event: name of the event, and of the tracepoint
 * @capability: what it allows to be reported
 * @media: it is under the parameter media_events
 * @fields: fields that the event always has
 * @func: the probe
 * @func_alias: the probe for an event that has a field hpa_alias0; the
 *	argument of that name came with it, in Linux 6.15
 * @file: the event, while attached
 * @attached: @func or @func_alias, while attached
 */
struct probe {
	const char *event;
	u32 capability;
	bool media;
	const char *fields[4];
	void *func;
	void *func_alias;
	struct trace_event_file *file;
	void *attached;
};

static struct probe probes[] = {
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
		.func_alias = probe_memory_module,
	}, {
		.event = "cxl_poison",
		.capability = FABMON_CAPABILITY_EVENT_POISON,
		.fields = { "region", "overflow_ts", "trace_type", "flags" },
		.func = probe_poison,
		.func_alias = probe_poison,
	},
};

/*
 * Every field that an event may have. An argument that a later kernel adds
 * shows as a field, as hpa_alias0 did: one that is not here is taken for that.
 * As of Linux 7.3.
 */
static const char *const known_fields[] = {
	"add_status", "bank", "bank_group", "channel", "cme_count",
	"cme_threshold_ev_flags", "column", "comp_id", "cor_mask",
	"cor_per_err_cnt", "cor_vol_err_cnt", "cvme_count", "descriptor",
	"device", "device_temp", "dirty_shutdown_cnt", "dpa", "dpa_flags",
	"dpa_length", "event_sub_type", "event_type", "flags", "hdr_flags",
	"hdr_handle", "hdr_head_id", "hdr_ld_id", "hdr_length",
	"hdr_maint_op_class", "hdr_maint_op_sub_class", "hdr_related_handle",
	"hdr_timestamp", "hdr_uuid", "health_status", "host", "hpa",
	"hpa_alias0", "life_used", "log", "media_status", "memdev",
	"nibble_mask", "overflow_ts", "rank", "region", "region_name",
	"region_uuid", "row", "serial", "source", "sub_channel", "sub_type",
	"trace_type", "transaction_type", "type", "uuid", "validity_flags",
};

static bool event_has(const struct trace_event_call *call, const char *name)
{
	const struct trace_event_fields *field = call->class->fields_array;

	for (; field && field->type; field++) {
		if (field->name && !strcmp(field->name, name))
			return true;
	}
	return false;
}

/**
 * event_odd_field - does an event have the fields of a known prototype?
 * @probe: the probe for it
 * @call: the event
 *
 * Return: NULL if so, else the field that is missing or not known.
 */
static const char *event_odd_field(const struct probe *probe,
				   const struct trace_event_call *call)
{
	const struct trace_event_fields *field = call->class->fields_array;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probe->fields); i++) {
		if (!event_has(call, probe->fields[i]))
			return probe->fields[i];
	}
	for (; field && field->type; field++) {
		if (!field->name ||
		    match_string(known_fields, ARRAY_SIZE(known_fields),
				 field->name) < 0)
			return field->name ?: "without a name";
	}
	return NULL;
}

/*
 * probe_attach - attach to a tracepoint, if it is there and as expected
 *
 * The event file leads to the tracepoint and to the fields, and pins the
 * module that has them.
 */
static void probe_attach(struct probe *probe)
{
	struct trace_event_file *file;
	struct trace_event_call *call;
	const char *odd;
	void *func;

	file = trace_get_event_file(NULL, "cxl", probe->event);
	if (IS_ERR(file))
		return;
	call = file->event_call;
	odd = call->flags & TRACE_EVENT_FL_TRACEPOINT ?
	      event_odd_field(probe, call) : "no tracepoint";
	if (odd) {
		pr_warn("events %s are not reported: this kernel's differ (%s)\n",
			probe->event, odd);
		goto err_put;
	}
	func = event_has(call, "hpa_alias0") ? probe->func_alias : probe->func;
	if (tracepoint_probe_register(call->tp, func, NULL))
		goto err_put;

	probe->file = file;
	probe->attached = func;
	fabmon_capability_set(probe->capability);
	return;

err_put:
	trace_put_event_file(file);
}

static bool media_wanted(void)
{
	if (media_events >= 0)
		return media_events;
	if (FABMON_CXL_MEDIA_WARNS)
		pr_info("general media and DRAM events are off: this kernel warns on ordinary records (parameter media_events)\n");
	return !FABMON_CXL_MEDIA_WARNS;
}

/**
 * fabmon_cxl_trace_init - attach to what this kernel has
 *
 * What cannot be attached to is an absent capability, not an error. cxl_core,
 * which has the tracepoints, is there: its bus is in use.
 *
 * Context: process, fabmon_cxl_wq ready.
 */
void fabmon_cxl_trace_init(void)
{
	bool media = media_wanted();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (media || !probes[i].media)
			probe_attach(&probes[i]);
	}
}

/**
 * fabmon_cxl_trace_exit - detach, and send what was seen until then
 *
 * Context: process.
 */
void fabmon_cxl_trace_exit(void)
{
	struct probe *probe;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		probe = &probes[i];
		if (!probe->file)
			continue;
		tracepoint_probe_unregister(probe->file->event_call->tp,
					    probe->attached, NULL);
		fabmon_capability_clear(probe->capability);
	}
	/* no probe runs after this, and none queues the work */
	tracepoint_synchronize_unregister();
	flush_work(&samples_work);

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (!probes[i].file)
			continue;
		trace_put_event_file(probes[i].file);
		probes[i].file = NULL;
	}
}

#endif /* FABMON_HAVE_CXL_EVENTS */
