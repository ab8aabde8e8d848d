/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Files with certificates, keys and accounts. */
#ifndef FABMON_SVC_FILE_H
#define FABMON_SVC_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct svc_accounts;

int svc_file_read(const char *path, bool secret, char **data, size_t *size,
		  char *error, size_t error_size);
void svc_file_free(char *data, size_t size);
int svc_accounts_load(struct svc_accounts **accounts, const char *path,
		      char *error, size_t size);

#endif /* FABMON_SVC_FILE_H */
