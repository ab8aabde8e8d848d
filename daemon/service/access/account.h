/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Accounts, and the resources that show them. */
#ifndef FABMON_SVC_ACCOUNT_H
#define FABMON_SVC_ACCOUNT_H

#include <stddef.h>

#include "service/protocol/source.h"
#include "service/protocol/who.h"
#include "access.h"
#include "privilege.h"

#define SVC_ACCOUNTS_MAX	64

/**
 * struct svc_account - one account
 * @hash: of crypt(3); "*" where no password is good
 */
struct svc_account {
	char name[SVC_NAME_SIZE];
	char hash[SVC_HASH_SIZE];
	enum svc_role role;
};

/**
 * struct svc_accounts - what an accounts file holds; read-only once it is made
 * @decoy: a hash that takes as long as another, of no password
 */
struct svc_accounts {
	size_t count;
	char decoy[SVC_HASH_SIZE];
	struct svc_account account[SVC_ACCOUNTS_MAX];
};

int svc_accounts_parse(struct svc_accounts *accounts, const char *text,
		       size_t size, char *error, size_t error_size);
const struct svc_account *svc_account_find(const struct svc_accounts *accounts,
					   const char *name);
extern const struct svc_source_ops svc_account_ops;

#endif /* FABMON_SVC_ACCOUNT_H */
