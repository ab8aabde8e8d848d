// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The queue between the probes, which must not sleep, and netlink.
 */
#include <linux/kfifo.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "record.h"

/* About 150 kB: a device's whole log many times over in one burst. */
#define FIFO_SIZE	512

/* more than the longest description takes */
#define OPEN_ROOM	1024
#define SECRET_ROOM	512

static DEFINE_KFIFO(samples, struct fabmon_cxl_sample, FIFO_SIZE);
static DEFINE_RAW_SPINLOCK(samples_lock);	/* for those who put */
static atomic64_t samples_lost;

static void samples_work_fn(struct work_struct *work);
static DECLARE_WORK(samples_work, samples_work_fn);

/**
 * fabmon_cxl_sample_init - begin a sample, in a probe
 * @sample: the sample
 * @type: what it is
 * @memdev: struct cxl_memdev, whose first member is its struct device, or NULL
 * @region: struct cxl_region, likewise, or NULL
 *
 * Both pointers are only compared with those of devices that the bus
 * announced: should their types change one day, events have no node.
 *
 * Context: any. Both devices are alive, for the caller of the tracepoint uses
 * them; so what is found is theirs.
 */
void fabmon_cxl_sample_init(struct fabmon_cxl_sample *sample,
			    enum fabmon_event_type type, const void *memdev,
			    const void *region)
{
	struct fabmon_cxl_dev *cdev;

	memset(sample, 0, sizeof(*sample));
	sample->stamp = fabmon_stamp_now();
	sample->type = type;
	sample->hpa = ULLONG_MAX;
	sample->hpa_alias = ULLONG_MAX;

	rcu_read_lock();
	cdev = memdev ? fabmon_cxl_dev_find_rcu(memdev) : NULL;
	if (cdev) {
		sample->node = READ_ONCE(cdev->id);
		strscpy(sample->device, cdev->name, sizeof(sample->device));
		if (cdev->kind == FABMON_NODE_KIND_CXL_MEMDEV &&
		    (type == FABMON_EVENT_TYPE_AER_CORRECTABLE ||
		     type == FABMON_EVENT_TYPE_AER_UNCORRECTABLE))
			strscpy(sample->pci, cdev->pci, sizeof(sample->pci));
	}
	cdev = region ? fabmon_cxl_dev_find_rcu(region) : NULL;
	if (cdev)
		sample->region = READ_ONCE(cdev->id);
	rcu_read_unlock();
}

/**
 * fabmon_cxl_sample_queue - hand a sample to the work
 * @sample: the sample, copied
 *
 * Context: any.
 */
void fabmon_cxl_sample_queue(const struct fabmon_cxl_sample *sample)
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

/**
 * fabmon_cxl_sample_unreadable - count an event that cannot be read
 *
 * Context: any.
 */
void fabmon_cxl_sample_unreadable(void)
{
	atomic64_inc(&samples_lost);
	queue_work(fabmon_cxl_wq, &samples_work);
}

/* sample_locate - find the port that reported protocol errors */
static void sample_locate(struct fabmon_cxl_sample *sample)
{
	struct fabmon_cxl_dev *cdev;

	if (sample->node || !sample->pci[0])
		return;
	mutex_lock(&fabmon_cxl_lock);
	cdev = fabmon_cxl_dev_find_port(sample->pci);
	if (cdev) {
		sample->node = cdev->id;
		strscpy(sample->device, cdev->name, sizeof(sample->device));
	}
	mutex_unlock(&fabmon_cxl_lock);
}

static void sample_send(struct fabmon_cxl_sample *sample)
{
	struct sk_buff *open = fabmon_attrs_new(OPEN_ROOM);
	struct sk_buff *secret = fabmon_attrs_new(SECRET_ROOM);
	struct fabmon_change change = {
		.stamp = sample->stamp,
	};

	sample_locate(sample);
	if (!open || !secret || fabmon_cxl_record_fill(sample, open, secret)) {
		fabmon_attrs_free(open);
		fabmon_attrs_free(secret);
		fabmon_event_lost(&fabmon_cxl_provider, 1, &sample->stamp);
		return;
	}
	if (!secret->len) {
		fabmon_attrs_free(secret);
		secret = NULL;
	}
	fabmon_event_emit(&fabmon_cxl_provider, NULL, open, secret, &change);
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
	fabmon_event_lost(&fabmon_cxl_provider,
			  atomic64_xchg(&samples_lost, 0), &stamp);
}

/**
 * fabmon_cxl_samples_flush - send what was queued until now
 *
 * Context: process; no probe runs any more.
 */
void fabmon_cxl_samples_flush(void)
{
	flush_work(&samples_work);
}
