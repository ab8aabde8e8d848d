/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The local control socket: whoever connects gets one JSON document on where
 * fabmond stands, and the end of the stream. Nothing is read from it.
 */
#ifndef FABMON_CONTROL_H
#define FABMON_CONTROL_H

#include <jansson.h>
#include <systemd/sd-event.h>

/* Where fabmond stands, a new reference; NULL without memory. */
typedef json_t *(*control_report)(void *ctx);

struct control;

/**
 * control_open - listen on a UNIX socket
 * @path: an old socket there is replaced; its directory must exist
 *
 * Whom the file system lets connect may know all that is reported: mode 0660,
 * the group is fabmond's. Return: 0; -EADDRINUSE: another fabmond has it; other
 * -errno.
 */
int control_open(struct control **control, sd_event *event, const char *path,
		 control_report report, void *ctx);
void control_close(struct control *control);

#endif /* FABMON_CONTROL_H */
