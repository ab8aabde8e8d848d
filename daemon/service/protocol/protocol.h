/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The Redfish protocol as data (DSP0266): what a request, a query, a reply and
 * an error message are, and where the resources of a site come from.
 *
 * The rest of service/ builds on this folder. It owns no connection, no file
 * and no timer; what it remembers is in a struct svc_site. In come texts that a
 * client sent, of which nothing is trusted, and resources: those of the
 * published tree, and those of sources that others add to the site. Out go
 * parsed values, replies and error bodies. It never waits, reads no file and no
 * socket, and does not decide who may do what: access/ does.
 */
#ifndef FABMON_SVC_PROTOCOL_H
#define FABMON_SVC_PROTOCOL_H

#define SVC_PREFIX	"/redfish/v1"
#define SVC_ROOT	"/redfish/v1/"
#define SVC_SUBSCRIPTION \
	"/redfish/v1/EventService/Subscriptions/SunfishServer"
/* Before the name of a view, in a path and in the base URL of its OFMF. */
#define SVC_VIEWS	"/ofmf/"

#define SVC_VIEW_MAX	33		/* bytes of a view's name with its NUL */
#define SVC_URI_MAX	1024		/* bytes of a decoded path with its NUL */
#define SVC_QUERY_MAX	1024		/* bytes of a query with its NUL */

#endif /* FABMON_SVC_PROTOCOL_H */
