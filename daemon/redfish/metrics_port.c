// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * PortMetrics of RDMA ports.
 *
 * The files in "counters" are defined (IBTA 1.4, 16.1.3.5 and 16.1.4.11). On
 * InfiniBand they count all traffic of the port. On Ethernet they count RDMA
 * only, and the network device counts the rest; so the totals of an Ethernet
 * port are those of its network device, if there is one in our name space.
 *
 * In "hw_counters" each driver has names of its own. A table has those that
 * correspond to a property of Redfish; all others are in Oem.
 */
#include <string.h>

#include "family.h"
#include "metrics.h"
#include "rf.h"
#include "uri.h"
#include "value.h"

/* Which ports a row is for. */
enum { IB = 1, ETHERNET = 2, ANY = IB | ETHERNET };
/* The object that the property is in. */
enum place { TOP, NETWORKING, OEM };

/* The first row of a property that has a counter wins. */
static const struct row {
	enum rf_source source;
	const char *counter;
	enum place place;
	const char *property;
	unsigned int scale;
	unsigned int links;
} rows[] = {
	{ RF_SOURCE_NETDEV, "rx_bytes", TOP, "RXBytes", 1, ETHERNET },
	{ RF_SOURCE_NETDEV, "tx_bytes", TOP, "TXBytes", 1, ETHERNET },
	{ RF_SOURCE_NETDEV, "rx_errors", TOP, "RXErrors", 1, ETHERNET },
	{ RF_SOURCE_NETDEV, "tx_errors", TOP, "TXErrors", 1, ETHERNET },
	{ RF_SOURCE_NETDEV, "rx_packets", NETWORKING, "RXFrames", 1, ETHERNET },
	{ RF_SOURCE_NETDEV, "tx_packets", NETWORKING, "TXFrames", 1, ETHERNET },
	{ RF_SOURCE_NETDEV, "multicast", NETWORKING, "RXMulticastFrames", 1,
	  ETHERNET },
	{ RF_SOURCE_NETDEV, "rx_dropped", NETWORKING, "RXDiscards", 1,
	  ETHERNET },
	{ RF_SOURCE_NETDEV, "tx_dropped", NETWORKING, "TXDiscards", 1,
	  ETHERNET },
	{ RF_SOURCE_NETDEV, "rx_crc_errors", NETWORKING, "RXFCSErrors", 1,
	  ETHERNET },
	{ RF_SOURCE_NETDEV, "rx_frame_errors", NETWORKING,
	  "RXFrameAlignmentErrors", 1, ETHERNET },

	/* counted in units of four octets */
	{ RF_SOURCE_PORT, "port_rcv_data", NETWORKING, "RDMARXBytes", 4,
	  ETHERNET },
	{ RF_SOURCE_PORT, "port_xmit_data", NETWORKING, "RDMATXBytes", 4,
	  ETHERNET },
	{ RF_SOURCE_PORT, "port_rcv_data", TOP, "RXBytes", 4, ANY },
	{ RF_SOURCE_PORT, "port_xmit_data", TOP, "TXBytes", 4, ANY },
	{ RF_SOURCE_PORT, "port_rcv_errors", TOP, "RXErrors", 1, ANY },
	{ RF_SOURCE_PORT, "port_rcv_packets", NETWORKING, "RXFrames", 1, ANY },
	{ RF_SOURCE_PORT, "port_xmit_packets", NETWORKING, "TXFrames", 1, ANY },
	{ RF_SOURCE_PORT, "unicast_rcv_packets", NETWORKING,
	  "RXUnicastFrames", 1, IB },
	{ RF_SOURCE_PORT, "unicast_xmit_packets", NETWORKING,
	  "TXUnicastFrames", 1, IB },
	{ RF_SOURCE_PORT, "multicast_rcv_packets", NETWORKING,
	  "RXMulticastFrames", 1, IB },
	{ RF_SOURCE_PORT, "multicast_xmit_packets", NETWORKING,
	  "TXMulticastFrames", 1, IB },
	{ RF_SOURCE_PORT, "port_xmit_discards", NETWORKING, "TXDiscards", 1,
	  ANY },

	{ RF_SOURCE_PORT, "symbol_error", OEM, "SymbolErrors", 1, ANY },
	{ RF_SOURCE_PORT, "link_error_recovery", OEM, "LinkErrorRecoveries", 1,
	  ANY },
	{ RF_SOURCE_PORT, "link_downed", OEM, "LinkDownedCount", 1, ANY },
	{ RF_SOURCE_PORT, "port_rcv_remote_physical_errors", OEM,
	  "RxRemotePhysicalErrors", 1, ANY },
	{ RF_SOURCE_PORT, "port_rcv_switch_relay_errors", OEM,
	  "RxSwitchRelayErrors", 1, ANY },
	{ RF_SOURCE_PORT, "port_rcv_constraint_errors", OEM,
	  "RxConstraintErrors", 1, ANY },
	{ RF_SOURCE_PORT, "port_xmit_constraint_errors", OEM,
	  "TxConstraintErrors", 1, ANY },
	{ RF_SOURCE_PORT, "local_link_integrity_errors", OEM,
	  "LocalLinkIntegrityErrors", 1, ANY },
	{ RF_SOURCE_PORT, "excessive_buffer_overrun_errors", OEM,
	  "ExcessiveBufferOverruns", 1, ANY },
	{ RF_SOURCE_PORT, "VL15_dropped", OEM, "Vl15Dropped", 1, ANY },
	{ RF_SOURCE_PORT, "port_xmit_wait", OEM, "TxWaitTicks", 1, ANY },

	/* mlx5; EFA and bnxt_re */
	{ RF_SOURCE_HARDWARE, "rdma_rx_bytes", NETWORKING, "RDMARXBytes", 1,
	  ANY },
	{ RF_SOURCE_HARDWARE, "rdma_tx_bytes", NETWORKING, "RDMATXBytes", 1,
	  ANY },
	{ RF_SOURCE_HARDWARE, "rx_bytes", NETWORKING, "RDMARXBytes", 1, ANY },
	{ RF_SOURCE_HARDWARE, "tx_bytes", NETWORKING, "RDMATXBytes", 1, ANY },
	/* bnxt_re; irdma; EFA; rxe */
	{ RF_SOURCE_HARDWARE, "tx_read_req", NETWORKING, "RDMATXReadRequests",
	  1, ANY },
	{ RF_SOURCE_HARDWARE, "tx_write_req", NETWORKING,
	  "RDMATXWriteRequests", 1, ANY },
	{ RF_SOURCE_HARDWARE, "tx_send_req", NETWORKING, "RDMATXSendRequests",
	  1, ANY },
	{ RF_SOURCE_HARDWARE, "iwOutRdmaReads", NETWORKING,
	  "RDMATXReadRequests", 1, ANY },
	{ RF_SOURCE_HARDWARE, "iwOutRdmaWrites", NETWORKING,
	  "RDMATXWriteRequests", 1, ANY },
	{ RF_SOURCE_HARDWARE, "iwOutRdmaSends", NETWORKING,
	  "RDMATXSendRequests", 1, ANY },
	{ RF_SOURCE_HARDWARE, "rdma_read_wrs", NETWORKING,
	  "RDMATXReadRequests", 1, ANY },
	{ RF_SOURCE_HARDWARE, "rdma_write_wrs", NETWORKING,
	  "RDMATXWriteRequests", 1, ANY },
	{ RF_SOURCE_HARDWARE, "send_wrs", NETWORKING, "RDMATXSendRequests", 1,
	  ANY },
	{ RF_SOURCE_HARDWARE, "rdma_sends", NETWORKING, "RDMATXSendRequests",
	  1, ANY },
};

