/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Messages of the kernel that are well-formed netlink, whatever they say. */
#ifndef FABMON_FUZZ_MESSAGE_H
#define FABMON_FUZZ_MESSAGE_H

#include <netlink/msg.h>

#include "fuzz.h"

/*
 * Reads a little program: a command, then attributes, each a type with what
 * it is, up to the end of the input or of the message. nlmsg_free() it.
 */
struct nl_msg *fuzz_message(struct fuzz_input *in);

#endif /* FABMON_FUZZ_MESSAGE_H */
