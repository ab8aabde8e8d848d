/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Messages of the fabmon family and of the controller, as a kernel sends them. */
#ifndef FABMON_TEST_KNL_MESSAGE_H
#define FABMON_TEST_KNL_MESSAGE_H

#include <netlink/msg.h>
#include <stdint.h>

#include "kernel/knl/knl.h"

#define FAMILY		0x21
#define INSTANCE	0x1122334455667788ULL

/* A message without attributes; a notification with those that all have. */
struct nl_msg *knl_message(uint8_t cmd);
struct nl_msg *knl_notification(uint8_t cmd);

/* With every attribute that there is, and some that there are not. */
void knl_put_node(struct nl_msg *msg);
struct nl_msg *knl_node_message(void);
void knl_put_event(struct nl_msg *msg);
struct nl_msg *knl_event_message(void);
struct nl_msg *knl_replayed(uint32_t action);
struct nl_msg *knl_lost_message(void);
void knl_put_provider(struct nl_msg *msg, const char *name);
void knl_put_absence(struct nl_msg *msg, const char *reason);
struct nl_msg *knl_info_message(void);
struct nl_msg *knl_controller_message(void);

/* knl_msg_parse() */
int knl_message_parse(struct nl_msg *from, struct knl_msg *msg);
/* Fails the test unless the parser refuses @from, which is freed. */
void knl_message_refused(struct nl_msg *from);

#endif /* FABMON_TEST_KNL_MESSAGE_H */
