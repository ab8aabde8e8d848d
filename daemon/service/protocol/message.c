// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Redfish error bodies (DSP0266, "Error responses"). Keys, texts, severities
 * and resolutions are those of the DMTF's Base message registry 1.22.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

#define BASE_PREFIX	"Base.1.22."
#define ARG_MAX_LEN	256

struct message {
	const char *key;
	const char *severity;
	const char *text;
	const char *resolution;
};

static const struct message messages[] = {
	[SVC_CREATION_CONFLICT] = {
		"ResourceCreationConflict", "Warning",
		"The resource could not be created.  The service has a "
		"resource at URI '%1' that conflicts with the creation request.",
		"None.",
	},
	[SVC_IN_USE] = {
		"ResourceInUse", "Warning",
		"The change to the requested resource failed because the "
		"resource is in use or in transition.",
		"Remove the condition and resubmit the request if the "
		"operation failed.",
	},
	[SVC_MISSING_AT_URI] = {
		"ResourceMissingAtURI", "Critical",
		"The resource at the URI '%1' was not found.",
		"Place a valid resource at the URI or correct the URI and "
		"resubmit the request.",
	},
	[SVC_NOT_ALLOWED] = {
		"OperationNotAllowed", "Critical",
		"The HTTP method is not allowed on this resource.",
		"None.",
	},
	[SVC_MALFORMED_JSON] = {
		"MalformedJSON", "Critical",
		"The request body submitted was malformed JSON and could not "
		"be parsed by the receiving service.",
		"Ensure that the request body is valid JSON and resubmit the "
		"request.",
	},
	[SVC_UNRECOGNIZED_BODY] = {
		"UnrecognizedRequestBody", "Warning",
		"The service detected a malformed request body that it was "
		"unable to interpret.",
		"Correct the request body and resubmit the request if it "
		"failed.",
	},
	[SVC_PROPERTY_UNKNOWN] = {
		"PropertyUnknown", "Warning",
		"The property %1 is not in the list of valid properties for "
		"the resource.",
		"Remove the unknown property from the request body and "
		"resubmit the request if the operation failed.",
	},
	[SVC_PROPERTY_READ_ONLY] = {
		"PropertyNotWritable", "Warning",
		"The property %1 is a read-only property and cannot be "
		"assigned a value.",
		"Remove the property from the request body and resubmit the "
		"request if the operation failed.",
	},
	[SVC_PROPERTY_TYPE] = {
		"PropertyValueTypeError", "Warning",
		"The value '%1' for the property %2 is not a type that the "
		"property can accept.",
		"Correct the value for the property in the request body and "
		"resubmit the request if the operation failed.",
	},
	[SVC_PROPERTY_FORMAT] = {
		"PropertyValueFormatError", "Warning",
		"The value '%1' for the property %2 is not a format that the "
		"property can accept.",
		"Correct the value for the property in the request body and "
		"resubmit the request if the operation failed.",
	},
	[SVC_QUERY_UNSUPPORTED] = {
		"QueryParameterUnsupported", "Warning",
		"Query parameter '%1' is not supported.",
		"Correct or remove the query parameter and resubmit the "
		"request.",
	},
	[SVC_QUERY_TYPE] = {
		"QueryParameterValueTypeError", "Warning",
		"The value '%1' for the query parameter %2 is not a type that "
		"the parameter can accept.",
		"Correct the value for the query parameter in the request and "
		"resubmit the request if the operation failed.",
	},
	[SVC_QUERY_FORMAT] = {
		"QueryParameterValueFormatError", "Warning",
		"The value '%1' for the parameter %2 is not a format that the "
		"parameter can accept.",
		"Correct the value for the query parameter in the request and "
		"resubmit the request if the operation failed.",
	},
	[SVC_QUERY_VALUE] = {
		"QueryParameterValueError", "Warning",
		"The value for the parameter %1 is invalid.",
		"Correct the value for the query parameter in the request and "
		"resubmit the request if the operation failed.",
	},
	[SVC_QUERY_RANGE] = {
		"QueryParameterOutOfRange", "Warning",
		"The value '%1' for the query parameter %2 is out of range %3.",
		"Reduce the value for the query parameter to a value that is "
		"within range, such as a start or count value that is within "
		"bounds of the number of resources in a collection or a page "
		"number that is within the range of valid pages.",
	},
	[SVC_QUERY_RESOURCE] = {
		"QueryNotSupportedOnResource", "Warning",
		"Querying is not supported on the requested resource.",
		"Remove the query parameters and resubmit the request if the "
		"operation failed.",
	},
	[SVC_QUERY_OPERATION] = {
		"QueryNotSupportedOnOperation", "Warning",
		"Querying is not supported with the requested operation.",
		"Remove the query parameters and resubmit the request if the "
		"operation failed.",
	},
	[SVC_QUERY_COMBINATION] = {
		"QueryCombinationInvalid", "Warning",
		"Two or more query parameters in the request cannot be used "
		"together.",
		"Remove one or more of the query parameters and resubmit the "
		"request if the operation failed.",
	},
	[SVC_NO_STORAGE] = {
		"InsufficientStorage", "Critical",
		"Insufficient storage or memory available to complete the "
		"request.",
		"Increase the free storage space available to the service and "
		"resubmit the request.",
	},
	[SVC_HEADER_INVALID] = {
		"HeaderInvalid", "Critical",
		"Header '%1' is invalid.",
		"Resubmit the request with a valid request header.",
	},
	[SVC_HEADER_MISSING] = {
		"HeaderMissing", "Critical",
		"Required header '%1' is missing in the request.",
		"Resubmit the request with the required request header.",
	},
	[SVC_PRECONDITION] = {
		"PreconditionFailed", "Critical",
		"The ETag supplied did not match the ETag required to change "
		"this resource.",
		"Try the operation again using the appropriate ETag.",
	},
	[SVC_NO_OPERATION] = {
		"NoOperation", "Warning",
		"The request body submitted contain no data to act upon and "
		"no changes to the resource took place.",
		"Add properties in the JSON object and resubmit the request.",
	},
	[SVC_TOO_LARGE] = {
		"PayloadTooLarge", "Critical",
		"The supplied payload exceeds the maximum size supported by "
		"the service.",
		"Check that the supplied payload is correct and supported by "
		"this service.",
	},
	[SVC_UNAVAILABLE] = {
		"ServiceTemporarilyUnavailable", "Critical",
		"The service is temporarily unavailable.  Retry in %1 seconds.",
		"Wait for the indicated retry duration and retry the "
		"operation.",
	},
	[SVC_INTERNAL] = {
		"InternalError", "Critical",
		"The request failed due to an internal service error.  The "
		"service is still operational.",
		"Resubmit the request.  If the problem persists, consider "
		"resetting the service.",
	},
	[SVC_INVALID_URI] = {
		"InvalidURI", "Critical",
		"The URI %1 was not found.",
		"Provide a valid URI and resubmit the request.",
	},
	[SVC_UNAUTHORIZED] = {
		"AccessUnauthorized", "Critical",
		"Unauthorized.",
		"Resubmit the request with valid credentials.",
	},
	[SVC_NO_SESSION] = {
		"NoValidSession", "Critical",
		"There is no valid session established with the "
		"implementation.",
		"Establish a session before attempting any operations.",
	},
	[SVC_NO_PRIVILEGE] = {
		"InsufficientPrivilege", "Critical",
		"There are insufficient privileges for the account or "
		"credentials associated with the current session to perform "
		"the requested operation.",
		"Either abandon the operation or change the associated access "
		"rights and resubmit the request if the operation failed.",
	},
	[SVC_SESSION_LIMIT] = {
		"SessionLimitExceeded", "Critical",
		"The session establishment failed due to the number of "
		"simultaneous sessions exceeding the limit of the "
		"implementation.",
		"Reduce the number of other sessions before trying to "
		"establish the session or increase the limit of simultaneous "
		"sessions, if supported.",
	},
	[SVC_PROPERTY_MISSING] = {
		"PropertyMissing", "Warning",
		"The property %1 is a required property and must be included "
		"in the request.",
		"Ensure that the property is in the request body and has a "
		"valid value and resubmit the request if the operation failed.",
	},
	[SVC_PROPERTY_RANGE] = {
		"PropertyValueOutOfRange", "Warning",
		"The value '%1' for the property %2 is not in the supported "
		"range of acceptable values.",
		"Correct the value for the property in the request body and "
		"resubmit the request if the operation failed.",
	},
	[SVC_PROPERTY_LIST] = {
		"PropertyValueNotInList", "Warning",
		"The value '%1' for the property %2 is not in the list of "
		"acceptable values.",
		"Choose a value from the enumeration list that the "
		"implementation can support and resubmit the request if the "
		"operation failed.",
	},
	[SVC_PROPERTY_VALUE] = {
		"PropertyValueError", "Warning",
		"The value provided for the property %1 is not valid.",
		"Correct the value for the property in the request body and "
		"resubmit the request if the operation failed.",
	},
	[SVC_PROPERTY_CONFLICT] = {
		"PropertyValueConflict", "Warning",
		"The property '%1' could not be written because its value "
		"would conflict with the value of the '%2' property.",
		"None.",
	},
	[SVC_TEXT_LONG] = {
		"StringValueTooLong", "Warning",
		"The string '%1' exceeds the length limit %2.",
		"Resubmit the request with an appropriate string length.",
	},
	[SVC_ARRAY_LONG] = {
		"ArraySizeTooLong", "Warning",
		"The array provided for property %1 exceeds the size limit "
		"%2.",
		"Resubmit the request with an appropriate array size.",
	},
	[SVC_SUBSCRIPTION_LIMIT] = {
		"EventSubscriptionLimitExceeded", "Critical",
		"The event subscription failed due to the number of "
		"simultaneous subscriptions exceeding the limit of the "
		"implementation.",
		"Reduce the number of other subscriptions before trying to "
		"establish the event subscription or increase the limit of "
		"simultaneous subscriptions, if supported.",
	},
	[SVC_PARAMETER_MISSING] = {
		"ActionParameterMissing", "Critical",
		"The action %1 requires the parameter %2 to be present in the "
		"request body.",
		"Supply the action with the required parameter in the request "
		"body when the request is resubmitted.",
	},
	[SVC_PARAMETER_UNKNOWN] = {
		"ActionParameterUnknown", "Warning",
		"The action %1 was submitted with the invalid parameter %2.",
		"Correct the invalid action parameter and resubmit the "
		"request if the operation failed.",
	},
	[SVC_PARAMETER_TYPE] = {
		"ActionParameterValueTypeError", "Warning",
		"The value '%1' for the parameter %2 in the action %3 is not "
		"a type that the parameter can accept.",
		"Correct the value for the parameter in the request body and "
		"resubmit the request if the operation failed.",
	},
	[SVC_PARAMETER_FORMAT] = {
		"ActionParameterValueFormatError", "Warning",
		"The value '%1' for the parameter %2 in the action %3 is not "
		"a format that the parameter can accept.",
		"Correct the value for the parameter in the request body and "
		"resubmit the request if the operation failed.",
	},
	[SVC_PARAMETER_LIST] = {
		"ActionParameterValueNotInList", "Warning",
		"The value '%1' for the parameter %2 in the action %3 is not "
		"in the list of acceptable values.",
		"Choose a value from the enumeration list that the "
		"implementation can support and resubmit the request if the "
		"operation failed.",
	},
};

