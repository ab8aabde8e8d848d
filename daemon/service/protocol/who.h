/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Who sent a request, as far as it is known. access/ finds it out. */
#ifndef FABMON_SVC_WHO_H
#define FABMON_SVC_WHO_H

#include <stdbool.h>
#include <stddef.h>

#define SVC_NAME_SIZE	64	/* bytes of an account's name with its NUL */

/* Privileges of the standard. */
#define SVC_MAY_LOGIN		1u
#define SVC_MAY_MANAGER		2u	/* ConfigureManager */
#define SVC_MAY_USERS		4u	/* ConfigureUsers */
#define SVC_MAY_COMPONENTS	8u	/* ConfigureComponents */
#define SVC_MAY_SELF		16u	/* ConfigureSelf */

/**
 * struct svc_who - who sent a request
 * @may: privileges, SVC_MAY_*
 * @name: of the account, "" without one
 * @trusted: by its address only: it may read, and do what sources let it
 */
struct svc_who {
	unsigned int may;
	char name[SVC_NAME_SIZE];
	bool trusted;
};

#define SVC_NAMES_MAX	8

/* Names in a client's certificate that may be those of an account. */
struct svc_names {
	size_t count;
	char name[SVC_NAMES_MAX][SVC_NAME_SIZE];
};

#endif /* FABMON_SVC_WHO_H */
