/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Of a test that is linked with --wrap=ofmf_http_send: all requests go by it. */
#ifndef FABMON_TEST_HTTP_WRAP_H
#define FABMON_TEST_HTTP_WRAP_H

#include "ofmf/http.h"

int __real_ofmf_http_send(struct ofmf_http *http, const char *method,
			  const char *url, const json_t *body, long timeout,
			  ofmf_http_done done, void *ctx);
int __wrap_ofmf_http_send(struct ofmf_http *http, const char *method,
			  const char *url, const json_t *body, long timeout,
			  ofmf_http_done done, void *ctx);

#endif /* FABMON_TEST_HTTP_WRAP_H */
