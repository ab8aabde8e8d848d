// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Counters of RDMA devices, from the files of sysfs to the answer of HTTP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "http_call.h"
#include "readings_fixture.h"
#include "redfish/metrics.h"
#include "tree/readings.h"
#include "service/service.h"
#include "tempdir.h"

#define HCA_PORT	FIX_ADAPTERS "/" FIX_HCA "/Ports/1"
#define HCA_METRICS	HCA_PORT "/Metrics"
#define NIC_METRICS	FIX_ADAPTERS "/" FIX_NIC "/Ports/1/Metrics"
#define HCA_DIR		"class/infiniband/mlx5_0/ports/1/"
#define NIC_DIR		"class/infiniband/mlx5_1/ports/1/"
#define NETDEV_DIR	"class/net/ens1f0np0/"

static int setup(void **state)
{
	struct model *model = fix_host();

	fix_hca(model);
	fix_nic(model);
	*state = readings_fixture_new(model);
	return 0;
}

static int teardown(void **state)
{
	readings_fixture_free(*state);
	return 0;
}

static void counter(struct readings_fixture *f, const char *dir,
		    const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s%s", dir, name);
	tempdir_write(f->dir, path, text);
}

/* Value of a counter that is in Oem under the driver's name; -1: is not. */
static json_int_t other(const json_t *tree, const char *uri, const char *list,
			const char *name)
{
	const json_t *all, *item;
	char path[64];
	size_t i;

	snprintf(path, sizeof(path), "Oem/Fabmon/%s", list);
	all = fix_at(tree, uri, path);
	json_array_foreach((json_t *)all, i, item)
		if (!strcmp(json_string_value(json_object_get(item, "Name")),
			    name))
			return json_integer_value(json_object_get(item,
								  "Value"));
	return -1;
}

/* ---- what is read and where it goes ------------------------------------- */

static void hca_files(struct readings_fixture *f)
{
	static const char *const files[][2] = {
		{ "counters/port_rcv_data", "1000\n" },
		{ "counters/port_xmit_data", "4611686018427387904\n" },
		{ "counters/port_rcv_errors", "3\n" },
		{ "counters/port_rcv_packets", "40\n" },
		{ "counters/port_xmit_packets", "50\n" },
		{ "counters/unicast_rcv_packets", "38\n" },
		{ "counters/multicast_rcv_packets", "2\n" },
		{ "counters/unicast_xmit_packets", "49\n" },
		{ "counters/multicast_xmit_packets", "1\n" },
		{ "counters/port_xmit_discards", "7\n" },
		{ "counters/symbol_error", "11\n" },
		{ "counters/link_error_recovery", "12\n" },
		{ "counters/link_downed", "13\n" },
		{ "counters/VL15_dropped", "14\n" },
		{ "counters/port_xmit_wait", "15\n" },
		{ "counters/excessive_buffer_overrun_errors", "16\n" },
		{ "counters/local_link_integrity_errors", "N/A (no PMA)\n" },
		{ "counters/something_new", "17\n" },
		{ "hw_counters/rx_write_requests", "100\n" },
		{ "hw_counters/rx_read_requests", "20\n" },
		{ "hw_counters/rx_atomic_requests", "3\n" },
		{ "hw_counters/out_of_sequence", "4\n" },
		{ "hw_counters/packet_seq_err", "5\n" },
		{ "hw_counters/resp_remote_access_errors", "6\n" },
		{ "hw_counters/out_of_buffer", "9\n" },
		{ "hw_counters/lifespan", "10\n" },
	};
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		counter(f, HCA_DIR, files[i][0], files[i][1]);
}

