// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* fabmon info: the module, what it can report, and what it lost. */
#include <inttypes.h>

#include "cli.h"

static void info_text(FILE *out, const struct knl_info *info)
{
	uint32_t bit;

	fprintf(out, "module version   %s\n", info->version);
	fprintf(out, "interface        %" PRIu32 "\n", info->abi);
	fprintf(out, "instance         %016" PRIx64 "\n", info->instance);
	fprintf(out, "sequence number  %" PRIu64 "\n", info->seq);
	fprintf(out, "nodes            %" PRIu32 "\n", info->nodes);
	fputs("reports         ", out);
	for (bit = 1; bit; bit <<= 1) {
		if ((info->capabilities & bit) && cli_capability(bit))
			fprintf(out, " %s", cli_capability(bit));
	}
	fputs(info->capabilities ? "\n" :
	      " nothing (modprobe fabmon_rdma fabmon_cxl)\n", out);
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
		return cli_fail(err, "open");
	err = knl_info_get(knl, &info);
	knl_close(knl);
	if (err)
		return cli_fail(err, "read the module's state");
	if (cli->json)
		err = cli_json_print(cli, cli_json_info(&info));
	else
		info_text(cli->out, &info);
	return err ? cli_fail(err, "print") : cli_finish(cli);
}
