// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * An RDMA device without kernel verbs and without hardware, with two ports,
 * for what soft RDMA does not have: LIDs, a subnet manager, P_Keys, OPA, usnic,
 * fatal errors. What is written to /sys/kernel/debug/mock_ib/control
 *
 *	state PORT STATE PHYSICAL-STATE		lid PORT LID LMC
 *	sm PORT LID SL				cap PORT MASK MASK2
 *	speed PORT SPEED WIDTH			pkey PORT INDEX P_KEY
 *	gid PORT INDEX LAST-BYTES		fail PORT ERRNO
 *
 * changes the device without an event: the test then has the device emit one,
 *
 *	event PORT TYPE				(enum ib_event_type)
 *
 * or not, as if the event got lost.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <rdma/ib_mad.h>
#include <rdma/ib_verbs.h>

#define MOCK_PORTS	2
#define MOCK_PKEYS	16
#define MOCK_GIDS	2048

static char *protocol = "ib";
module_param(protocol, charp, 0444);
MODULE_PARM_DESC(protocol, "ib (default), opa, iwarp or usnic");

static char *netdev;
module_param(netdev, charp, 0444);
MODULE_PARM_DESC(netdev, "network device of the ports; iwarp needs one");

static unsigned int gids = 8;
module_param(gids, uint, 0444);
MODULE_PARM_DESC(gids, "length of the GID tables");

struct mock_port {
	struct ib_port_attr attr;
	int error;
	u16 pkeys[MOCK_PKEYS];
	u32 gids[MOCK_GIDS];
};

struct mock_dev {
	struct ib_device ibdev;
	struct mock_port ports[MOCK_PORTS];
};

static const struct mock_protocol {
	const char *name;
	u8 node_type;
	u32 flags;
	u32 mad_size;
} mock_protocols[] = {
	{ "ib", RDMA_NODE_IB_CA, RDMA_CORE_PORT_IBA_IB, IB_MGMT_MAD_SIZE },
	{ "opa", RDMA_NODE_IB_CA, RDMA_CORE_PORT_INTEL_OPA, OPA_MGMT_MAD_SIZE },
	{ "iwarp", RDMA_NODE_RNIC, RDMA_CORE_PORT_IWARP },
	{ "usnic", RDMA_NODE_USNIC_UDP, RDMA_CORE_PORT_USNIC },
};

static const struct mock_protocol *mock_protocol;
static struct mock_dev *mock;
static struct dentry *mock_dir;

static struct mock_port *mock_port(struct ib_device *ibdev, u32 port)
{
	return &container_of(ibdev, struct mock_dev, ibdev)->ports[port - 1];
}

static int mock_query_device(struct ib_device *ibdev,
			     struct ib_device_attr *attr,
			     struct ib_udata *udata)
{
	attr->sys_image_guid = cpu_to_be64(0x0102030405060709);
	attr->device_cap_flags = IB_DEVICE_BAD_PKEY_CNTR;
	return 0;
}

static int mock_query_port(struct ib_device *ibdev, u32 port,
			   struct ib_port_attr *attr)
{
	struct mock_port *mp = mock_port(ibdev, port);
	enum ib_port_state state = attr->state;

	*attr = mp->attr;
	if (mock_protocol->node_type == RDMA_NODE_RNIC)
		attr->state = state; /* the RDMA core's doing */
	return mp->error;
}

static int mock_port_immutable(struct ib_device *ibdev, u32 port,
			       struct ib_port_immutable *immutable)
{
	immutable->core_cap_flags = mock_protocol->flags;
	immutable->max_mad_size = mock_protocol->mad_size;
	immutable->gid_tbl_len = mock_port(ibdev, port)->attr.gid_tbl_len;
	immutable->pkey_tbl_len = mock_port(ibdev, port)->attr.pkey_tbl_len;
	return 0;
}

static int mock_query_pkey(struct ib_device *ibdev, u32 port, u16 index,
			   u16 *pkey)
{
	*pkey = mock_port(ibdev, port)->pkeys[index];
	return 0;
}

static int mock_query_gid(struct ib_device *ibdev, u32 port, int index,
			  union ib_gid *gid)
{
	u32 last = mock_port(ibdev, port)->gids[index];

	memset(gid, 0, sizeof(*gid));
	if (last) {
		gid->global.subnet_prefix = cpu_to_be64(0xfe80ULL << 48);
		gid->global.interface_id = cpu_to_be64(last);
	}
	return 0;
}

static void mock_fw_str(struct ib_device *ibdev, char *str)
{
	strscpy(str, "1.2.3", IB_FW_VERSION_NAME_MAX);
}

/* What lets the RDMA core move a device to another network namespace. */
static void mock_disassociate(struct ib_ucontext *context)
{
}

static ssize_t board_id_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	return sysfs_emit(buf, "MOCK0000000001\n");
}
static DEVICE_ATTR_RO(board_id);

static struct attribute *mock_attrs[] = { &dev_attr_board_id.attr, NULL };
static const struct attribute_group mock_group = { .attrs = mock_attrs };

static const struct ib_device_ops mock_ops = {
	.owner = THIS_MODULE,
	.device_group = &mock_group,
	.query_device = mock_query_device,
	.query_port = mock_query_port,
	.query_pkey = mock_query_pkey,
	.query_gid = mock_query_gid,
	.get_port_immutable = mock_port_immutable,
	.get_dev_fw_str = mock_fw_str,
	.disassociate_ucontext = mock_disassociate,
};

