// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Golden hosts: the tree that is made of a host's files is compared with the
 * tree that is stored with them. FABMON_GOLDEN_UPDATE=1 stores the new trees
 * instead; GOLDEN_HOSTS names another directory of hosts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <ctype.h>
#include <dirent.h>
#include <linux/fabmon.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "fixture.h"
#include "golden.h"
#include "tempdir.h"

#define HOSTS_MIN	12
#define HOSTS_MAX	64
#define PATH_SIZE	512
#define SHOWN_MAX	20	/* differences that are printed of one host */

static char *hosts[HOSTS_MAX];
static size_t n_hosts;

static int compare_hosts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int find_hosts(void **state)
{
	const char *dir = getenv("GOLDEN_HOSTS");
	struct dirent *entry;
	DIR *stream;

	if (!dir)
		dir = "tools/testing/golden/hosts";
	stream = opendir(dir);
	assert_non_null(stream);
	while ((entry = readdir(stream)) && n_hosts < HOSTS_MAX)
		if (*entry->d_name != '.')
			assert_true(asprintf(&hosts[n_hosts++], "%s/%s", dir,
					     entry->d_name) > 0);
	closedir(stream);
	qsort(hosts, n_hosts, sizeof(*hosts), compare_hosts);
	return 0;
}

static int forget_hosts(void **state)
{
	while (n_hosts)
		free(hosts[--n_hosts]);
	return 0;
}

static json_t *project(const char *dir)
{
	struct golden_host host;
	json_t *tree;

	assert_int_equal(golden_host_load(&host, dir), 0);
	assert_int_equal(golden_host_read(&host), 0);
	tree = golden_host_tree(&host);
	assert_non_null(tree);
	golden_host_clear(&host);
	return tree;
}

/* ---- what differs, one line each ------------------------------------------ */

static void show(const char *path, const json_t *old, const json_t *new,
		unsigned int *count)
{
	const size_t flags = JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS;
	char *was = old ? json_dumps(old, flags) : NULL;
	char *is = new ? json_dumps(new, flags) : NULL;

	if (++*count <= SHOWN_MAX)
		fprintf(stderr, "%s\n  was %.200s\n  is  %.200s\n", path,
			was ? was : "not there", is ? is : "not there");
	free(was);
	free(is);
}

static void compare(const char *path, const json_t *old, const json_t *new,
		    unsigned int *count)
{
	char below[1024], index[24];
	const char *key;
	json_t *value;
	size_t i;

	if (json_equal(old, new))
		return;
	if (json_is_object(old) && json_is_object(new)) {
		json_object_foreach((json_t *)old, key, value) {
			snprintf(below, sizeof(below), "%s %s", path, key);
			compare(below, value, json_object_get(new, key), count);
		}
		json_object_foreach((json_t *)new, key, value) {
			if (json_object_get(old, key))
				continue;
			snprintf(below, sizeof(below), "%s %s", path, key);
			show(below, NULL, value, count);
		}
	} else if (json_is_array(old) && json_is_array(new) &&
		   json_array_size(old) == json_array_size(new)) {
		json_array_foreach(old, i, value) {
			snprintf(index, sizeof(index), "%zu", i);
			snprintf(below, sizeof(below), "%s %s", path, index);
			compare(below, value, json_array_get(new, i), count);
		}
	} else {
		show(path, old, new, count);
	}
}

/* ---- tests ---------------------------------------------------------------- */

static void test_enough(void **state)
{
	assert_true(n_hosts >= HOSTS_MIN);
}

static unsigned int check_tree(const char *dir)
{
	json_t *tree = project(dir), *golden;
	char path[PATH_SIZE];
	unsigned int count = 0;

	snprintf(path, sizeof(path), "%s/tree.json", dir);
	if (getenv("FABMON_GOLDEN_UPDATE"))
		assert_int_equal(json_dump_file(tree, path, JSON_INDENT(1) |
						JSON_SORT_KEYS), 0);
	golden = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	if (!golden)
		fail_msg("%s cannot be read; make golden", path);
	compare(dir, golden, tree, &count);
	json_decref(golden);
	json_decref(tree);
	return count;
}

static void test_trees(void **state)
{
	unsigned int count = 0, one;
	size_t i;

	for (i = 0; i < n_hosts; i++) {
		one = check_tree(hosts[i]);
		if (one > SHOWN_MAX)
			fprintf(stderr, "%s: and %u more\n", hosts[i],
				one - SHOWN_MAX);
		count += one;
	}
	if (count)
		fail_msg("%u differences; if they are meant: make golden",
			 count);
}

static bool is_strict(void)
{
	const char *strict = getenv("FABMON_STRICT");

	return strict && *strict;
}

static void test_schemas(void **state)
{
	char path[PATH_SIZE];
	json_t *tree;
	size_t i;
	int ret;

	for (i = 0; i < n_hosts; i++) {
		snprintf(path, sizeof(path), "%s/tree.json", hosts[i]);
		tree = json_load_file(path, 0, NULL);
		assert_non_null(tree);
		ret = fix_validate_tree(tree);
		json_decref(tree);
		if (ret < 0 && is_strict())
			fail_msg("the schemas may not be skipped here");
		if (ret < 0)
			skip();
		if (ret)
			fail_msg("%s does not validate", path);
	}
}

