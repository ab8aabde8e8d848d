/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Names that redfish/ and those who serve or send its resources agree on. The
 * service and the OFMF's client include this, view.h and event.h of redfish/
 * and nothing else: none of them knows the model.
 */
#ifndef FABMON_REDFISH_NAMES_H
#define FABMON_REDFISH_NAMES_H

#define RF_ROOT		"/redfish/v1/"
#define RF_PREFIX	"/redfish/v1"

/* Levels of $expand: what ServiceRoot promises, and the service keeps to. */
#define RF_LEVELS_MAX	6

/* URI of the subscription that a Sunfish server patches. */
#define RF_SUBSCRIPTION_URI	RF_PREFIX "/EventService/Subscriptions/SunfishServer"

#endif /* FABMON_REDFISH_NAMES_H */
