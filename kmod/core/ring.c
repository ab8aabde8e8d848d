// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The ring: the last notifications of all namespaces, for clients that missed
 * some. Bounded in number and in bytes; the oldest are dropped first.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "core.h"

#define RING_EVENTS_MIN	64U
#define RING_EVENTS_MAX	1048576U
#define RING_KBYTES_MIN	256U
#define RING_KBYTES_MAX	1048576U

static unsigned int ring_events = 4096;
module_param(ring_events, uint, 0444);
MODULE_PARM_DESC(ring_events,
		 "Notifications kept for readers that missed some: 64 to 1048576 (default 4096)");

static unsigned int ring_kbytes = 8192;
module_param(ring_kbytes, uint, 0444);
MODULE_PARM_DESC(ring_kbytes,
		 "Memory for what they hold, in KiB: 256 to 1048576 (default 8192)");

/**
 * struct fabmon_ring - the ring; fabmon_store.lock
 * @slots: the record with position p is in slot p % @size
 * @size: number of @slots
 * @used: records kept
 * @head: position of the next record: how many there have been
 * @bytes: of all that is kept, what two records share counted twice
 */
static struct fabmon_ring {
	struct fabmon_record *slots;
	u32 size;
	u32 used;
	u64 head;
	u64 bytes;
} ring;

static unsigned int ring_clamp(const char *name, unsigned int value,
			       unsigned int low, unsigned int high)
{
	unsigned int fits = clamp(value, low, high);

	if (fits != value)
		pr_warn("%s=%u is out of range: %u is taken\n", name, value,
			fits);
	return fits;
}

/**
 * fabmon_ring_init - make the ring that the parameters ask for
 *
 * Return: 0 or -ENOMEM.
 */
int fabmon_ring_init(void)
{
	ring_events = ring_clamp("ring_events", ring_events, RING_EVENTS_MIN,
				 RING_EVENTS_MAX);
	ring_kbytes = ring_clamp("ring_kbytes", ring_kbytes, RING_KBYTES_MIN,
				 RING_KBYTES_MAX);
	ring.size = ring_events;
	ring.slots = kvcalloc(ring.size, sizeof(*ring.slots), GFP_KERNEL);
	return ring.slots ? 0 : -ENOMEM;
}

static struct fabmon_record *ring_slot(u64 pos)
{
	u32 slot;

	div_u64_rem(pos, ring.size, &slot);
	return &ring.slots[slot];
}

static size_t ring_bytes_of(const struct fabmon_record *record)
{
	return (record->body ? record->body->len : 0) +
	       (record->extra ? record->extra->len : 0);
}

static void ring_drop_oldest(void)
{
	struct fabmon_record *oldest = ring_slot(ring.head - ring.used);

	ring.used--;
	ring.bytes -= ring_bytes_of(oldest);
	fabmon_blob_put(oldest->body);
	fabmon_blob_put(oldest->extra);
}

/**
 * fabmon_ring_exit - free the ring and what it holds
 */
void fabmon_ring_exit(void)
{
	while (ring.used)
		ring_drop_oldest();
	kvfree(ring.slots);
}

/**
 * fabmon_ring_put - keep a record
 * @record: copied, with references on its blobs
 *
 * Never fails: the slots are there.
 *
 * Context: fabmon_store.lock held.
 */
void fabmon_ring_put(const struct fabmon_record *record)
{
	size_t bytes = ring_bytes_of(record);
	struct fabmon_record *slot;

	lockdep_assert_held(&fabmon_store.lock);

	while (ring.used &&
	       (ring.used == ring.size ||
		ring.bytes + bytes > (u64)ring_kbytes * SZ_1K))
		ring_drop_oldest();

	slot = ring_slot(ring.head);
	*slot = *record;
	fabmon_blob_get(slot->body);
	fabmon_blob_get(slot->extra);
	ring.head++;
	ring.used++;
	ring.bytes += bytes;
	fabmon_store.largest = max_t(u32, fabmon_store.largest, bytes);
}

/**
 * fabmon_ring_head - where the next record will be
 *
 * Context: fabmon_store.lock held.
 *
 * Return: its position, which is how many there have been.
 */
u64 fabmon_ring_head(void)
{
	lockdep_assert_held(&fabmon_store.lock);
	return ring.head;
}

/**
 * fabmon_ring_oldest - the position of the oldest record kept
 *
 * Context: fabmon_store.lock held.
 *
 * Return: that of the next record if none is kept.
 */
u64 fabmon_ring_oldest(void)
{
	lockdep_assert_held(&fabmon_store.lock);
	return ring.head - ring.used;
}

/**
 * fabmon_ring_at - a record by its position
 * @pos: from fabmon_ring_oldest() to before fabmon_ring_head()
 *
 * Context: fabmon_store.lock held, for as long as the record is used.
 *
 * Return: the record.
 */
const struct fabmon_record *fabmon_ring_at(u64 pos)
{
	lockdep_assert_held(&fabmon_store.lock);
	return ring_slot(pos);
}

/**
 * fabmon_ring_find - find where a namespace's stream goes on
 * @fnet: the namespace
 * @from: number in its stream
 * @pos: receives the position of the first record that it sees and that has
 *	this number or a later one; fabmon_ring_head() if there is none
 *
 * Records do not know their number, which differs from namespace to namespace:
 * it is counted back from the newest.
 *
 * Context: fabmon_store.lock held.
 *
 * Return: the number of the record at @pos. What is between @from and it is
 * kept no more, or was before the namespace.
 */
u64 fabmon_ring_find(const struct fabmon_net *fnet, u64 from, u64 *pos)
{
	u64 seq = fabmon_net_seq(fnet), found = seq + 1;
	u64 floor = max(from, fnet->first + 1);
	u64 oldest = fabmon_ring_oldest();
	u64 at = ring.head;

	*pos = at;
	while (at > oldest && seq >= floor) {
		at--;
		if (!fabmon_net_sees(fnet, ring_slot(at)))
			continue;
		*pos = at;
		found = seq--;
	}
	return found;
}

/**
 * fabmon_ring_fill - put the size of the ring and how full it is
 * @skb: takes attributes of the set "info"
 *
 * Context: fabmon_store.lock held.
 *
 * Return: 0 or -EMSGSIZE.
 */
int fabmon_ring_fill(struct sk_buff *skb)
{
	lockdep_assert_held(&fabmon_store.lock);

	if (nla_put_u32(skb, FABMON_A_INFO_RING_SIZE, ring.size) ||
	    nla_put_u32(skb, FABMON_A_INFO_RING_USED, ring.used) ||
	    fabmon_put_u64(skb, FABMON_A_INFO_RING_BYTES, ring.bytes) ||
	    fabmon_put_u64(skb, FABMON_A_INFO_RING_DROPPED,
			   ring.head - ring.used))
		return -EMSGSIZE;
	return 0;
}
