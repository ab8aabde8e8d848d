// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * mock_cxl: calls the functions that are attached to a CXL tracepoint, with
 * made-up records. For what QEMU cannot inject, and for floods.
 *
 *	echo EVENT DEVICE [LOG [COUNT [REGION]]] >/sys/kernel/debug/mock_cxl/fire
 *
 * EVENT is the name of a tracepoint without "cxl_". DEVICE is a device on the
 * CXL bus, or, for port_aer_*, a PCI function. The records are constant but
 * for their handle, which counts from 1: the selftest cxl_mock.sh knows them.
 *
 * A write takes as long as the calls do. ENOENT: no such event or device;
 * EAGAIN: nothing is attached.
 */
#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <linux/trace_events.h>
#include <linux/tracepoint.h>

#include "compat.h"
#include "cxl/record.h"

#define HPA		0x123456000ULL
#define HPA_ALIAS	0x223456000ULL

/* enum cxl_poison_trace_type: list, inject, clear */
#define POISON_INJECT	1

static struct bus_type *cxl_bus;
static struct dentry *dir;

/**
 * struct shot - one call
 * @dev: the memory device or PCI function
 * @region: the region, or NULL
 * @log: the event log
 * @alias: the prototype has an argument hpa_alias
 * @record: the record; its handle changes from one call to the next
 */
struct shot {
	const struct device *dev;
	const struct device *region;
	unsigned int log;
	bool alias;
	union fabmon_cxl_record record;
};

static const struct fabmon_cxl_hdr header = {
	.length = 128,
	/* permanent; sub-class, LD-ID and head id are valid */
	.flags = { 0xc4, 0x01, 0x00 },
	.related_handle = cpu_to_le16(0x0102),
	.timestamp = cpu_to_le64(1700000000123456789ULL),
	.maint_op_class = 2,
	.maint_op_sub_class = 1,
	.ld_id = cpu_to_le16(0x0304),
	.head_id = 5,
};

static const uuid_t other_uuid =
	UUID_INIT(0x00112233, 0x4455, 0x6677,
		  0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff);

static void fill_bytes(u8 *to, u8 first, size_t size)
{
	while (size--)
		*to++ = first++;
}

static void media_init(struct fabmon_cxl_media *media, u16 validity)
{
	/* volatile and not repairable */
	media->phys_addr = cpu_to_le64(0x10000040 | 3);
	media->descriptor = 7;
	media->type = 5;
	media->transaction_type = 4;
	media->validity = cpu_to_le16(validity);
	media->channel = 6;
	media->rank = 9;
}

static void general_media_init(struct shot *shot)
{
	struct fabmon_cxl_general_media *rec = &shot->record.general_media;

	media_init(&rec->media, 0x1f);
	fill_bytes(rec->device, 0x11, sizeof(rec->device));
	fill_bytes(rec->component_id, 0x20, sizeof(rec->component_id));
	rec->threshold_flags = 3;
	fill_bytes(rec->corrected_errors, 1, sizeof(rec->corrected_errors));
	rec->sub_type = 2;
}

static void dram_init(struct shot *shot)
{
	struct fabmon_cxl_dram *rec = &shot->record.dram;

	media_init(&rec->media, 0x7ff);
	fill_bytes(rec->nibble_mask, 0x31, sizeof(rec->nibble_mask));
	rec->bank_group = 3;
	rec->bank = 4;
	fill_bytes(rec->row, 0x41, sizeof(rec->row));
	rec->column = cpu_to_le16(0x0506);
	fill_bytes(rec->correction_mask, 0x60, sizeof(rec->correction_mask));
	fill_bytes(rec->component_id, 0x20, sizeof(rec->component_id));
	rec->sub_channel = 1;
	rec->threshold_flags = 2;
	fill_bytes(rec->corrected_volatile, 4, sizeof(rec->corrected_volatile));
	rec->sub_type = 3;
}

