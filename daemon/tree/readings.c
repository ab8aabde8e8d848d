// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Counters, read when a client asks for them. That takes a handful of files of
 * one device. What a file is called is known here; which property its number
 * becomes, redfish/ knows.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"
#include "host/sysfs.h"
#include "kernel/rdma_res.h"
#include "readings.h"
#include "redfish/metrics.h"
#include "util/error.h"

_Static_assert(SYSFS_NAME_MAX < RF_COUNTER_NAME, "names fit");
_Static_assert(RDMA_RES_NAME_SIZE <= RF_COUNTER_NAME, "names of objects fit");
_Static_assert(SYSFS_LIST_MAX <= RF_COUNTERS_MAX, "counters fit");

static void close_dir(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define auto_dir __attribute__((cleanup(close_dir))) int

/* "N/A (no PMA)" and an error alike: this device does not count it. */
static void counter_read(int dir, const char *name, void *ctx)
{
	struct rf_counters *counters = ctx;
	struct rf_counter *counter = &counters->list[counters->count];
	uint64_t value = sysfs_number(dir, name, UINT64_MAX);

	if (value == UINT64_MAX)
		return;
	strcpy(counter->name, name);
	counter->value = value;
	counters->count++;
}

static int counter_compare(const void *a, const void *b)
{
	const struct rf_counter *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void counters_read(struct rf_counters *counters, int dir,
			  const char *name)
{
	sysfs_each(dir, name, counter_read, counters);
	qsort(counters->list, counters->count, sizeof(*counters->list),
	      counter_compare);
}

static void object_count(const char *name, uint64_t count, void *ctx)
{
	struct rf_counters *counters = ctx;
	struct rf_counter *counter = &counters->list[counters->count];

	if (counters->count == RF_COUNTERS_MAX)
		return;
	strcpy(counter->name, name);
	counter->value = count;
	counters->count++;
}

static void objects_read(struct rf_counters *counters,
			 const struct model_node *dev)
{
	if (!dev->k.name)
		return;
	rdma_res_read(dev->k.dev.index, dev->k.name, object_count, counters);
	qsort(counters->list, counters->count, sizeof(*counters->list),
	      counter_compare);
}

static int no_room(const json_t *resource)
{
	return error_origin(-ENOMEM, "%s: no room for its counters",
			    json_string_value(json_object_get(resource,
							      "@odata.id")));
}

static int adapter_fill(const struct model_node *dev, const char *sysfs,
			json_t *resource)
{
	struct rf_counters *counters = calloc(2, sizeof(*counters));
	auto_dir dir = -1;
	int ret;

	if (!counters)
		return no_room(resource);
	objects_read(&counters[0], dev);
	dir = host_node_open(dev, sysfs);
	counters_read(&counters[1], dir, "hw_counters");
	ret = rf_metrics_adapter(resource, &counters[0], &counters[1]);
	free(counters);
	return ret;
}

/*
 * By its name, which another can have meanwhile, or in the name space that we
 * are in: only the index says that it is the one.
 */
static int netdev_open(const struct model_node *port, const char *sysfs)
{
	const struct knl_edge *edge = model_edge(port, FABMON_EDGE_TYPE_NETDEV);
	char path[64];
	int dir;

	if (!edge || !edge->ifindex || strchr(edge->ifname, '/'))
		return -1;
	snprintf(path, sizeof(path), "class/net/%s", edge->ifname);
	dir = sysfs_open(sysfs, path);
	if (sysfs_number(dir, "ifindex", 0) == edge->ifindex)
		return dir;
	close_dir(&dir);
	return -1;
}

static int port_fill(const struct model_node *port, const char *sysfs,
		     json_t *resource)
{
	struct rf_counters *counters = calloc(RF_SOURCES, sizeof(*counters));
	auto_dir dir = -1;
	auto_dir net = -1;
	char path[40];
	int ret;

	if (!counters)
		return no_room(resource);
	dir = host_node_open(model_port_dev(port), sysfs);
	snprintf(path, sizeof(path), "ports/%u/counters", port->k.port.number);
	counters_read(&counters[RF_SOURCE_PORT], dir, path);
	snprintf(path, sizeof(path), "ports/%u/hw_counters",
		 port->k.port.number);
	counters_read(&counters[RF_SOURCE_HARDWARE], dir, path);
	net = netdev_open(port, sysfs);
	counters_read(&counters[RF_SOURCE_NETDEV], net, "statistics");
	ret = rf_metrics_port(resource, port, counters);
	free(counters);
	return ret;
}

/* "BadTLP 0", a line for each kind of error (Linux, drivers/pci/pcie/aer.c). */
static void aer_line(struct rf_counters *counters, char *line)
{
	struct rf_counter *counter = &counters->list[counters->count];
	char *value = strchr(line, ' ');

	if (!value || counters->count == RF_COUNTERS_MAX)
		return;
	*value++ = '\0';
	if (strlen(line) >= sizeof(counter->name) ||
	    !sysfs_parse_number(value, 10, &counter->value))
		return;
	strcpy(counter->name, line);
	counters->count++;
}

static void aer_read(struct rf_counters *counters, int dir, const char *name)
{
	char text[SYSFS_MAX], *rest = text, *line;

	if (sysfs_read(dir, name, text, sizeof(text)) <= 0)
		return;
	while ((line = strsep(&rest, "\n")))
		aer_line(counters, line);
	qsort(counters->list, counters->count, sizeof(*counters->list),
	      counter_compare);
}

static int cxl_port_fill(const struct model_node *memdev, const char *sysfs,
			 json_t *resource)
{
	static const char *const files[RF_AERS] = {
		"aer_dev_correctable", "aer_dev_nonfatal", "aer_dev_fatal"
	};
	struct rf_counters *counters = calloc(RF_AERS, sizeof(*counters));
	auto_dir dir = -1;
	char path[64];
	int ret, i;

	if (!counters)
		return no_room(resource);
	snprintf(path, sizeof(path), "bus/pci/devices/%s", memdev->k.pci);
	if (*memdev->k.pci && !strchr(memdev->k.pci, '/'))
		dir = sysfs_open(sysfs, path);
	for (i = 0; i < RF_AERS; i++)
		aer_read(&counters[i], dir, files[i]);
	ret = rf_metrics_cxl_port(resource, counters);
	free(counters);
	return ret;
}

int readings_fill(const struct model *model, const char *sysfs,
		  const char *uri, json_t *resource)
{
	const struct model_node *node;
	enum rf_metrics what;
	int ret;

	ret = rf_metrics_node(model, uri, &node, &what);
	if (ret)
		return ret;
	switch (what) {
	case RF_METRICS_ADAPTER:
		return adapter_fill(node, sysfs, resource);
	case RF_METRICS_PORT:
		return port_fill(node, sysfs, resource);
	case RF_METRICS_CXL_PORT:
		return cxl_port_fill(node, sysfs, resource);
	case RF_METRICS_VOLATILE:
	case RF_METRICS_PERSISTENT:
	case RF_METRICS_ENVIRONMENT_VOLATILE:
	case RF_METRICS_ENVIRONMENT_PERSISTENT:
		return rf_metrics_memory(resource, node, what);
	}
	return -ENOENT;
}