static void test_infiniband(void **state)
{
	struct readings_fixture *f = *state;
	const char *m = HCA_METRICS;
	json_t *tree;

	hca_files(f);
	/* IP over InfiniBand is a part of what passes the port */
	tree = readings_fixture_read(f, m);
	assert_string_equal(fix_str(tree, m, "Id"), "Metrics");
	assert_int_equal(fix_int(tree, m, "RXBytes"), 4000);
	/* more than JSON's integers hold */
	assert_true(fix_int(tree, m, "TXBytes") == INT64_MAX);
	assert_int_equal(fix_int(tree, m, "RXErrors"), 3);
	assert_null(fix_at(tree, m, "TXErrors"));
	assert_int_equal(fix_int(tree, m, "Networking/RXFrames"), 40);
	assert_int_equal(fix_int(tree, m, "Networking/TXFrames"), 50);
	assert_int_equal(fix_int(tree, m, "Networking/RXUnicastFrames"), 38);
	assert_int_equal(fix_int(tree, m, "Networking/TXMulticastFrames"), 1);
	assert_int_equal(fix_int(tree, m, "Networking/TXDiscards"), 7);
	assert_null(fix_at(tree, m, "Networking/RXDiscards"));
	assert_null(fix_at(tree, m, "Networking/RDMARXBytes"));
	assert_int_equal(fix_int(tree, m, "Networking/RDMARXRequests"), 123);
	assert_int_equal(fix_int(tree, m, "Networking/RDMAProtocolErrors"), 9);
	assert_int_equal(fix_int(tree, m, "Networking/RDMAProtectionErrors"),
			 6);
	json_decref(tree);
}

static void test_oem(void **state)
{
	struct readings_fixture *f = *state;
	const char *m = HCA_METRICS;
	json_t *tree;

	hca_files(f);
	tree = readings_fixture_read(f, m);
	assert_string_equal(fix_str(tree, m, "Oem/Fabmon/@odata.type"),
			    "#Fabmon.v1_0_0.RdmaPortMetrics");
	assert_int_equal(fix_int(tree, m, "Oem/Fabmon/SymbolErrors"), 11);
	assert_int_equal(fix_int(tree, m, "Oem/Fabmon/LinkErrorRecoveries"),
			 12);
	assert_int_equal(fix_int(tree, m, "Oem/Fabmon/LinkDownedCount"), 13);
	assert_int_equal(fix_int(tree, m, "Oem/Fabmon/Vl15Dropped"), 14);
	assert_int_equal(fix_int(tree, m, "Oem/Fabmon/TxWaitTicks"), 15);
	assert_int_equal(fix_int(tree, m, "Oem/Fabmon/ExcessiveBufferOverruns"),
			 16);
	assert_null(fix_at(tree, m, "Oem/Fabmon/LocalLinkIntegrityErrors"));
	assert_int_equal(other(tree, m, "PortCounters", "something_new"), 17);
	assert_int_equal(other(tree, m, "PortCounters", "symbol_error"), -1);
	assert_int_equal(other(tree, m, "HardwareCounters", "out_of_buffer"),
			 9);
	/* what is part of a sum is shown alone as well */
	assert_int_equal(other(tree, m, "HardwareCounters",
			       "rx_atomic_requests"), 3);
	assert_int_equal(other(tree, m, "HardwareCounters", "lifespan"), -1);
	json_decref(tree);
}

static void nic_files(struct readings_fixture *f)
{
	struct model_node *port = fix_node(f->model, "mlx5_1/1",
					   FABMON_NODE_KIND_RDMA_PORT);

	port->k.edges[0].ifindex = 5;
	counter(f, NIC_DIR, "counters/port_rcv_data", "100\n");
	counter(f, NIC_DIR, "counters/port_xmit_data", "200\n");
	counter(f, NIC_DIR, "counters/unicast_rcv_packets", "1\n");
	counter(f, NETDEV_DIR, "ifindex", "5\n");
	counter(f, NETDEV_DIR, "statistics/rx_bytes", "70000\n");
	counter(f, NETDEV_DIR, "statistics/tx_bytes", "80000\n");
	counter(f, NETDEV_DIR, "statistics/rx_packets", "70\n");
	counter(f, NETDEV_DIR, "statistics/rx_crc_errors", "2\n");
	counter(f, NETDEV_DIR, "statistics/rx_dropped", "0\n");
	counter(f, NETDEV_DIR, "statistics/tx_errors", "1\n");
	counter(f, NETDEV_DIR, "statistics/multicast", "6\n");
}