static void memory_module_init(struct shot *shot)
{
	struct fabmon_cxl_module *rec = &shot->record.module;

	rec->event_type = 3;
	rec->health_status = 5;
	rec->media_status = 4;
	rec->additional_status = 0x15;
	rec->life_used = 77;
	rec->temperature = cpu_to_le16(-40);
	rec->dirty_shutdowns = cpu_to_le32(0x01020304);
	rec->corrected_volatile_errors = cpu_to_le32(0x05060708);
	rec->corrected_persistent_errors = cpu_to_le32(0x090a0b0c);
	rec->validity = cpu_to_le16(3);
	fill_bytes(rec->component_id, 0x20, sizeof(rec->component_id));
	rec->sub_type = 1;
}

static void memory_sparing_init(struct shot *shot)
{
	struct fabmon_cxl_sparing *rec = &shot->record.sparing;

	rec->flags = 3;
	rec->result = 1;
	rec->validity = cpu_to_le16(0x3ff);
	rec->spares = cpu_to_le16(0x0708);
	rec->channel = 6;
	rec->rank = 9;
	fill_bytes(rec->nibble_mask, 0x31, sizeof(rec->nibble_mask));
	rec->bank_group = 3;
	rec->bank = 4;
	fill_bytes(rec->row, 0x41, sizeof(rec->row));
	rec->column = cpu_to_le16(0x0506);
	fill_bytes(rec->component_id, 0x20, sizeof(rec->component_id));
	rec->sub_channel = 1;
}

static void generic_init(struct shot *shot)
{
	fill_bytes(shot->record.raw + sizeof(struct fabmon_cxl_hdr), 1,
		   sizeof(shot->record) - sizeof(struct fabmon_cxl_hdr));
}

static void general_media_call(void *func, void *data, struct shot *shot)
{
	void (*plain)(void *, const void *, unsigned int, const void *, u64,
		      const void *) = func;
	void (*alias)(void *, const void *, unsigned int, const void *, u64,
		      u64, const void *) = func;

	if (shot->alias)
		alias(data, shot->dev, shot->log, shot->region, HPA, HPA_ALIAS,
		      &shot->record);
	else
		plain(data, shot->dev, shot->log, shot->region, HPA,
		      &shot->record);
}

static void record_call(void *func, void *data, struct shot *shot)
{
	void (*call)(void *, const void *, unsigned int, const void *) = func;

	call(data, shot->dev, shot->log, &shot->record);
}

static void generic_call(void *func, void *data, struct shot *shot)
{
	void (*call)(void *, const void *, unsigned int, const uuid_t *,
		     const void *) = func;

	call(data, shot->dev, shot->log, &other_uuid, &shot->record);
}

static void poison_call(void *func, void *data, struct shot *shot)
{
	static const struct {
		__le64 address;
		__le32 length;
		__le32 reserved;
	} __packed record = {
		/* source: injected */
		.address = cpu_to_le64(0x20000080 | 3),
		.length = cpu_to_le32(2),
	};
	void (*call)(void *, const void *, const void *, const void *, u8,
		     __le64, unsigned int) = func;

	/* more poison than the list holds */
	call(data, shot->dev, shot->region, &record, 3,
	     cpu_to_le64(1700000000000000001ULL), POISON_INJECT);
}

static void overflow_call(void *func, void *data, struct shot *shot)
{
	static const struct fabmon_cxl_overflow overflow = {
		.flags = 1,
		.count = cpu_to_le16(0x0102),
		.first_time = cpu_to_le64(1700000000000000002ULL),
		.last_time = cpu_to_le64(1700000000000000003ULL),
	};
	void (*call)(void *, const void *, unsigned int, const void *) = func;

	call(data, shot->dev, shot->log, &overflow);
}

static void correctable_call(void *func, void *data, struct shot *shot)
{
	void (*call)(void *, const void *, u32) = func;

	call(data, shot->dev, 0x41);
}

static void uncorrectable_call(void *func, void *data, struct shot *shot)
{
	void (*call)(void *, const void *, u32, u32, const u32 *) = func;
	u32 header_log[FABMON_CXL_HEADER_LOG_SIZE / sizeof(u32)];

	fill_bytes((u8 *)header_log, 0x80, sizeof(header_log));
	call(data, shot->dev, 0xc0, 0x40, header_log);
}

