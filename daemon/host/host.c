// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Who the host is: from SMBIOS, or from the machine id where SMBIOS has no UUID.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <systemd/sd-id128.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include "host.h"
#include "priv.h"
#include "util/log.h"
#include "sysfs.h"
#include "util/error.h"

/* Hashed with the machine id, which is not to be published itself. */
#define APP_ID		SD_ID128_MAKE(6d, 0b, 4e, 8a, 25, f3, 4c, 17, \
				      9a, 61, c8, 0f, d7, 32, 5e, b4)
/* Name space of UUIDs made from a configured host id. */
static const char id_space[] = "2c1f6a3e-8d57-4b90-b1e4-5f0a9c7d3e26";

static void close_dir(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

bool host_is_filler(const char *text)
{
	static const char * const fillers[] = {
		"to be filled by o.e.m.", "to be filled by o.e.m",
		"not specified", "not applicable", "not available",
		"default string", "default", "none", "n/a", "na", "unknown",
		"oem", "o.e.m.", "system manufacturer", "system product name",
		"system serial number", "system version", "sku", "empty",
		"chassis serial number", "type1productconfigid", "invalid",
		"0123456789", "123456789", "1234567890",
	};
	size_t i;

	for (i = 0; text[i] && !isalnum((unsigned char)text[i]); i++)
		;
	if (!text[i])
		return true;		/* nothing, or "..." and the like */
	for (i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++)
		if (!strcasecmp(text, fillers[i]))
			return true;
	return !text[strspn(text, "0")] || !text[strspn(text, "xX")] ||
	       !text[strspn(text, "fF")];
}

bool host_parse_uuid(const char *text, char uuid[37])
{
	/* what boards carry whose maker set none */
	static const char * const fillers[] = {
		"03000200-0400-0500-0006-000700080009",
		"12345678-1234-5678-90ab-cddeefaabbcc",
		"00020003-0004-0005-0006-000700080009",
	};
	uuid_t value;
	size_t i;

	if (strlen(text) != 36 || uuid_parse(text, value))
		return false;
	uuid_unparse_lower(value, uuid);
	for (i = 1; i < sizeof(value) && value[i] == value[0]; i++)
		;
	if (i == sizeof(value) && (!value[0] || value[0] == 0xff))
		return false;
	for (i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++)
		if (!strcmp(uuid, fillers[i]))
			return false;
	return true;
}

static int read_dmi(int dir, const char *name, char **value)
{
	int ret = sysfs_string(dir, name, value);

	if (*value && host_is_filler(*value)) {
		free(*value);
		*value = NULL;
	}
	return ret;
}

/*
 * From the machine id, or from the configured id if there is not even that.
 * Returns what it was made from, NULL if there is nothing.
 */
static const char *make_uuid(const char *id, char uuid[37])
{
	const char *source = "the machine id";
	uuid_t space, value;
	sd_id128_t machine;

	if (!sd_id128_get_machine_app_specific(APP_ID, &machine)) {
		memcpy(value, machine.bytes, sizeof(value));
	} else if (id) {
		uuid_parse(id_space, space);
		uuid_generate_sha1(value, space, id, strlen(id));
		source = "the configured host id";
	} else {
		return NULL;
	}
	uuid_unparse_lower(value, uuid);
	return source;
}

static int read_uuid(struct model_host *host, int dir, const char *id)
{
	char text[SYSFS_MAX], uuid[37];
	const char *why = "is missing", *source;
	int len;

	len = sysfs_read(dir, "product_uuid", text, sizeof(text));
	if (len <= 0 || !host_parse_uuid(text, uuid)) {
		if (len == -EACCES || len == -EPERM)
			why = "cannot be read (it needs CAP_DAC_READ_SEARCH)";
		else if (len > 0)
			why = "is a filler";
		source = make_uuid(id, uuid);
		if (!source)
			return error_origin(-ENXIO,
					    "host: the SMBIOS UUID %s, and there is no machine id",
					    why);
		log_warning("host: the SMBIOS UUID %s; using %s, made from %s",
			    why, uuid, source);
	}
	host->uuid = strdup(uuid);
	return host->uuid ? 0 : error_origin(-ENOMEM, "host: the UUID");
}

static int read_hostname(struct model_host *host)
{
	char name[256] = "";

	if (gethostname(name, sizeof(name) - 1) || !*name ||
	    !strcmp(name, "(none)"))
		return 0;
	host->hostname = strdup(name);
	return host->hostname ? 0 : error_origin(-ENOMEM, "host: the name");
}

/* Guests can hide the processor's flag, but not who made their board. */
static bool dmi_is_virtual(const struct model_host *host)
{
	static const char * const vendors[] = {
		"QEMU", "KVM", "VMware", "VMW", "innotek GmbH", "Xen",
		"Bochs", "Parallels", "BHYVE", "Amazon EC2", "OpenStack",
		"Google", "Nutanix",
	};
	const size_t count = sizeof(vendors) / sizeof(vendors[0]);
	size_t i;

	if (host->product && !strcmp(host->product, "Virtual Machine"))
		return true;			/* Microsoft's */
	if (host->product && strstr(host->product, ".metal"))
		return false;			/* Amazon's without one */
	for (i = 0; host->vendor && i < count; i++)
		if (!strncmp(host->vendor, vendors[i], strlen(vendors[i])))
			return true;
	return false;
}

int host_read_at(struct model_host *host, const char *sysfs, const char *proc,
		 const char *id)
{
	__attribute__((cleanup(close_dir))) int dir = -1;
	int ret;

	dir = sysfs_open(sysfs, "class/dmi/id");
	if (read_dmi(dir, "sys_vendor", &host->vendor) ||
	    read_dmi(dir, "product_name", &host->product) ||
	    read_dmi(dir, "product_sku", &host->sku) ||
	    read_dmi(dir, "product_serial", &host->serial) ||
	    read_dmi(dir, "bios_version", &host->bios))
		return error_step(-ENOMEM, "host: reading SMBIOS");
	ret = read_uuid(host, dir, id);
	if (!ret)
		ret = read_hostname(host);
	if (!ret)
		ret = host_read_cpus(host, sysfs, proc);
	if (!ret)
		ret = host_read_numa(host, sysfs);
	if (ret)
		return ret;
	host->memory = host_read_memory(proc);
	host->is_virtual = host_cpu_is_virtual(proc) || dmi_is_virtual(host);
	host->id = strdup(id ? id : host->uuid);
	return host->id ? 0 : error_origin(-ENOMEM, "host: the id");
}

int host_read(struct model_host *host, const char *sysfs, const char *id)
{
	return host_read_at(host, sysfs, "/proc", id);
}