static void test_ethernet(void **state)
{
	struct readings_fixture *f = *state;
	const char *m = NIC_METRICS;
	json_t *tree;

	nic_files(f);
	tree = readings_fixture_read(f, m);
	assert_int_equal(fix_int(tree, m, "RXBytes"), 70000);
	assert_int_equal(fix_int(tree, m, "TXBytes"), 80000);
	assert_int_equal(fix_int(tree, m, "TXErrors"), 1);
	assert_int_equal(fix_int(tree, m, "Networking/RDMARXBytes"), 400);
	assert_int_equal(fix_int(tree, m, "Networking/RDMATXBytes"), 800);
	assert_int_equal(fix_int(tree, m, "Networking/RXFrames"), 70);
	assert_int_equal(fix_int(tree, m, "Networking/RXFCSErrors"), 2);
	/* 0 is a count like others */
	assert_int_equal(fix_int(tree, m, "Networking/RXDiscards"), 0);
	assert_int_equal(fix_int(tree, m, "Networking/RXMulticastFrames"), 6);
	assert_null(fix_at(tree, m, "Networking/RXUnicastFrames"));
	assert_int_equal(other(tree, m, "PortCounters", "unicast_rcv_packets"),
			 1);
	json_decref(tree);
}

/* Another device that has the name by now is not ours to report. */
static void test_other_netdev(void **state)
{
	struct readings_fixture *f = *state;
	json_t *tree;

	nic_files(f);
	counter(f, NETDEV_DIR, "ifindex", "6\n");
	tree = readings_fixture_read(f, NIC_METRICS);
	assert_int_equal(fix_int(tree, NIC_METRICS, "RXBytes"), 400);
	assert_null(fix_at(tree, NIC_METRICS, "Networking/RXFrames"));
	json_decref(tree);
}

/* ---- an adapter's objects ----------------------------------------------- */

static void test_adapter(void **state)
{
	const char *m = FIX_ADAPTERS "/" FIX_HCA "/Metrics";
	struct rf_counters *c = calloc(2, sizeof(*c));
	struct readings_fixture *f = *state;
	json_t *tree;

	counter(f, "class/infiniband/mlx5_0/", "hw_counters/lifespan", "10\n");
	counter(f, "class/infiniband/mlx5_0/", "hw_counters/rx_dct_connect",
		"3\n");
	tree = readings_fixture_read(f, m);
	assert_int_equal(other(tree, m, "HardwareCounters", "rx_dct_connect"),
			 3);
	assert_int_equal(other(tree, m, "HardwareCounters", "lifespan"), -1);
	strcpy(c[0].list[0].name, "qp");
	c[0].list[0].value = 12;
	strcpy(c[0].list[1].name, "new_thing");
	c[0].count = 2;
	assert_int_equal(rf_metrics_adapter(json_object_get(tree, m), &c[0],
					    &c[1]), 0);
	assert_int_equal(fix_int(tree, m, "Oem/Fabmon/QueuePairCount"), 12);
	assert_string_equal(fix_str(tree, m, "Oem/Fabmon/@odata.type"),
			    "#Fabmon.v1_0_0.RdmaDeviceMetrics");
	assert_string_equal(fix_str(tree_all(f->tree), FIX_ADAPTERS "/" FIX_HCA,
				    "Metrics/@odata.id"), m);
	json_decref(tree);
	free(c);
}

/* Nothing to read is a resource all the same; links do not dangle. */
static void test_nothing(void **state)
{
	struct readings_fixture *f = *state;
	json_t *tree = readings_fixture_read(f, HCA_METRICS);

	assert_null(fix_at(tree, HCA_METRICS, "RXBytes"));
	assert_null(fix_at(tree, HCA_METRICS, "Networking"));
	assert_null(fix_at(tree, HCA_METRICS, "Oem"));
	assert_string_equal(fix_str(tree_all(f->tree), HCA_PORT,
				    "Metrics/@odata.id"), HCA_METRICS);
	json_decref(tree);
}

