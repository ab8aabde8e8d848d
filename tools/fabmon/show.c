// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* fabmon show: the fabric as it is now, as a tree or as a JSON array. */
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "util/error.h"

/**
 * struct show - the walk through the tree
 * @found: which words of the command line named something
 * @list: the JSON array, or NULL for text
 * @inside: below a node that was named, at depth @base
 * @count: nodes shown
 */
struct show {
	const struct cli *cli;
	bool *found;
	json_t *list;
	bool inside;
	unsigned int base;
	size_t count;
};

/* A name or a pattern of names, a kind, a PCI address, or an id. */
static bool named(const struct knl_node *node, const char *word)
{
	char id[16];

	snprintf(id, sizeof(id), "%" PRIu32, node->id);
	return !fnmatch(word, node->name, 0) || !strcmp(word, id) ||
	       !strcmp(word, knl_kind_name(node->kind)) ||
	       (node->pci[0] && !strcmp(word, node->pci));
}

static bool wanted(struct show *show, const struct knl_node *node)
{
	bool any = !show->cli->n_args;
	int i;

	for (i = 0; i < show->cli->n_args; i++) {
		if (named(node, show->cli->args[i])) {
			show->found[i] = true;
			any = true;
		}
	}
	return any;
}

static int show_node(const struct knl_node *node, const struct knl_node *above,
		     unsigned int depth, void *ctx)
{
	struct show *show = ctx;
	FILE *out = show->cli->out;
	bool hit = wanted(show, node);

	if (show->inside && depth <= show->base)
		show->inside = false;
	if (!show->inside) {
		if (!hit)
			return 0;
		show->inside = true;
		show->base = depth;
	}
	show->count++;
	if (show->list)
		return json_array_append_new(show->list, cli_json_node(node)) ?
		       error_origin(-ENOMEM, "the JSON of %s", node->name) : 0;
	fprintf(out, "%*s%s  %s", 2 * (int)(depth - show->base), "",
		node->name, knl_kind_name(node->kind));
	cli_text_node(out, node, above);
	fputc('\n', out);
	return 0;
}

static int missing(const struct show *show)
{
	int i, err = 0;

	for (i = 0; i < show->cli->n_args; i++) {
		if (show->found[i])
			continue;
		fprintf(stderr, "fabmon: no node is called '%s'\n",
			show->cli->args[i]);
		err = -ENOENT;
	}
	return err;
}

int cli_show_set(const struct cli *cli, const struct cli_set *set)
{
	struct show show = { .cli = cli };
	int err;

	show.found = calloc(cli->n_args + 1, sizeof(*show.found));
	if (!show.found)
		return error_origin(-ENOMEM, "the list of names");
	if (cli->json)
		show.list = json_array();
	err = cli_tree_walk(set, show_node, &show);
	if (!err && show.list)
		err = cli_json_print(cli, json_incref(show.list));
	if (!err)
		err = missing(&show);
	json_decref(show.list);
	free(show.found);
	return err;
}

static void dump_begin(void *ctx)
{
	cli_set_clear(ctx);
}

/* The names that no node has were printed. */
static int print_set(const struct cli *cli, const struct cli_set *set)
{
	int err = cli_show_set(cli, set);

	if (err == -ENOENT)
		return CLI_EXIT_FAILURE;
	return err ? cli_fail(err, "print the nodes") : 0;
}

static int dump_node(struct knl_msg *msg, void *ctx)
{
	return cli_set_put(ctx, &msg->node);
}

int cli_show(const struct cli *cli)
{
	struct cli_set set = { 0 };
	struct knl *knl;
	int err;

	err = knl_open(&knl, NULL);
	if (err)
		return cli_fail(err, "open a socket to the kernel module");
	err = knl_dump(knl, dump_begin, dump_node, &set);
	if (err)
		err = cli_fail(err, "read the nodes");
	else
		err = print_set(cli, &set);
	cli_set_clear(&set);
	knl_close(knl);
	return err ? err : cli_finish(cli);
}
