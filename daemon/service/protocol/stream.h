/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* A body that has no end. events/ makes them, which is not known here. */
#ifndef FABMON_SVC_STREAM_H
#define FABMON_SVC_STREAM_H

struct MHD_Connection;
struct MHD_Response;
struct svc_stream;

/**
 * struct svc_stream_ops - what can be done with one
 * @open: the answer that is the stream: a response that owns it from then on;
 *	NULL if it cannot be opened, and it is still the caller's
 * @free: end one that was not opened
 */
struct svc_stream_ops {
	struct MHD_Response *(*open)(struct svc_stream *stream,
				     struct MHD_Connection *connection);
	void (*free)(struct svc_stream *stream);
};

/* The beginning of a larger structure, which its operations know. */
struct svc_stream {
	const struct svc_stream_ops *ops;
};

#endif /* FABMON_SVC_STREAM_H */