/* What is written as the kernel's bytes reads as what was written. */
static void test_messages(void **state)
{
	struct golden_host host;
	struct nlmsghdr *hdr;
	json_t *json, *sent, *read;
	size_t i, h;

	for (h = 0; h < n_hosts; h++) {
		assert_int_equal(golden_host_load(&host, hosts[h]), 0);
		json_array_foreach(host.nodes, i, json) {
			sent = json_pack("{s:O}", "node", json);
			hdr = golden_message_new(FABMON_CMD_NODE_GET, sent);
			assert_non_null(hdr);
			read = golden_message_read(hdr);
			if (!json_equal(sent, read))
				fail_msg("%s: node %zu reads as another",
					 hosts[h], i);
			json_decref(read);
			json_decref(sent);
			free(hdr);
		}
		golden_host_clear(&host);
	}
}

/* ---- another boot --------------------------------------------------------- */

/* Ids count down, so that the nodes come in another order too. */
static void renumber(json_t *json)
{
	static const char *const ids[] = { "id", "parent", "node", "region" };
	json_t *value, *id;
	const char *key;
	size_t i;

	for (i = 0; i < 4; i++) {
		id = json_object_get(json, ids[i]);
		if (json_is_integer(id) && json_integer_value(id))
			json_integer_set(id, 1000000 - json_integer_value(id));
	}
	json_object_foreach(json, key, value)
		renumber(value);
	json_array_foreach(json, i, value)
		renumber(value);
}

/* Names of nodes, and those of network devices. */
static void collect_names(const json_t *json, json_t *names)
{
	static const char *const keys[] = { "name", "ifname", "master-ifname" };
	const char *key, *name;
	json_t *value;
	size_t i;

	for (i = 0; i < 3; i++) {
		name = json_string_value(json_object_get(json, keys[i]));
		if (name && !strchr(name, '/'))
			json_object_set_new(names, name, json_true());
	}
	json_object_foreach((json_t *)json, key, value)
		collect_names(value, names);
	json_array_foreach(json, i, value)
		collect_names(value, names);
}

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || strchr("_.:-", c);
}

/* mem0 is mem70, decoder1.0 is decoder71.0, eth0 is eth70. */
static void write_name(FILE *out, const char *name, int len,
		       const json_t *names)
{
	char copy[256];
	int digit;

	/* links to network devices */
	if (!strncmp(name, "upper_", 6) || !strncmp(name, "lower_", 6)) {
		fprintf(out, "%.6s", name);
		name += 6;
		len -= 6;
	}
	snprintf(copy, sizeof(copy), "%.*s", len, name);
	if (len >= (int)sizeof(copy) || !json_object_get(names, copy)) {
		fprintf(out, "%.*s", len, name);
		return;
	}
	digit = (int)strcspn(copy, "0123456789");
	/* mlx5_0 */
	if (strchr(copy, '_'))
		digit = (int)(strchr(copy, '_') - copy) + 1;
	fprintf(out, "%.*s7%s", digit, copy, copy + digit);
}

static char *rename_all(const char *text, const json_t *names)
{
	char *renamed = NULL;
	size_t size;
	FILE *out = open_memstream(&renamed, &size);
	int len;

	assert_non_null(out);
	while (*text) {
		for (len = 0; text[len] && in_name(text[len]); len++)
			;
		if (len)
			write_name(out, text, len, names);
		else
			fputc(text[len++], out);
		text += len;
	}
	assert_int_equal(fclose(out), 0);
	return renamed;
}

static void write_renamed(const char *dir, const char *name, char *text,
			  const json_t *names)
{
	char *renamed = rename_all(text, names);

	tempdir_write(dir, name, renamed);
	free(renamed);
	free(text);
}

static json_t *project_rebooted(const char *dir)
{
	json_t *names = json_object(), *tree;
	struct golden_host host;
	char *boot = tempdir_make();

	assert_int_equal(golden_host_load(&host, dir), 0);
	collect_names(host.nodes, names);
	renumber(host.nodes);
	renumber(host.events);
	write_renamed(boot, "nodes", json_dumps(host.nodes, JSON_INDENT(1)),
		      names);
	write_renamed(boot, "events", json_dumps(host.events, JSON_INDENT(1)),
		      names);
	write_renamed(boot, "sysfs", tempdir_read(dir, "sysfs"), names);
	golden_host_clear(&host);
	json_decref(names);
	tree = project(boot);
	tempdir_remove(boot);
	return tree;
}

static unsigned int missing(const char *dir, const char *what,
			    const json_t *from, const json_t *in)
{
	unsigned int count = 0;
	const char *uri;
	json_t *value;

	json_object_foreach((json_t *)from, uri, value)
		if (!json_object_get(in, uri) && ++count <= SHOWN_MAX)
			fprintf(stderr, "%s: %s %s\n", dir, what, uri);
	return count;
}

/* The same devices with other names, ids and in another order. */
static void test_stable(void **state)
{
	json_t *before, *after;
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < n_hosts; i++) {
		before = project(hosts[i]);
		after = project_rebooted(hosts[i]);
		count += missing(hosts[i], "went away:", before, after);
		count += missing(hosts[i], "is new:", after, before);
		json_decref(before);
		json_decref(after);
	}
	if (count)
		fail_msg("%u URIs are not stable", count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enough),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_trees),
		cmocka_unit_test(test_schemas),
		cmocka_unit_test(test_stable),
	};

	return cmocka_run_group_tests(tests, find_hosts, forget_hosts);
}