static void mock_dispatch(u32 port, unsigned int type)
{
	struct ib_event event = {
		.device = &mock->ibdev,
		.event = type,
		.element.port_num = port,
	};

	ib_dispatch_event(&event);
}

static int mock_command(const char *command, u32 port, int a, int b)
{
	struct mock_port *mp = mock_port(&mock->ibdev, port);

	if (!strcmp(command, "event")) {
		mock_dispatch(port, a);
	} else if (!strcmp(command, "state")) {
		mp->attr.state = a;
		mp->attr.phys_state = b;
	} else if (!strcmp(command, "lid")) {
		mp->attr.lid = a;
		mp->attr.lmc = b;
	} else if (!strcmp(command, "sm")) {
		mp->attr.sm_lid = a;
		mp->attr.sm_sl = b;
	} else if (!strcmp(command, "cap")) {
		mp->attr.port_cap_flags = a;
		mp->attr.port_cap_flags2 = b;
	} else if (!strcmp(command, "speed")) {
		mp->attr.active_speed = a;
		mp->attr.active_width = b;
	} else if (!strcmp(command, "fail")) {
		mp->error = -a;
	} else if (!strcmp(command, "pkey") && a >= 0 && a < MOCK_PKEYS) {
		mp->pkeys[a] = b;
	} else if (!strcmp(command, "gid") && a >= 0 && a < gids) {
		mp->gids[a] = b;
	} else {
		return -EINVAL;
	}
	return 0;
}

static ssize_t mock_write(struct file *file, const char __user *from,
			  size_t count, loff_t *pos)
{
	char line[64], command[16];
	int a = 0, b = 0, rc;
	u32 port;

	if (count >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, from, count))
		return -EFAULT;
	line[count] = '\0';
	if (sscanf(line, "%15s %u %i %i", command, &port, &a, &b) < 3 ||
	    port < 1 || port > MOCK_PORTS)
		return -EINVAL;

	rc = mock_command(command, port, a, b);
	return rc ?: count;
}

static const struct file_operations mock_fops = {
	.owner = THIS_MODULE,
	.write = mock_write,
};

static void mock_ports_init(void)
{
	const struct ib_port_attr attr = {
		.state = IB_PORT_ACTIVE,
		.phys_state = IB_PORT_PHYS_STATE_LINK_UP,
		.max_mtu = IB_MTU_4096,
		.active_mtu = IB_MTU_4096,
		.gid_tbl_len = gids,
		.pkey_tbl_len = mock_protocol->mad_size ? MOCK_PKEYS : 0,
		.active_width = IB_WIDTH_4X,
		.active_speed = IB_SPEED_HDR,
		.sm_lid = 1,
		.subnet_prefix = 0xfe80ULL << 48,
	};
	int i;

	for (i = 0; i < MOCK_PORTS; i++) {
		mock->ports[i].attr = attr;
		mock->ports[i].attr.lid = i + 2;
		mock->ports[i].pkeys[0] = IB_DEFAULT_PKEY_FULL;
		mock->ports[i].gids[0] = i + 1;
	}
}

static int mock_register(void)
{
	struct ib_device *ibdev = &mock->ibdev;
	struct net_device *ndev = NULL;
	int i, rc = 0;

	ibdev->node_type = mock_protocol->node_type;
	ibdev->phys_port_cnt = MOCK_PORTS;
	ibdev->node_guid = cpu_to_be64(0x0102030405060708);
	ib_set_device_ops(ibdev, &mock_ops);

	if (netdev) {
		ndev = dev_get_by_name(&init_net, netdev);
		if (!ndev)
			return -ENODEV;
	}
	for (i = 1; i <= MOCK_PORTS && ndev && !rc; i++)
		rc = ib_device_set_netdev(ibdev, ndev, i);
	rc = rc ?: ib_register_device(ibdev, "mock%d", NULL);
	if (ndev)
		dev_put(ndev);
	return rc;
}

static int __init mock_ib_init(void)
{
	int i, rc;

	for (i = 0; i < ARRAY_SIZE(mock_protocols); i++)
		if (!strcmp(protocol, mock_protocols[i].name))
			mock_protocol = &mock_protocols[i];
	if (!mock_protocol || gids < 1 || gids > MOCK_GIDS)
		return -EINVAL;

	mock = ib_alloc_device(mock_dev, ibdev);
	if (!mock)
		return -ENOMEM;

	mock_ports_init();
	rc = mock_register();
	if (rc) {
		ib_dealloc_device(&mock->ibdev);
		return rc;
	}

	mock_dir = debugfs_create_dir("mock_ib", NULL);
	debugfs_create_file("control", 0200, mock_dir, NULL, &mock_fops);
	return 0;
}

static void __exit mock_ib_exit(void)
{
	debugfs_remove_recursive(mock_dir);
	ib_unregister_device(&mock->ibdev);
	ib_dealloc_device(&mock->ibdev);
}

module_init(mock_ib_init);
module_exit(mock_ib_exit);

MODULE_DESCRIPTION("An RDMA device for the tests of fabmon");
MODULE_LICENSE("Dual BSD/GPL");
