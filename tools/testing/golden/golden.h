/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Golden hosts: a host that is kept in files, so that a test can make the same
 * Redfish tree of it on every machine.
 *
 * A host is a directory. "nodes" has the kernel's answer to a dump, "events"
 * what happened after it, both as JSON; "sysfs" has the files that fabmond
 * reads. A model is made of them by fabmond's own code, and the tree is made
 * of the model.
 *
 * Functions that return a number return 0, or -errno after printing on stderr
 * what is wrong.
 */
#ifndef FABMON_GOLDEN_H
#define FABMON_GOLDEN_H

#include <jansson.h>
#include <linux/netlink.h>
#include <stdbool.h>

#include "model/model.h"
#include "redfish/redfish.h"

/* When the events of all golden hosts happened, ns since the epoch. */
#define GOLDEN_REALTIME	1795356000000000000ULL

/* The agent in all golden trees, and the view that they are written in. */
extern const struct rf_agent golden_agent;
extern const struct rf_view golden_view;	/* registered */

/* ---- message.c: netlink messages as JSON --------------------------------- */

/**
 * golden_message_new - a message of the family, as the kernel would send it
 * @cmd: FABMON_CMD_*
 * @json: its attributes, in the words of the specification
 *
 * Enum values go by name, or by number where they have none; flags are arrays
 * of names; u64 may be a text with 0x; binary is hexadecimal.
 *
 * Return: malloc()ed message, or NULL after printing what is wrong.
 */
struct nlmsghdr *golden_message_new(uint8_t cmd, const json_t *json);

/**
 * golden_message_read - the attributes of a message, as JSON
 *
 * Return: a new reference; NULL for a message of another family, or with an
 * attribute that the specification does not have.
 */
json_t *golden_message_read(const struct nlmsghdr *hdr);

/* ---- text.c: the files of a host ----------------------------------------- */

/*
 * A JSON array, after lines of comment that begin with #. A new reference; NULL
 * after printing what is wrong.
 */
json_t *golden_text_load(const char *path);

/* Unpacks the file "sysfs" of a host below @dir. */
int golden_files_unpack(const char *path, const char *dir);

/* ---- kernel.c ------------------------------------------------------------ */

/* The directory whose files answer in place of the kernel; "": the kernel. */
void golden_kernel_root(const char *dir);

/* ---- host.c: a model of a host ---------------------------------------------- */

/**
 * struct golden_host - a host on file
 * @files: the directory of its unpacked files; golden_host_clear() removes it
 * @nodes: its nodes as messages; may be changed before golden_host_read()
 * @events: what happened to it after them, as messages
 * @model: as fabmond would have it, after golden_host_read()
 */
struct golden_host {
	char files[32];
	json_t *nodes;
	json_t *events;
	struct model *model;
};

int golden_host_load(struct golden_host *host, const char *dir);
int golden_host_read(struct golden_host *host);
void golden_host_clear(struct golden_host *host);

/* A tree_filler(), with the host as its context. */
int golden_host_fill(const char *uri, json_t *resource, void *host);

/* All resources, as an OFMF would read them. NULL after printing why not. */
json_t *golden_host_tree(struct golden_host *host);

#endif /* FABMON_GOLDEN_H */