/* Properties that several of a driver's counters add up to. */
static const struct sum {
	const char *property;
	const char *counters[6];
} sums[] = {
	/* mlx5; bnxt_re; irdma */
	{ "RDMARXRequests", { "rx_write_requests", "rx_read_requests",
			      "rx_atomic_requests" } },
	{ "RDMARXRequests", { "rx_write_req", "rx_read_req", "rx_atomic_req",
			      "rx_send_req" } },
	{ "RDMARXRequests", { "iwInRdmaWrites", "iwInRdmaReads",
			      "iwInRdmaSends" } },
	/* mlx5; bnxt_re; rxe */
	{ "RDMAProtocolErrors", { "out_of_sequence", "packet_seq_err",
				  "implied_nak_seq_err",
				  "req_remote_invalid_request" } },
	{ "RDMAProtocolErrors", { "oos_drop_count", "seq_err_naks_rcvd",
				  "bad_resp_err", "remote_invalid_req_err" } },
	{ "RDMAProtocolErrors", { "out_of_seq_request", "rcvd_seq_err" } },
	/* mlx5; bnxt_re */
	{ "RDMAProtectionErrors", { "req_remote_access_errors",
				    "resp_remote_access_errors" } },
	{ "RDMAProtectionErrors", { "local_protection_err",
				    "remote_access_err" } },
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static const struct rf_counter *counter_find(const struct rf_counters *counters,
					     const char *name)
{
	size_t low = 0, high = counters->count, mid;
	int diff;

	while (low < high) {
		mid = low + (high - low) / 2;
		diff = strcmp(name, counters->list[mid].name);
		if (!diff)
			return &counters->list[mid];
		if (diff < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* JSON's integers end at 63 bits; no counter gets there but by a fault. */
static int64_t scaled(uint64_t value, unsigned int scale)
{
	return value > INT64_MAX / scale ? INT64_MAX : (int64_t)value * scale;
}

int64_t rf_counter_int(const struct rf_counter *counter)
{
	return scaled(counter->value, 1);
}

/**
 * rf_counter_push - append a counter under the driver's own name
 *
 * But for how long the kernel keeps what it read, in ms.
 */
void rf_counter_push(struct rf *rf, json_t *oem, const char *property,
		     const struct rf_counter *counter)
{
	json_t *item;

	if (!strcmp(counter->name, "lifespan"))
		return;
	item = rf_push_obj(rf, rf_arr(rf, oem, property));
	rf_str(rf, item, "Name", counter->name);
	rf_int(rf, item, "Value", rf_counter_int(counter));
}

static json_t *object_at(struct rf *rf, json_t *obj, enum place place)
{
	switch (place) {
	case NETWORKING:
		return rf_obj(rf, obj, "Networking");
	case OEM:
		return rf_oem(rf, obj, "RdmaPortMetrics");
	default:
		return obj;
	}
}

static void set_rows(struct rf *rf, json_t *obj, unsigned int link,
		     const struct rf_counters *counters)
{
	const struct rf_counter *counter;
	const struct row *row;
	json_t *place;

	for (row = rows; row < rows + COUNT(rows); row++) {
		if (!(row->links & link))
			continue;
		counter = counter_find(&counters[row->source], row->counter);
		if (!counter)
			continue;
		place = object_at(rf, obj, row->place);
		if (!json_object_get(place, row->property))
			rf_int(rf, place, row->property,
			       scaled(counter->value, row->scale));
	}
}

/* A counter that is missing adds nothing; without any there is no sum. */
static void set_sums(struct rf *rf, json_t *obj,
		     const struct rf_counters *counters)
{
	const struct rf_counter *counter;
	const struct sum *sum;
	uint64_t total;
	json_t *place;
	size_t i;
	bool any;

	for (sum = sums; sum < sums + COUNT(sums); sum++) {
		any = false;
		total = 0;
		for (i = 0; i < COUNT(sum->counters) && sum->counters[i]; i++) {
			counter = counter_find(&counters[RF_SOURCE_HARDWARE],
					       sum->counters[i]);
			if (!counter || counter->value > INT64_MAX - total)
				continue;
			total += counter->value;
			any = true;
		}
		if (!any)
			continue;
		place = object_at(rf, obj, NETWORKING);
		if (!json_object_get(place, sum->property))
			rf_int(rf, place, sum->property, (int64_t)total);
	}
}

static bool has_row(enum rf_source source, const char *name, unsigned int link)
{
	const struct row *row;

	for (row = rows; row < rows + COUNT(rows); row++)
		if (row->source == source && row->links & link &&
		    !strcmp(row->counter, name))
			return true;
	return false;
}

/* What has no row. */
static void set_others(struct rf *rf, json_t *obj, unsigned int link,
		       const struct rf_counters *counters,
		       enum rf_source source, const char *property)
{
	const struct rf_counter *counter;
	size_t i;

	for (i = 0; i < counters[source].count; i++) {
		counter = &counters[source].list[i];
		if (!has_row(source, counter->name, link))
			rf_counter_push(rf, object_at(rf, obj, OEM), property,
					counter);
	}
}

int rf_metrics_port(json_t *resource, const struct model_node *port,
		    const struct rf_counters counters[RF_SOURCES])
{
	unsigned int link = rf_port_is_ib(port) ? IB : ETHERNET;
	struct rf rf;

	rf_init(&rf, NULL, rf_odata_id(resource));
	set_rows(&rf, resource, link, counters);
	set_sums(&rf, resource, counters);
	set_others(&rf, resource, link, counters, RF_SOURCE_PORT,
		   "PortCounters");
	set_others(&rf, resource, link, counters, RF_SOURCE_HARDWARE,
		   "HardwareCounters");
	return rf_done(&rf);
}

/**
 * rf_metrics_port_add - add the placeholder of a port's PortMetrics
 */
void rf_metrics_port_add(struct rf *rf, const struct model_node *port)
{
	const char *uri = rf_uri_rdma_port_metrics(rf, port);

	rf_add(rf, uri, "PortMetrics.v1_8_1", "Port metrics");
	rf_nav(rf, rf_uri_rdma_port(rf, port), "Metrics", uri);
}