/* Arguments come from the wire: cut them, and keep to printable ASCII. */
static void arg_clean(char out[static ARG_MAX_LEN], const char *arg)
{
	size_t i;

	for (i = 0; arg[i] && i < ARG_MAX_LEN - 1; i++)
		out[i] = arg[i] >= ' ' && arg[i] < 0x7f ? arg[i] : '?';
	out[i] = '\0';
}

static json_t *text_fill(const char *text, char (*args)[ARG_MAX_LEN])
{
	char buf[SVC_ARGS_MAX * ARG_MAX_LEN + 256];
	size_t n = 0;

	for (; *text && n < sizeof(buf) - 1; text++) {
		const char *arg;

		if (text[0] != '%' || text[1] < '1' ||
		    text[1] >= '1' + SVC_ARGS_MAX) {
			buf[n++] = *text;
			continue;
		}
		for (arg = args[*++text - '1']; *arg && n < sizeof(buf) - 1;
		     arg++)
			buf[n++] = *arg;
	}
	return json_stringn(buf, n);
}

/**
 * svc_message_args - one member of @Message.ExtendedInfo
 * @id: which message
 * @args: its arguments, NULL from where it has none
 * @property: property that it is about, for RelatedProperties, or NULL
 *
 * Return: a new reference, or NULL without memory.
 */
