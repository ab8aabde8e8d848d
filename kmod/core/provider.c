// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The providers that are loaded, and the capabilities: what can be reported on
 * this kernel, and why the rest cannot.
 */
#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/seq_file.h>

#include "core.h"

/* Why a capability is absent, by its bit; fabmon_store.lock */
static const char *fabmon_absences[BITS_PER_TYPE(u32)];

static void fabmon_absence_set(u32 mask, const char *reason)
{
	unsigned long bits = mask;
	unsigned int bit;

	lockdep_assert_held(&fabmon_store.lock);

	for_each_set_bit(bit, &bits, BITS_PER_TYPE(u32))
		fabmon_absences[bit] = reason;
}

void fabmon_provider_register(struct fabmon_provider *provider,
			      u32 capabilities)
{
	mutex_lock(&fabmon_store.lock);
	list_add_tail(&provider->entry, &fabmon_store.providers);
	fabmon_store.capabilities |= capabilities;
	mutex_unlock(&fabmon_store.lock);
}
EXPORT_SYMBOL_GPL(fabmon_provider_register);

void fabmon_provider_leave(struct fabmon_provider *provider)
{
	mutex_lock(&fabmon_store.lock);
	provider->leaving = true;
	mutex_unlock(&fabmon_store.lock);
}
EXPORT_SYMBOL_GPL(fabmon_provider_leave);

void fabmon_provider_unregister(struct fabmon_provider *provider,
				u32 capabilities)
{
	mutex_lock(&fabmon_store.lock);
	WARN_ON(provider->nodes);
	list_del(&provider->entry);
	fabmon_store.capabilities &= ~capabilities;
	fabmon_absence_set(capabilities, NULL);
	mutex_unlock(&fabmon_store.lock);
}
EXPORT_SYMBOL_GPL(fabmon_provider_unregister);

void fabmon_capability_set(u32 mask)
{
	mutex_lock(&fabmon_store.lock);
	fabmon_store.capabilities |= mask;
	fabmon_absence_set(mask, NULL);
	mutex_unlock(&fabmon_store.lock);
}
EXPORT_SYMBOL_GPL(fabmon_capability_set);

void fabmon_capability_clear(u32 mask, const char *reason)
{
	mutex_lock(&fabmon_store.lock);
	fabmon_store.capabilities &= ~mask;
	fabmon_absence_set(mask, reason);
	mutex_unlock(&fabmon_store.lock);
}
EXPORT_SYMBOL_GPL(fabmon_capability_clear);

static int fabmon_provider_fill_one(struct sk_buff *skb,
				    const struct fabmon_provider *provider)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, FABMON_A_INFO_PROVIDER);
	if (!nest)
		return -EMSGSIZE;

	if (nla_put_string(skb, FABMON_A_PROVIDER_NAME, provider->name) ||
	    nla_put_string(skb, FABMON_A_PROVIDER_VERSION, provider->version) ||
	    nla_put_u32(skb, FABMON_A_PROVIDER_NODES, provider->nodes) ||
	    fabmon_put_u64(skb, FABMON_A_PROVIDER_ADDED, provider->added) ||
	    fabmon_put_u64(skb, FABMON_A_PROVIDER_CHANGED, provider->changed) ||
	    fabmon_put_u64(skb, FABMON_A_PROVIDER_UNCHANGED,
			   provider->unchanged) ||
	    fabmon_put_u64(skb, FABMON_A_PROVIDER_DELETED, provider->deleted) ||
	    fabmon_put_u64(skb, FABMON_A_PROVIDER_EVENTS, provider->events)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int fabmon_absence_fill(struct sk_buff *skb, unsigned int bit)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, FABMON_A_INFO_ABSENCE);
	if (!nest)
		return -EMSGSIZE;

	if (nla_put_u32(skb, FABMON_A_ABSENCE_CAPABILITY, BIT(bit)) ||
	    nla_put_string(skb, FABMON_A_ABSENCE_REASON,
			   fabmon_absences[bit])) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * fabmon_provider_fill - put the providers, and what is absent
 * @skb: takes attributes of the set "info"
 *
 * Context: fabmon_store.lock held.
 *
 * Return: 0 or -EMSGSIZE.
 */
int fabmon_provider_fill(struct sk_buff *skb)
{
	const struct fabmon_provider *provider;
	unsigned int bit;

	lockdep_assert_held(&fabmon_store.lock);

	list_for_each_entry(provider, &fabmon_store.providers, entry) {
		if (fabmon_provider_fill_one(skb, provider))
			return -EMSGSIZE;
	}
	for (bit = 0; bit < ARRAY_SIZE(fabmon_absences); bit++) {
		if (fabmon_absences[bit] && fabmon_absence_fill(skb, bit))
			return -EMSGSIZE;
	}
	return 0;
}

/**
 * fabmon_provider_show - print the providers, and what is absent
 * @file: where to
 *
 * Context: fabmon_store.lock held.
 */
void fabmon_provider_show(struct seq_file *file)
{
	const struct fabmon_provider *provider;
	unsigned int bit;

	lockdep_assert_held(&fabmon_store.lock);

	list_for_each_entry(provider, &fabmon_store.providers, entry)
		seq_printf(file,
			   "provider %s %s nodes %u added %llu changed %llu unchanged %llu deleted %llu events %llu\n",
			   provider->name, provider->version, provider->nodes,
			   provider->added, provider->changed,
			   provider->unchanged, provider->deleted,
			   provider->events);
	for (bit = 0; bit < ARRAY_SIZE(fabmon_absences); bit++) {
		if (fabmon_absences[bit])
			seq_printf(file, "absent 0x%lx %s\n", BIT(bit),
				   fabmon_absences[bit]);
	}
}