static void test_others(void **state)
{
	static const char *const uris[] = {
		"", "/", HCA_PORT, HCA_METRICS "/", HCA_METRICS "/Metrics",
		FIX_ADAPTERS "/" FIX_HCA "/Ports/3/Metrics",
		FIX_ADAPTERS "/x/" FIX_HCA "/Ports/1/Metrics",
		FIX_ADAPTERS "//Ports/1/Metrics", FIX_SYSTEM,
	};
	struct readings_fixture *f = *state;
	json_t *resource = json_object();
	size_t i;

	for (i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
		assert_int_equal(readings_fill(f->model, f->dir, uris[i],
					       resource), -ENOENT);
	assert_int_equal(json_object_size(resource), 0);
	json_decref(resource);
	assert_null(tree_read(f->tree, HCA_METRICS "/Metrics"));
}

static char *long_text(size_t size)
{
	char *text = malloc(size + 1);

	memset(text, '9', size);
	text[size] = '\0';
	return text;
}

static void test_hostile(void **state)
{
	static const char *const bad[] = {
		"", "\n", "-1", "0x", "1e9", "12monkeys", "\xff\xfe", "1\0002",
		"18446744073709551616", "99999999999999999999999999",
	};
	struct readings_fixture *f = *state;
	char name[80], *text = long_text(100000);
	json_t *tree;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(name, sizeof(name), "hw_counters/bad%zu", i);
		counter(f, HCA_DIR, name, bad[i]);
	}
	counter(f, HCA_DIR, "hw_counters/long", text);
	counter(f, HCA_DIR, "hw_counters/dir/file", "1\n");
	counter(f, HCA_DIR, "hw_counters/a b", "1\n");
	counter(f, HCA_DIR, "hw_counters/.hidden", "1\n");
	counter(f, HCA_DIR, "hw_counters/\xc3\x28", "1\n");
	counter(f, HCA_DIR, "hw_counters/"
		"a_name_that_is_longer_than_any_that_a_driver_has_", "1\n");
	counter(f, HCA_DIR, "counters/port_rcv_data", text);
	snprintf(name, sizeof(name), "%s/" HCA_DIR "hw_counters/fifo", f->dir);
	assert_int_equal(mkfifo(name, 0600), 0);
	snprintf(name, sizeof(name), "%s/" HCA_DIR "hw_counters/link", f->dir);
	assert_int_equal(symlink("/proc/uptime", name), 0);
	tree = readings_fixture_read(f, HCA_METRICS);
	assert_null(fix_at(tree, HCA_METRICS, "RXBytes"));
	/* "1\0002": what is behind the NUL is not read */
	assert_int_equal(json_array_size(fix_at(tree, HCA_METRICS,
					 "Oem/Fabmon/HardwareCounters")), 1);
	assert_int_equal(other(tree, HCA_METRICS, "HardwareCounters", "bad7"),
			 1);
	json_decref(tree);
	free(text);
}

static void test_too_many(void **state)
{
	struct readings_fixture *f = *state;
	char name[80];
	json_t *tree;
	size_t i;

	for (i = 0; i < RF_COUNTERS_MAX + 50; i++) {
		snprintf(name, sizeof(name), "hw_counters/c%zu", i);
		counter(f, HCA_DIR, name, "1\n");
	}
	tree = readings_fixture_read(f, HCA_METRICS);
	assert_int_equal(json_array_size(fix_at(tree, HCA_METRICS,
					 "Oem/Fabmon/HardwareCounters")),
			 RF_COUNTERS_MAX);
	json_decref(tree);
}

/* ---- valid, dumped, served ---------------------------------------------- */

