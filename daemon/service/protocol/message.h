/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Messages of the Base registry, and error bodies (DSP0266, "Error responses"). */
#ifndef FABMON_SVC_MESSAGE_H
#define FABMON_SVC_MESSAGE_H

#include <jansson.h>

/* Messages of the Base registry that the service uses. */
enum svc_message {
	SVC_MISSING_AT_URI,	/* URI */
	SVC_NOT_ALLOWED,
	SVC_MALFORMED_JSON,
	SVC_UNRECOGNIZED_BODY,
	SVC_PROPERTY_UNKNOWN,	/* property */
	SVC_PROPERTY_READ_ONLY,	/* property */
	SVC_PROPERTY_TYPE,	/* value, property */
	SVC_PROPERTY_FORMAT,	/* value, property */
	SVC_QUERY_UNSUPPORTED,	/* parameter */
	SVC_QUERY_TYPE,		/* value, parameter */
	SVC_QUERY_FORMAT,	/* value, parameter */
	SVC_QUERY_VALUE,	/* parameter */
	SVC_QUERY_RANGE,	/* value, parameter, range */
	SVC_QUERY_RESOURCE,
	SVC_QUERY_OPERATION,
	SVC_QUERY_COMBINATION,
	SVC_HEADER_INVALID,	/* header */
	SVC_HEADER_MISSING,	/* header */
	SVC_PRECONDITION,
	SVC_NO_OPERATION,
	SVC_TOO_LARGE,
	SVC_UNAVAILABLE,	/* seconds */
	SVC_NO_STORAGE,
	SVC_INTERNAL,
	SVC_INVALID_URI,	/* URI */
	SVC_UNAUTHORIZED,
	SVC_NO_SESSION,
	SVC_NO_PRIVILEGE,
	SVC_SESSION_LIMIT,
	SVC_PROPERTY_MISSING,	/* property */
	SVC_PROPERTY_RANGE,	/* value, property */
	SVC_PROPERTY_LIST,	/* value, property */
	SVC_PROPERTY_VALUE,	/* property */
	SVC_PROPERTY_CONFLICT,	/* property, property */
	SVC_TEXT_LONG,		/* value, limit */
	SVC_ARRAY_LONG,		/* property, limit */
	SVC_SUBSCRIPTION_LIMIT,
	SVC_PARAMETER_MISSING,	/* action, parameter */
	SVC_PARAMETER_UNKNOWN,	/* action, parameter */
	SVC_PARAMETER_TYPE,	/* value, parameter, action */
	SVC_PARAMETER_FORMAT,	/* value, parameter, action */
	SVC_PARAMETER_LIST,	/* value, parameter, action */
	SVC_CREATION_CONFLICT,	/* URI */
	SVC_IN_USE,
	SVC_N_MESSAGES,
	SVC_NONE = SVC_N_MESSAGES	/* no message */
};

#define SVC_ARGS_MAX		3
#define SVC_MESSAGE_TYPE	"Message.v1_3_0"

json_t *svc_message_args(enum svc_message id,
			 const char *const args[SVC_ARGS_MAX],
			 const char *property);
json_t *svc_message_new(enum svc_message id, const char *arg1,
			const char *arg2, const char *property);
json_t *svc_error_new(json_t *messages);
json_t *svc_error_one(enum svc_message id, const char *arg1,
		      const char *arg2, const char *property);

#endif /* FABMON_SVC_MESSAGE_H */
