/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What must outlive the process, in SQLite (WAL): the host's identity and,
 * for each OFMF, the context that it gave us.
 */
#ifndef FABMON_STORE_H
#define FABMON_STORE_H

struct store;

/**
 * store_open - open or create DIR/fabmond.db
 *
 * DIR itself is made if only it is missing. A database that is corrupt is set
 * aside (renamed, with a warning) and a new one made. Return: 0 or -errno
 * (-EACCES, -EROFS, -ENOSPC, ...), -EBUSY while another process has it open,
 * -EPROTO if a newer version wrote it. Errors have been logged.
 */
int store_open(struct store **store, const char *dir);
void store_close(struct store *store);

/* Value of a key, malloc()ed, in *value; -ENOENT if there is none. */
int store_get(struct store *store, const char *key, char **value);
/* Durable when it returns 0. @value NULL removes the key. */
int store_set(struct store *store, const char *key, const char *value);

#endif /* FABMON_STORE_H */
