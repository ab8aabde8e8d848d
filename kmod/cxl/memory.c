// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * CXL memory that is online as system memory.
 *
 * The memory notifier runs with the memory hotplug lock held for write. It
 * notes what happened and leaves the rest to the work of refresh.c, which
 * finds the region. Memory goes on and off line by blocks.
 */
#include <linux/ioport.h>
#include <linux/list.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/numa.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "provider.h"

/* 2 TiB in blocks of 128 MiB; what does not fit is counted */
#define EVENTS_MAX	16384

/**
 * struct memory_event - memory went on or off line
 * @list: in the list of those to be sent
 * @stamp: when
 * @range: which memory
 * @online: it is online now
 */
struct memory_event {
	struct list_head list;
	struct fabmon_stamp stamp;
	struct fabmon_cxl_range range;
	bool online;
};

/*
 * Protects what follows: no block is noted as online after it went. Taken
 * within the memory hotplug lock; allocations within it do not take that.
 */
static DEFINE_MUTEX(blocks_lock);
static DEFINE_XARRAY(blocks_online);	/* number of the block -> NUMA node */
static LIST_HEAD(memory_events);
static unsigned int memory_count;
static u64 memory_lost;
static bool memory_missed;		/* a block could not be noted */

static u64 block_size;

static void block_online(u64 block, int nid)
{
	/* NUMA_NO_NODE is -1 */
	if (xa_is_err(xa_store(&blocks_online, block, xa_mk_value(nid + 1),
			       GFP_KERNEL)))
		memory_missed = true;
}

static void event_add(const struct fabmon_stamp *stamp, u64 block, int nid,
		      bool online)
{
	struct memory_event *event;

	event = memory_count < EVENTS_MAX ?
		kzalloc(sizeof(*event), GFP_KERNEL) : NULL;
	if (!event) {
		memory_lost++;
		return;
	}
	event->stamp = *stamp;
	event->range.start = block * block_size;
	event->range.size = block_size;
	event->range.nid = nid;
	event->online = online;
	list_add_tail(&event->list, &memory_events);
	memory_count++;
}

static void block_change(const struct fabmon_stamp *stamp, u64 block, int nid,
			 bool online)
{
	void *known = xa_load(&blocks_online, block);

	if (online == !!known)
		return;
	if (online) {
		block_online(block, nid);
	} else {
		xa_erase(&blocks_online, block);
		nid = (int)xa_to_value(known) - 1;
	}
	event_add(stamp, block, nid, online);
}

/*
 * memory_notify_fn - memory went on or off line
 *
 * The range leaves out the pages of a block that hold its own memory map.
 */
static int memory_notify_fn(struct notifier_block *nb, unsigned long action,
			    void *data)
{
	struct fabmon_stamp stamp = fabmon_stamp_now();
	const struct memory_notify *arg = data;
	u64 start = PFN_PHYS(arg->start_pfn);
	u64 size = PFN_PHYS(arg->nr_pages);
	u64 block, last;
	int nid;

	if ((action != MEM_ONLINE && action != MEM_OFFLINE) || !size ||
	    region_intersects(start, size, IORESOURCE_MEM, IORES_DESC_CXL) ==
	    REGION_DISJOINT)
		return NOTIFY_DONE;

	nid = action == MEM_ONLINE ? pfn_to_nid(arg->start_pfn) : NUMA_NO_NODE;
	last = div64_u64(start + size - 1, block_size);
	mutex_lock(&blocks_lock);
	for (block = div64_u64(start, block_size); block <= last; block++)
		block_change(&stamp, block, nid, action == MEM_ONLINE);
	mutex_unlock(&blocks_lock);
	fabmon_cxl_refresh_now();
	return NOTIFY_DONE;
}

static struct notifier_block memory_nb = {
	.notifier_call = memory_notify_fn,
};

/*
 * nid_of - NUMA node of memory by its address
 *
 * As the drivers that bring memory online determine it. Not by its struct page:
 * the memory may go while that is read.
 */
static int nid_of(u64 start)
{
	int nid = phys_to_target_node(start);

	return nid == NUMA_NO_NODE ? memory_add_physaddr_to_nid(start) : nid;
}

/*
 * window_scan - note which blocks of a window are online
 *
 * Goes by the last page: the first ones may hold the block's memory map.
 */
static int window_scan(struct resource *window, void *data)
{
	u64 block = div64_u64(window->start + block_size - 1, block_size);
	u64 end = div64_u64(window->end + 1, block_size);

	for (; block < end; block++) {
		mutex_lock(&blocks_lock);
		if (pfn_to_online_page(PHYS_PFN((block + 1) * block_size) - 1))
			block_online(block, nid_of(block * block_size));
		mutex_unlock(&blocks_lock);
		cond_resched();
	}
	return 0;
}

static void memory_scan(void)
{
	walk_iomem_res_desc(IORES_DESC_CXL, IORESOURCE_MEM, 0, -1, NULL,
			    window_scan);
}

/**
 * fabmon_cxl_memory_waiting - are there events to be sent?
 *
 * Context: process.
 * Return: true if so: fabmon_cxl_memory_send() does it.
 */
bool fabmon_cxl_memory_waiting(void)
{
	bool waiting;

	mutex_lock(&blocks_lock);
	waiting = memory_count || memory_lost || memory_missed;
	mutex_unlock(&blocks_lock);
	return waiting;
}