static const struct {
	const char *name;
	void (*init)(struct shot *shot);
	void (*call)(void *func, void *data, struct shot *shot);
} guns[] = {
	{ "general_media", general_media_init, general_media_call },
	{ "dram", dram_init, general_media_call },
	{ "memory_module", memory_module_init, record_call },
	{ "memory_sparing", memory_sparing_init, record_call },
	{ "generic_event", generic_init, generic_call },
	{ "poison", NULL, poison_call },
	{ "overflow", NULL, overflow_call },
	{ "aer_correctable_error", NULL, correctable_call },
	{ "aer_uncorrectable_error", NULL, uncorrectable_call },
	{ "port_aer_correctable_error", NULL, correctable_call },
	{ "port_aer_uncorrectable_error", NULL, uncorrectable_call },
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

/* call_all - one call of everything that is attached */
static int call_all(struct tracepoint *tp, unsigned int gun, struct shot *shot)
{
	struct srcu_ctr __percpu *guard;
	struct tracepoint_func *func;
	int calls = 0;

	guard = fabmon_tracepoint_enter();
	func = rcu_dereference_raw(tp->funcs);
	for (; func && func->func; func++) {
		guns[gun].call(func->func, func->data, shot);
		calls++;
	}
	fabmon_tracepoint_leave(guard);
	return calls;
}

static int fire(unsigned int gun, struct shot *shot, unsigned int count)
{
	struct trace_event_file *file;
	char event[48];
	unsigned int i;
	int ret = 0;

	snprintf(event, sizeof(event), "cxl_%s", guns[gun].name);
	file = trace_get_event_file(NULL, "cxl", event);
	if (IS_ERR(file))
		return -ENOENT;

	shot->alias = event_has(file->event_call, "hpa_alias0");
	shot->record.hdr = header;
	if (guns[gun].init)
		guns[gun].init(shot);
	for (i = 1; i <= count && !ret; i++) {
		shot->record.hdr.handle = cpu_to_le16(i);
		if (!call_all(file->event_call->tp, gun, shot))
			ret = -EAGAIN;
		cond_resched();
	}
	trace_put_event_file(file);
	return ret;
}

static struct device *find(const char *name)
{
	struct device *dev = bus_find_device_by_name(cxl_bus, NULL, name);

	return dev ?: bus_find_device_by_name(&pci_bus_type, NULL, name);
}

static ssize_t fire_write(struct file *file, const char __user *user,
			  size_t size, loff_t *pos)
{
	char line[128], name[32], device[32], region[32] = "";
	unsigned int gun, log = 0, count = 1;
	struct device *dev, *region_dev = NULL;
	struct shot shot = {};
	ssize_t len;
	int ret;

	len = simple_write_to_buffer(line, sizeof(line) - 1, pos, user, size);
	if (len < 0)
		return len;
	line[len] = '\0';
	if (sscanf(line, "%31s %31s %u %u %31s", name, device, &log, &count,
		   region) < 2)
		return -EINVAL;
	for (gun = 0; gun < ARRAY_SIZE(guns); gun++) {
		if (!strcmp(guns[gun].name, name))
			break;
	}
	dev = gun < ARRAY_SIZE(guns) ? find(device) : NULL;
	if (!dev)
		return -ENOENT;
	if (region[0])
		region_dev = find(region);

	shot.dev = dev;
	shot.region = region_dev;
	shot.log = log;
	ret = fire(gun, &shot, count);
	put_device(region_dev);
	put_device(dev);
	return ret ?: len;
}

static const struct file_operations fire_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = fire_write,
};

static int __init mock_cxl_init(void)
{
	cxl_bus = symbol_request(cxl_bus_type);
	if (!cxl_bus)
		return -ENODEV;
	dir = debugfs_create_dir("mock_cxl", NULL);
	debugfs_create_file("fire", 0200, dir, NULL, &fire_fops);
	return 0;
}

static void __exit mock_cxl_exit(void)
{
	debugfs_remove(dir);
	symbol_put(cxl_bus_type);
}

module_init(mock_cxl_init);
module_exit(mock_cxl_exit);

MODULE_DESCRIPTION("For the tests of fabmon: made-up CXL event records");
MODULE_LICENSE("Dual BSD/GPL");
