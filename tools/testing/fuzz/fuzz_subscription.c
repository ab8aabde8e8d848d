// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A line, which is a stream's $filter, and the body of a subscription. */
#include "service/events/events.h"
#include "fuzz.h"

/* What is taken is taken again, and not changed by a PATCH with itself. */
static void accepted(json_t *properties)
{
	json_t *messages, *again, *refused, *changes;

	fuzz_assert(json_is_object(properties));
	again = subscription_parse(properties, &messages);
	fuzz_assert(again && !messages);
	fuzz_assert(json_equal(again, properties));
	json_decref(again);
	changes = subscription_parse_changes(properties, properties, &refused);
	fuzz_assert(changes && refused);
	json_decref(changes);
	json_decref(refused);
}

static void body(const json_t *json)
{
	json_t *messages = NULL, *properties;

	properties = subscription_parse(json, &messages);
	fuzz_assert(!properties == !!json_array_size(messages));
	if (properties)
		accepted(properties);
	json_decref(properties);
	json_decref(messages);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	char *line = fuzz_line(&in);
	json_t *json;

	json = event_filter_parse(line);
	fuzz_assert(!json || json_is_object(json));
	json_decref(json);
	free(line);
	json = json_loadb((const char *)in.data, in.size, 0, NULL);
	if (json_is_object(json))
		body(json);
	json_decref(json);
	return 0;
}