static int event_fill(struct sk_buff *open, const struct memory_event *event,
		      const struct fabmon_cxl_dev *region)
{
	if (nla_put_u32(open, FABMON_A_EVENT_TYPE, event->online ?
			FABMON_EVENT_TYPE_MEMORY_ONLINE :
			FABMON_EVENT_TYPE_MEMORY_OFFLINE) ||
	    fabmon_put_u64(open, FABMON_A_EVENT_HPA, event->range.start) ||
	    fabmon_put_u64(open, FABMON_A_EVENT_LENGTH, event->range.size) ||
	    (event->range.nid != NUMA_NO_NODE &&
	     nla_put_s32(open, FABMON_A_EVENT_NUMA_NODE, event->range.nid)))
		return -EMSGSIZE;
	if (!region || !region->id)
		return 0;
	if (nla_put_u32(open, FABMON_A_EVENT_NODE, region->id) ||
	    nla_put_string(open, FABMON_A_EVENT_DEVICE, region->name) ||
	    nla_put_u32(open, FABMON_A_EVENT_REGION, region->id))
		return -EMSGSIZE;
	return 0;
}

static void event_send(const struct memory_event *event)
{
	struct fabmon_change change = {
		.stamp = event->stamp,
		.cause = FABMON_CAUSE_MEMORY,
	};
	struct fabmon_cxl_dev *region;
	struct sk_buff *open;

	region = fabmon_cxl_dev_find_region(event->range.start);
	if (region)
		fabmon_cxl_touch(region, &change);

	open = fabmon_attrs_new(512);
	if (!open || event_fill(open, event, region)) {
		fabmon_attrs_free(open);
		fabmon_event_lost(&fabmon_cxl_provider, 1, &event->stamp);
		return;
	}
	fabmon_event_emit(&fabmon_cxl_provider, region ? region->node : NULL,
			  open, NULL, &change);
}

/* events_take - the oldest event, or NULL and what has to be made good */
static struct memory_event *events_take(u64 *lost, bool *missed)
{
	struct memory_event *event;

	mutex_lock(&blocks_lock);
	event = list_first_entry_or_null(&memory_events, struct memory_event,
					 list);
	if (event) {
		list_del(&event->list);
		memory_count--;
	} else {
		*lost = memory_lost;
		*missed = memory_missed;
		memory_lost = 0;
		memory_missed = false;
	}
	mutex_unlock(&blocks_lock);
	return event;
}

/**
 * fabmon_cxl_memory_send - send events of memory that went on or off line
 *
 * Context: process, fabmon_cxl_lock held.
 */
void fabmon_cxl_memory_send(void)
{
	struct memory_event *event;
	struct fabmon_stamp stamp;
	bool missed = false;
	u64 lost = 0;

	lockdep_assert_held(&fabmon_cxl_lock);

	while ((event = events_take(&lost, &missed))) {
		event_send(event);
		kfree(event);
	}
	stamp = fabmon_stamp_now();
	fabmon_event_lost(&fabmon_cxl_provider, lost, &stamp);
	if (missed)
		memory_scan();
}

/**
 * fabmon_cxl_memory_next - find memory that is online
 * @from: host physical address to begin at
 * @end: where to stop
 * @range: takes the unbroken range of one NUMA node
 *
 * Context: process.
 * Return: true if there is any.
 */
bool fabmon_cxl_memory_next(u64 from, u64 end, struct fabmon_cxl_range *range)
{
	unsigned long block, last;
	void *entry;

	if (!block_size || from >= end)
		return false;
	block = div64_u64(from, block_size);
	last = div64_u64(end - 1, block_size);
	entry = xa_find(&blocks_online, &block, last, XA_PRESENT);
	if (!entry)
		return false;

	range->start = max_t(u64, from, (u64)block * block_size);
	range->nid = (int)xa_to_value(entry) - 1;
	do {
		block++;
	} while (block <= last && xa_load(&blocks_online, block) == entry);
	range->size = min_t(u64, end, (u64)block * block_size) - range->start;
	return true;
}

/**
 * fabmon_cxl_memory_init - begin to follow memory
 *
 * Context: process, nothing held.
 * Return: 0, -EOPNOTSUPP where memory cannot go on or off line, or -ENOMEM.
 */
int fabmon_cxl_memory_init(void)
{
	int ret;

	if (!IS_ENABLED(CONFIG_MEMORY_HOTPLUG))
		return -EOPNOTSUPP;
	block_size = memory_block_size_bytes();
	ret = register_memory_notifier(&memory_nb);
	if (ret)
		return ret;
	memory_scan();
	return 0;
}

/**
 * fabmon_cxl_memory_exit - stop following memory
 *
 * Context: process, nothing held. The work of refresh.c may still run.
 */
void fabmon_cxl_memory_exit(void)
{
	if (block_size)
		unregister_memory_notifier(&memory_nb);
}

/**
 * fabmon_cxl_memory_free - free the events that were not sent
 *
 * Context: process, after fabmon_cxl_memory_exit() and the last work.
 */
void fabmon_cxl_memory_free(void)
{
	struct memory_event *event, *tmp;

	list_for_each_entry_safe(event, tmp, &memory_events, list)
		kfree(event);
	xa_destroy(&blocks_online);
}
