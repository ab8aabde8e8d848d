// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Records the machine it runs on as a golden host: record DIRECTORY
 * [COMMENT...]
 *
 * It runs fabmond's own code, and writes down each file that this code opens,
 * so that no list of files has to be kept. The linker has the calls go to the
 * __wrap_ functions here (see the Makefile).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fabmon.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/facts.h"
#include "golden.h"
#include "host/host.h"
#include "kernel/knl/knl.h"
#include "kernel/rdma_res.h"
#include "tree/readings.h"
#include "tree/tree.h"
#include "util/error.h"

/* Path -> text of a file, or "-> target" of a link. */
static json_t *files;
/* Nodes of the dump that is being read. */
static json_t *nodes;

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_openat(int dir, const char *name, int flags, ...);
int __wrap_openat(int dir, const char *name, int flags, ...);
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
ssize_t __real_readlinkat(int dir, const char *name, char *text, size_t size);
ssize_t __wrap_readlinkat(int dir, const char *name, char *text, size_t size);
struct dirent *__real_readdir(DIR *stream);
struct dirent *__wrap_readdir(DIR *stream);
int __real_knl_msg_parse(const struct nlmsghdr *hdr, size_t len,
			 struct knl_msg *msg);
int __wrap_knl_msg_parse(const struct nlmsghdr *hdr, size_t len,
			 struct knl_msg *msg);

/* ---- files ---------------------------------------------------------------- */

static bool is_recorded(const char *path)
{
	static const char *const roots[] = {
		"/sys/", "/proc/cpuinfo", "/proc/meminfo", "/proc/net/vlan/"
	};
	size_t i;

	for (i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (!strncmp(path, roots[i], strlen(roots[i])))
			return true;
	return false;
}

static void record_link(const char *path)
{
	char target[PATH_MAX], text[PATH_MAX + 4];
	ssize_t len;

	len = __real_readlinkat(AT_FDCWD, path, target, sizeof(target) - 1);
	if (len <= 0)
		return;
	target[len] = '\0';
	snprintf(text, sizeof(text), "-> %s", target);
	json_object_set_new(files, path, json_string(text));
}

/*
 * Records the symbolic links on the way to @path, and resolves them in @real.
 * Its last part is not followed.
 */
static bool record_way(const char *path, char real[PATH_MAX])
{
	char way[PATH_MAX], *base, *slash;

	snprintf(way, sizeof(way), "%s", path);
	base = strrchr(way, '/');
	if (!base || base == way)
		return false;
	*base++ = '\0';
	for (slash = strchr(way + 1, '/'); ; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		record_link(way);
		if (!slash)
			break;
		*slash = '/';
	}
	if (!realpath(way, real))
		return false;
	snprintf(real + strlen(real), PATH_MAX - strlen(real), "/%s", base);
	return true;
}

/* One processor stands for all; the size of the memory is the first line. */
static void shorten(const char *path, char *text)
{
	const char *sep = !strcmp(path, "/proc/cpuinfo") ? "\n\n" :
			  !strcmp(path, "/proc/meminfo") ? "\n" : NULL;
	char *end = sep ? strstr(text, sep) : NULL;

	if (end)
		*end = '\0';
}

static void record_file(const char *path)
{
	char text[65536];
	struct stat st;
	ssize_t len;
	int fd;

	if (!is_recorded(path) || json_object_get(files, path))
		return;
	fd = __real_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return;
	len = fstat(fd, &st) || !S_ISREG(st.st_mode) ? -1 :
	      read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len < 0)
		return;
	text[len] = '\0';
	while (len && text[len - 1] == '\n')
		text[--len] = '\0';
	shorten(path, text);
	json_object_set_new(files, path, json_string(text));
}

