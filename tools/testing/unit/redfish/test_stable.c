// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * A resource keeps its URI over a reboot, when a driver is bound again, and
 * when a network device is renamed; also if a device has no GUID, or another's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fixture.h"

/* Every URI of one tree is in the other. */
static void same_uris(const json_t *a, const json_t *b)
{
	const char *uri;
	json_t *obj;

	json_object_foreach((json_t *)a, uri, obj)
		if (!json_object_get(b, uri))
			fail_msg("%s is gone", uri);
	json_object_foreach((json_t *)b, uri, obj)
		if (!json_object_get(a, uri))
			fail_msg("%s is new", uri);
}

static struct model *everything(void)
{
	struct model *model = fix_all();

	fix_ipoib(model);
	fix_lan(model);
	fix_virtual(model);
	fix_opa(model);
	fix_usnic(model);
	fix_rocev1(model);
	return model;
}

static void test_reboot(void **state)
{
	struct model *model = everything();
	json_t *before = fix_project(model, &fix_alone), *after;

	model = fix_reboot(model);
	after = fix_project(model, &fix_alone);
	/* else nothing was tried */
	assert_false(json_equal(before, after));
	same_uris(before, after);
	json_decref(after);
	json_decref(before);
	model_free(model);
}

/* Links, addresses, all but names are where they were. */
static void test_reboot_content(void **state)
{
	struct model *model = everything();
	json_t *before = fix_project(model, &fix_alone), *after;
	const char *uri = FIX_SYSTEM "/EthernetInterfaces/" FIX_NIC "-1-bond";

	model = fix_reboot(model);
	after = fix_project(model, &fix_alone);
	assert_true(json_equal(json_object_get(before, uri),
			       json_object_get(after, uri)));
	json_decref(after);
	json_decref(before);
	model_free(model);
}

static struct model_node *add_dev(struct model *model, uint32_t id,
				  const char *name, const char *pci,
				  uint64_t guid)
{
	struct knl_node k;
	char port[32];

	fix_rdma_dev(model, id, name, pci, guid)->k.dev.ports = 1;
	snprintf(port, sizeof(port), "%s/1", name);
	k = fix_rdma_port(id, port, 1, FABMON_RDMA_PROTOCOL_ROCEV2);
	fix_netdev(&k, name, (uint8_t)id);
	assert_non_null(model_node_put(model, &k));
	return model_node_by_id(model, id);
}

static void drop_dev(struct model *model, uint32_t id)
{
	model_node_drop(model, id + 1);
	model_node_drop(model, id);
}

static const char *ident_of(struct model *model, uint32_t id)
{
	const char *ident = model_node_by_id(model, id)->ident;

	assert_non_null(ident);
	return ident;
}

/* Some cards have both functions' GUIDs alike, others none. */
static void test_doubled(void **state)
{
	struct model *model = fix_host();
	json_t *before, *after;

	add_dev(model, 10, "a", "0000:01:00.0", 7);
	add_dev(model, 20, "b", "0000:01:00.1", 7);
	add_dev(model, 30, "c", "0000:02:00.0", 0);
	add_dev(model, 40, "d", "0000:02:00.1", 0);
	add_dev(model, 50, "e", "", 9);
	add_dev(model, 60, "f", "", 9);
	before = fix_project(model, &fix_alone);
	assert_string_equal(ident_of(model, 10),
			    "0000000000000007-0000-01-00.0");
	assert_string_equal(ident_of(model, 40),
			    "0000000000000000-0000-02-00.1");
	assert_int_equal(fix_int(before, FIX_ADAPTERS, "Members@odata.count"),
			 6);
	model = fix_reboot(model);
	after = fix_project(model, &fix_alone);
	same_uris(before, after);
	json_decref(after);
	json_decref(before);
	model_free(model);
}

/*
 * Two devices without an address on a bus have the same GUID. Their network
 * devices distinguish them, so that each is the same one after a boot.
 */
static void test_doubled_soft(void **state)
{
	struct model *model = fix_host();
	const char *one = FIX_ADAPTERS "/0000000000000009-1", *port;
	const char *mac = "Ethernet/AssociatedMACAddresses/0";
	json_t *before, *after;

	port = FIX_ADAPTERS "/0000000000000009-1/Ports/1";
	add_dev(model, 10, "beta", "", 9);
	add_dev(model, 20, "alpha", "", 9);
	before = fix_project(model, &fix_alone);
	assert_string_equal(fix_str(before, one, "Name"), "alpha");
	model = fix_reboot(model);
	after = fix_project(model, &fix_alone);
	assert_string_equal(fix_str(before, port, mac),
			    fix_str(after, port, mac));
	json_decref(after);
	json_decref(before);
	model_free(model);
}

static void test_rebind(void **state)
{
	struct model *model = fix_host();
	json_t *before, *after;

	add_dev(model, 10, "mlx5_0", "0000:01:00.0", 7);
	add_dev(model, 20, "mlx5_1", "0000:01:00.1", 7);
	add_dev(model, 30, "mlx5_2", "0000:02:00.0", 5);
	before = fix_project(model, &fix_alone);
	drop_dev(model, 10);
	drop_dev(model, 20);
	drop_dev(model, 30);
	model_identify(model);
	/* the kernel gives its names in the order of appearance */
	add_dev(model, 100, "mlx5_0", "0000:02:00.0", 5);
	model_identify(model);
	add_dev(model, 110, "mlx5_1", "0000:01:00.1", 7);
	model_identify(model);
	add_dev(model, 120, "mlx5_2", "0000:01:00.0", 7);
	after = fix_project(model, &fix_alone);
	same_uris(before, after);
	assert_string_equal(fix_str(after, FIX_ADAPTERS "/0000000000000005",
				    "Name"), "mlx5_0");
	json_decref(after);
	json_decref(before);
	model_free(model);
}

