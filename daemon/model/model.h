/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The model: a graph of this host's fabrics in memory.
 *
 * A node is an object that the kernel reports. It carries what files say of it
 * (facts), the name that it keeps over reboots (identity), and what is wrong with
 * it (conditions). The model owns all of that, and a log for each device. follow/
 * puts in nodes and events, host/ the facts, store/ the logs and identities of
 * earlier runs. redfish/ reads the graph and makes resources of it. The same
 * nodes, facts and events make the same model, whenever they come: time is what
 * the kernel's stamps say. The model does no I/O, asks no clock, and does not know
 * that there is Redfish.
 *
 * This header includes all others of the folder that are for others.
 */
#ifndef FABMON_MODEL_H
#define FABMON_MODEL_H

#include "facts.h"
#include "flap.h"
#include "graph.h"
#include "health.h"
#include "ident.h"
#include "kernel/knl/event.h"
#include "kernel/knl/names.h"
#include "kernel/knl/node.h"
#include "link.h"
#include "log.h"
#include "region.h"
#include "relation.h"
#include "watch.h"

#endif /* FABMON_MODEL_H */
