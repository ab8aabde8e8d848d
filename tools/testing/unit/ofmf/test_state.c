// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The states of a registration: those of the code are those of the diagram in
 * Documentation/ofmf.md, one to one, and so are the ways from one to another.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "ofmf/priv.h"

#define DOCUMENT	"Documentation/ofmf.md"
#define ARROW		" --> "

/* As the diagram writes it: it wants no blanks, and has a sign for the start. */
static enum ofmf_state state_of(const char *name, size_t len)
{
	enum ofmf_state state;
	char word[64];
	char *p;

	if (len == 3 && !strncmp(name, "[*]", 3))
		return OFMF_STATE_START;
	for (state = 0; state < OFMF_STATES; state++) {
		snprintf(word, sizeof(word), "%s", ofmf_state_name(state));
		for (p = word; (p = strchr(p, ' ')); )
			*p = '_';
		if (len == strlen(word) && !strncmp(name, word, len))
			return state;
	}
	fail_msg("%.*s is no state", (int)len, name);
	return OFMF_STATES;
}

static void read_arrow(const char *line, bool drawn[][OFMF_STATES])
{
	const char *arrow = strstr(line, ARROW);
	const char *from = line + strspn(line, " ");
	const char *to = arrow + strlen(ARROW);
	enum ofmf_state a = state_of(from, (size_t)(arrow - from));
	enum ofmf_state b = state_of(to, strcspn(to, " :\n"));

	if (drawn[a][b])
		fail_msg("drawn twice: %s", line);
	drawn[a][b] = true;
}

static void test_diagram(void **state)
{
	bool drawn[OFMF_STATES][OFMF_STATES] = { 0 };
	enum ofmf_state a, b;
	char line[512];
	bool inside = false;
	FILE *file = fopen(DOCUMENT, "re");

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "```", 3))
			inside = !strcmp(line, "```mermaid\n");
		else if (inside && strstr(line, ARROW))
			read_arrow(line, drawn);
	}
	fclose(file);
	for (a = 0; a < OFMF_STATES; a++)
		for (b = 0; b < OFMF_STATES; b++)
			if (drawn[a][b] != ofmf_state_follows(a, b))
				fail_msg("%s to %s is %s only",
					 ofmf_state_name(a), ofmf_state_name(b),
					 drawn[a][b] ? "drawn" : "done");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_diagram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
