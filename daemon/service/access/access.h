/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Who may do what, and how much of it (DSP0266, "Security"): TLS, accounts,
 * passwords, sessions, privileges, and limits for each client.
 *
 * It owns the certificates, the accounts, the sessions, the failed logins and
 * the table of connected clients. In come the settings, the files that they
 * name, and requests of which nothing is known yet. Out goes who sent a request
 * (struct svc_who) or the reply that refuses it. A file that is broken never
 * replaces one that was good, a password is never kept or logged, and crypt(3)
 * never runs on the event loop. It does not carry out requests, except for
 * those about sessions and accounts.
 */
#ifndef FABMON_SVC_ACCESS_H
#define FABMON_SVC_ACCESS_H

#define SVC_HASH_SIZE	256	/* bytes of a crypt(3) hash with its NUL */
#define SVC_PASSWORD_SIZE 256	/* bytes of a password with its NUL */

#define SVC_SESSIONS	"/redfish/v1/SessionService"
#define SVC_ACCOUNTS	"/redfish/v1/AccountService"

#endif /* FABMON_SVC_ACCESS_H */
