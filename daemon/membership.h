/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Leaving and joining OFMFs, for who asks: "fabmon leave" and "fabmon join" by a
 * socket of their own, and "fabmond --leave", which does nothing else.
 *
 * On the socket a client sends one line, a JSON object {"command": "leave" or
 * "join", "name": section's name or url, without: all}. It is answered with one
 * JSON object, {"results": [...]} or {"error": "..."}, when the command is done or
 * does not get on.
 */
#ifndef FABMON_MEMBERSHIP_H
#define FABMON_MEMBERSHIP_H

#include <stddef.h>

struct daemon;

#define MEMBERSHIP_SOCKET	".admin"	/* behind control_socket */
#define MEMBERSHIP_CLIENTS	4		/* at once; more are refused */
#define MEMBERSHIP_LINE		512		/* bytes of a command */

/* Opens the socket; fabmond works without, too. */
void membership_start(struct daemon *d);
void membership_stop(struct daemon *d);
/* An OFMF's state is another: answers those who waited for it. */
void membership_check(struct daemon *d);
/* fabmond --leave. Return: an exit code, 0: this host is out. */
int membership_leave(struct daemon *d);

#endif /* FABMON_MEMBERSHIP_H */