static void test_valid(void **state)
{
	struct readings_fixture *f = *state;
	json_t *whole = json_object(), *kept;
	const char *uri;
	int valid;

	hca_files(f);
	nic_files(f);
	json_object_foreach((json_t *)tree_all(f->tree), uri, kept)
		json_object_set_new(whole, uri, tree_read(f->tree, uri));
	assert_int_equal(fix_int(whole, HCA_METRICS, "RXBytes"), 4000);
	valid = fix_validate_tree(whole);
	json_decref(whole);
	if (valid < 0)
		skip();
	assert_int_equal(valid, 0);
}

static void test_dump(void **state)
{
	struct readings_fixture *f = *state;
	char path[256], *text;
	json_t *dumped;

	hca_files(f);
	snprintf(path, sizeof(path), "%s/dump", f->dir);
	assert_int_equal(tree_dump(f->tree, path), 0);
	snprintf(path, sizeof(path), "dump%s/index.json",
		 HCA_METRICS + strlen(RF_PREFIX));
	text = tempdir_read(f->dir, path);
	assert_non_null(text);
	dumped = json_loads(text, 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(dumped, "RXBytes")),
			 4000);
	json_decref(dumped);
	free(text);
}

static struct answer *get(struct readings_fixture *f, sd_event *event,
			  uint16_t port, const char *target, const char *tag)
{
	char line[128];
	const char *const headers[] = { line, NULL };

	snprintf(line, sizeof(line), "If-None-Match: %s", tag ? tag : "");
	return http_call(event, port, "GET", target, tag ? headers : NULL, NULL,
			 0);
}

static void etag_of(const struct answer *a, char *tag, size_t size)
{
	const char *line = strcasestr(a->head, "\r\nETag: ");

	assert_non_null(line);
	line += strlen("\r\nETag: ");
	snprintf(tag, size, "%.*s", (int)strcspn(line, "\r"), line);
}

static json_int_t answered(const struct answer *a, const char *key)
{
	assert_int_equal(a->status, 200);
	return json_integer_value(json_object_get(a->json, key));
}

static void test_served(void **state)
{
	struct readings_fixture *f = *state;
	struct service_setup what = { .addr = "127.0.0.1", .tree = f->tree };
	struct service *service;
	struct answer *a;
	char tag[64];
	uint16_t port;

	hca_files(f);
	assert_int_equal(sd_event_new(&what.event), 0);
	assert_int_equal(service_start(&service, &what), 0);
	port = service_port(service);

	a = get(f, what.event, port, HCA_METRICS, NULL);
	assert_int_equal(answered(a, "RXBytes"), 4000);
	etag_of(a, tag, sizeof(tag));
	assert_string_not_equal(tag, tree_etag(f->tree, HCA_METRICS));
	answer_free(a);
	a = get(f, what.event, port, HCA_METRICS, tag);
	assert_int_equal(a->status, 304);
	answer_free(a);

	/* no event, no publication; just another answer */
	counter(f, HCA_DIR, "counters/port_rcv_data", "1001\n");
	a = get(f, what.event, port, HCA_METRICS, tag);
	assert_int_equal(answered(a, "RXBytes"), 4004);
	answer_free(a);
	assert_int_equal(readings_fixture_publish(f), 0);

	a = get(f, what.event, port, HCA_PORT "?$expand=.", NULL);
	assert_int_equal(a->status, 200);
	assert_int_equal(json_integer_value(json_object_get(
			json_object_get(a->json, "Metrics"), "RXBytes")), 4004);
	answer_free(a);
	a = get(f, what.event, port, HCA_METRICS "?$select=RXErrors", NULL);
	assert_int_equal(answered(a, "RXErrors"), 3);
	assert_null(json_object_get(a->json, "RXBytes"));
	answer_free(a);

	service_stop(service);
	sd_event_unref(what.event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_infiniband, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_oem, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ethernet, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_netdev, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_adapter, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_others, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hostile, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_valid, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dump, setup, teardown),
		cmocka_unit_test_setup_teardown(test_served, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