json_t *svc_message_args(enum svc_message id,
			 const char *const args[SVC_ARGS_MAX],
			 const char *property)
{
	const struct message *m = &messages[id];
	char clean[SVC_ARGS_MAX][ARG_MAX_LEN] = { "" };
	char pointer[ARG_MAX_LEN];
	json_t *list = json_array(), *json;
	char key[64];
	size_t i;

	for (i = 0; i < SVC_ARGS_MAX && args[i]; i++) {
		arg_clean(clean[i], args[i]);
		json_array_append_new(list, json_string(clean[i]));
	}
	snprintf(key, sizeof(key), BASE_PREFIX "%s", m->key);
	json = json_pack("{s:s, s:s, s:o, s:o, s:s, s:s}",
			 "@odata.type", "#" SVC_MESSAGE_TYPE ".Message",
			 "MessageId", key,
			 "Message", text_fill(m->text, clean),
			 "MessageArgs", list,
			 "MessageSeverity", m->severity,
			 "Resolution", m->resolution);
	if (json && property) {
		arg_clean(pointer, property);
		json_object_set_new(json, "RelatedProperties",
				    json_pack("[o]", json_sprintf("#/%s",
								  pointer)));
	}
	return json;
}

/**
 * svc_message_new - svc_message_args() of up to two arguments
 * @arg1: first argument, or NULL if it has none
 * @arg2: second argument, or NULL
 */
json_t *svc_message_new(enum svc_message id, const char *arg1,
			const char *arg2, const char *property)
{
	const char *const args[SVC_ARGS_MAX] = { arg1, arg1 ? arg2 : NULL };

	return svc_message_args(id, args, property);
}

/**
 * svc_error_new - an error body
 * @messages_: array of messages, at least one; the reference is taken over
 *
 * Return: a new reference, or NULL without memory.
 */
json_t *svc_error_new(json_t *messages_)
{
	const json_t *first = json_array_get(messages_, 0);
	json_t *code = json_object_get(first, "MessageId");
	json_t *text = json_object_get(first, "Message");

	return json_pack("{s:{s:O, s:O, s:o}}", "error", "code", code,
			 "message", text, "@Message.ExtendedInfo", messages_);
}

/**
 * svc_error_one - an error body with one message
 *
 * Arguments as for svc_message_new(). Return: a new reference, or NULL
 * without memory.
 */
json_t *svc_error_one(enum svc_message id, const char *arg1, const char *arg2,
		      const char *property)
{
	json_t *array = json_array();

	json_array_append_new(array,
			      svc_message_new(id, arg1, arg2, property));
	return svc_error_new(array);
}
