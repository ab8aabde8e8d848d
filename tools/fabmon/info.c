// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* fabmon info: the module, what it can report, and what it lost. */
#include <inttypes.h>

#include "cli.h"

/* A space and the name of each bit; how many there are. */
static unsigned int capabilities_text(FILE *out, uint32_t bits)
{
	unsigned int count = 0;
	uint32_t bit;

	for (bit = 1; bit; bit <<= 1) {
		if (!(bits & bit))
			continue;
		fprintf(out, " %s", knl_capability_name(bit));
		count++;
	}
	return count;
}

/* What the module cannot report is no fault, but good to know, and why. */
static void absence_text(FILE *out, const struct knl_info *info)
{
	const struct knl_absence *absence;
	size_t i;

	for (i = 0; i < info->n_absences; i++) {
		absence = &info->absences[i];
		fputs(i ? "                " : "does not report ", out);
		capabilities_text(out, absence->capability);
		fprintf(out, ": %s\n", absence->reason);
	}
}

static void provider_text(FILE *out, const struct knl_info *info)
{
	const struct knl_provider *p;
	size_t i;

	for (i = 0; i < info->n_providers; i++) {
		p = &info->providers[i];
		fprintf(out, "%s%s %s: %" PRIu32 " nodes, %" PRIu64 " added, %"
			PRIu64 " changed, %" PRIu64 " found unchanged, %" PRIu64
			" deleted, %" PRIu64 " events\n",
			i ? "                 " : "providers        ", p->name,
			p->version, p->nodes, p->added, p->changed,
			p->unchanged, p->deleted, p->events);
	}
}

static void info_text(FILE *out, const struct knl_info *info)
{
	fprintf(out, "module version   %s\n", info->version);
	fprintf(out, "interface        %" PRIu32 "\n", info->abi);
	fprintf(out, "instance         %016" PRIx64 "\n", info->instance);
	fprintf(out, "sequence number  %" PRIu64 "\n", info->seq);
	fprintf(out, "nodes            %" PRIu32 "\n", info->nodes);
	provider_text(out, info);
	fputs("reports         ", out);
	fputs(capabilities_text(out, info->capabilities) ? "\n" :
	      " nothing (modprobe fabmon_rdma fabmon_cxl)\n", out);
	absence_text(out, info);
	if (info->has & KNL_HAS(FABMON_A_INFO_RING_SIZE))
		fprintf(out, "replay           %" PRIu32 " of %" PRIu32
			" notifications kept, %" PRIu64 " bytes, %" PRIu64
			" older ones dropped\n", info->ring_used,
			info->ring_size, info->ring_bytes, info->ring_dropped);
	fprintf(out, "lost             %" PRIu64 " for lack of memory, %" PRIu64
		" too fast to queue, %" PRIu64 " not taken by their reader\n",
		info->lost_build, info->lost_hook, info->lost_send);
}

int cli_info(const struct cli *cli)
{
	struct knl_info info;
	struct knl *knl;
	int err;

	err = knl_open(&knl, NULL);
	if (err)
		return cli_fail(err, "open a socket to the kernel module");
	err = knl_info_get(knl, &info);
	knl_close(knl);
	if (err)
		return cli_fail(err, "read the module's state");
	if (cli->json)
		err = cli_json_print(cli, cli_json_info(&info));
	else
		info_text(cli->out, &info);
	return err ? cli_fail(err, "print the module's state") :
		     cli_finish(cli);
}