static bool path_of(int dir, const char *name, char path[PATH_MAX])
{
	char link[64];
	ssize_t len;

	if (*name == '/') {
		snprintf(path, PATH_MAX, "%s", name);
		return true;
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
	len = __real_readlinkat(AT_FDCWD, link, path, PATH_MAX - 1);
	if (len <= 0)
		return false;
	snprintf(path + len, (size_t)(PATH_MAX - len), "/%s", name);
	return true;
}

static void record(int dir, const char *name)
{
	char path[PATH_MAX], real[PATH_MAX];

	if (!path_of(dir, name, path) || !is_recorded(path) ||
	    !record_way(path, real))
		return;
	record_link(real);
	record_file(real);
}

int __wrap_open(const char *path, int flags, ...)
{
	record(AT_FDCWD, path);
	return __real_open(path, flags, 0600);
}

int __wrap_openat(int dir, const char *name, int flags, ...)
{
	record(dir, name);
	return __real_openat(dir, name, flags, 0600);
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	if (*mode == 'r')
		record(AT_FDCWD, path);
	return __real_fopen(path, mode);
}

ssize_t __wrap_readlinkat(int dir, const char *name, char *text, size_t size)
{
	record(dir, name);
	return __real_readlinkat(dir, name, text, size);
}

/* A directory that is searched for links: record those that it has. */
struct dirent *__wrap_readdir(DIR *stream)
{
	struct dirent *entry = __real_readdir(stream);

	if (entry && entry->d_type == DT_LNK)
		record(dirfd(stream), entry->d_name);
	return entry;
}

static void write_file(FILE *out, const char *path, const char *text)
{
	const char *end;

	if (!strncmp(text, "-> ", 3)) {
		fprintf(out, "%s %s\n", path, text);
	} else if (*text && !strchr(text, '\n')) {
		fprintf(out, "%s = %s\n", path, text);
	} else {
		fprintf(out, "%s:\n", path);
		for (; *text; text = *end ? end + 1 : end) {
			end = strchrnul(text, '\n');
			fprintf(out, "\t%.*s\n", (int)(end - text), text);
		}
	}
}

/* ---- nodes ---------------------------------------------------------------- */

int __wrap_knl_msg_parse(const struct nlmsghdr *hdr, size_t len,
			 struct knl_msg *msg)
{
	int ret = __real_knl_msg_parse(hdr, len, msg);
	json_t *json = ret ? NULL : golden_message_read(hdr);

	if (json_object_get(json, "node"))
		json_array_append(nodes, json_object_get(json, "node"));
	else
		fprintf(stderr, "record: a message is not recorded\n");
	json_decref(json);
	return ret;
}

static void begin(void *ctx)
{
	model_clear_nodes(ctx);
	json_array_clear(nodes);
}

static int put(struct knl_msg *msg, void *ctx)
{
	return model_node_put(ctx, &msg->node) ? 0 : -ENOMEM;
}

static void write_value(FILE *out, const json_t *value)
{
	json_dumpf(value, out, JSON_ENCODE_ANY);
}

/* Each attribute on a line of its own, and each element of an array. */
static void write_node(FILE *out, const json_t *node)
{
	const char *name, *sep = "{";
	json_t *value, *one;
	size_t i;

	json_object_foreach((json_t *)node, name, value) {
		fprintf(out, "%s\"%s\": ", sep, name);
		sep = ",\n ";
		if (!json_is_array(value)) {
			write_value(out, value);
			continue;
		}
		json_array_foreach(value, i, one) {
			fprintf(out, "%s\n  ", i ? "," : "[");
			write_value(out, one);
		}
		fputs("]", out);
	}
	fputs("}", out);
}

/* ---- the whole ------------------------------------------------------------ */

static FILE *create(const char *dir, const char *name, int argc, char **argv)
{
	char path[PATH_MAX];
	FILE *out;
	int i;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	out = __real_fopen(path, "w");
	if (!out) {
		fprintf(stderr, "record: %s: %m\n", path);
		return NULL;
	}
	for (i = 2; i < argc; i++)
		fprintf(out, "# %s\n", argv[i]);
	return out;
}

static int write_nodes(FILE *out)
{
	json_t *json;
	size_t i;

	json_array_foreach(nodes, i, json) {
		fputs(i ? ",\n" : "[\n", out);
		write_node(out, json);
	}
	fputs(i ? "\n]\n" : "[]\n", out);
	return fclose(out);
}

static int compare_paths(const void *a, const void *b)
{
	return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

static int write_files(FILE *out)
{
	const char **paths, *path;
	json_t *text;
	size_t n = 0, i;

	paths = calloc(json_object_size(files) + 1, sizeof(*paths));
	if (!paths)
		return -1;
	json_object_foreach(files, path, text)
		paths[n++] = path;
	qsort(paths, n, sizeof(*paths), compare_paths);
	for (i = 0; i < n; i++) {
		text = json_object_get(files, paths[i]);
		write_file(out, paths[i], json_string_value(text));
	}
	free(paths);
	return fclose(out);
}

static int write_all(int argc, char **argv)
{
	FILE *out = create(argv[1], "nodes", argc, argv);

	if (!out || write_nodes(out))
		return -1;
	out = create(argv[1], "sysfs", argc, argv);
	return out ? write_files(out) : -1;
}

static void object_write(const char *name, uint64_t count, void *ctx)
{
	char path[PATH_MAX], value[24];

	snprintf(path, sizeof(path), "/rdma/%s/%s", (const char *)ctx, name);
	snprintf(value, sizeof(value), "%llu", (unsigned long long)count);
	json_object_set_new(files, path, json_string(value));
}

/* Objects in use have no file in sysfs; kernel.c reads those written here. */
static void read_objects(const struct model *model)
{
	const struct model_node *node;

	for (node = model_first(model); node; node = node->next)
		if (node->k.kind == FABMON_NODE_KIND_RDMA_DEV && node->k.name)
			rdma_res_read(node->k.dev.index, node->k.name,
				      object_write, node->k.name);
}

/* The values of placeholders, which fabmond reads when a client asks. */
static int read_placeholders(const struct model *model)
{
	static const struct rf_agent nobody = { .version = "", .rdma_fabric = "R" };
	json_t *tree = rf_project(model, &nobody), *resource;
	const char *uri;

	json_object_foreach(tree, uri, resource)
		if (tree_is_placeholder(resource))
			readings_fill(model, "/sys", uri, resource);
	json_decref(tree);
	return tree ? 0 : -ENOMEM;
}

int main(int argc, char **argv)
{
	struct facts facts = { .all = true };
	struct model *model = model_new();
	struct knl *knl = NULL;
	int ret;

	if (argc < 2) {
		fprintf(stderr, "usage: record DIRECTORY [COMMENT...]\n");
		return 2;
	}
	files = json_object();
	nodes = json_array();
	ret = host_read(model_host(model), "/sys", NULL);
	if (!ret)
		ret = knl_open(&knl, NULL);
	if (!ret)
		ret = knl_dump(knl, begin, put, model);
	if (!ret)
		ret = facts_read(&facts, model, "/sys");
	if (!ret) {
		model_identify(model);
		read_objects(model);
		ret = read_placeholders(model);
	}
	knl_close(knl);
	if (ret) {
		fprintf(stderr, "record: %s\n", error_text(ret));
		return 1;
	}
	return write_all(argc, argv) ? 1 : 0;
}