/* ---- over a restart of the daemon --------------------------------------- */

static bool memory_get(const char *key, char *ident, size_t size, void *ctx)
{
	const char *value = json_string_value(json_object_get(ctx, key));

	return value && snprintf(ident, size, "%s", value) < (int)size;
}

static void memory_put(const char *key, const char *ident, void *ctx)
{
	json_object_set_new(ctx, key, json_string(ident));
}

static struct model *restarted(json_t *memory)
{
	const struct model_memory hooks = {
		.get = memory_get, .put = memory_put, .ctx = memory,
	};
	struct model *model = fix_host();

	model_remember(model, &hooks);
	return model;
}

/* One was alone first, and has the plain identity. */
static void test_arrive_apart(void **state)
{
	json_t *memory = json_object();
	struct model *model = restarted(memory);

	add_dev(model, 10, "a", "0000:01:00.0", 7);
	add_dev(model, 30, "alone", "0000:03:00.0", 5);
	model_identify(model);
	/* nothing that would not come of itself */
	assert_int_equal(json_object_size(memory), 0);
	add_dev(model, 20, "b", "0000:01:00.1", 7);
	model_identify(model);
	assert_int_equal(json_object_size(memory), 2);
	assert_string_equal(ident_of(model, 10), "0000000000000007");
	model_free(model);

	model = restarted(memory);
	add_dev(model, 110, "b", "0000:01:00.1", 7);
	add_dev(model, 120, "a", "0000:01:00.0", 7);
	model_identify(model);
	assert_string_equal(ident_of(model, 120), "0000000000000007");
	assert_string_equal(ident_of(model, 110),
			    "0000000000000007-0000-01-00.1");
	model_free(model);

	/* one alone keeps its identity, and so does one that returns */
	model = restarted(memory);
	add_dev(model, 210, "b", "0000:01:00.1", 7);
	model_identify(model);
	assert_string_equal(ident_of(model, 210),
			    "0000000000000007-0000-01-00.1");
	add_dev(model, 220, "a", "0000:01:00.0", 7);
	model_identify(model);
	assert_string_equal(ident_of(model, 220), "0000000000000007");
	model_free(model);
	json_decref(memory);
}

/* Both were there at first; then one is taken out. */
static void test_one_goes(void **state)
{
	json_t *memory = json_object();
	struct model *model = restarted(memory);

	add_dev(model, 10, "a", "0000:01:00.0", 7);
	add_dev(model, 20, "b", "0000:01:00.1", 7);
	model_identify(model);
	model_free(model);
	model = restarted(memory);
	add_dev(model, 10, "a", "0000:01:00.0", 7);
	model_identify(model);
	assert_string_equal(ident_of(model, 10),
			    "0000000000000007-0000-01-00.0");
	model_free(model);
	json_decref(memory);
}

/* What the memory holds is only text: it may be nonsense, or taken. */
static void test_memory_odd(void **state)
{
	json_t *memory = json_object();
	struct model *model = restarted(memory);

	json_object_set_new(memory, "rdma-dev/0000000000000007/0000-01-00.0",
			    json_string("../a b"));
	json_object_set_new(memory, "rdma-dev/0000000000000008/0000-02-00.0",
			    json_string(""));
	json_object_set_new(memory, "rdma-dev/0000000000000009/0000-03-00.0",
			    json_string("0000000000000008"));
	add_dev(model, 10, "a", "0000:01:00.0", 7);
	add_dev(model, 20, "b", "0000:02:00.0", 8);
	add_dev(model, 30, "c", "0000:03:00.0", 9);
	model_identify(model);
	assert_string_equal(ident_of(model, 10), "..-a-b");
	assert_string_equal(ident_of(model, 20), "0000000000000008");
	assert_string_equal(ident_of(model, 30), "0000000000000009");
	model_free(model);
	json_decref(memory);
}

static void test_netdev_rename(void **state)
{
	const char *uri = FIX_SYSTEM "/EthernetInterfaces/" FIX_NIC "-1";
	struct model *model = everything();
	json_t *before = fix_project(model, &fix_alone), *after;
	struct model_node *port = fix_node(model, "mlx5_1/1",
					   FABMON_NODE_KIND_RDMA_PORT);
	size_t i;

	strcpy(port->k.edges[0].ifname, "lan0");
	for (i = 0; i < port->port.n_netdevs; i++)
		snprintf(port->port.netdevs[i].ifname, KNL_IFNAME_LEN,
			 "new%u", (unsigned int)i % 100);
	after = fix_project(model, &fix_alone);
	same_uris(before, after);
	assert_string_equal(fix_str(after, uri, "Name"), "lan0");
	assert_string_equal(fix_str(after, FIX_ADAPTERS "/" FIX_NIC "/Ports/1",
				    "Oem/Fabmon/NetworkDevice"), "lan0");
	json_decref(after);
	json_decref(before);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reboot),
		cmocka_unit_test(test_reboot_content),
		cmocka_unit_test(test_doubled),
		cmocka_unit_test(test_doubled_soft),
		cmocka_unit_test(test_rebind),
		cmocka_unit_test(test_arrive_apart),
		cmocka_unit_test(test_one_goes),
		cmocka_unit_test(test_memory_odd),
		cmocka_unit_test(test_netdev_rename),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
