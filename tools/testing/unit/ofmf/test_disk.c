// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The state directory on a disk of its own (a small tmpfs in a mount namespace
 * of this program), which becomes full or read-only, and a database that is
 * damaged. The agent goes on towards the OFMF, says so once, and is whole again
 * when the disk is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "site.h"
#include "store/store.h"

#define SIZE	"size=8m"

static struct agent *agent_of(const struct site *site)
{
	return site->agents[0];
}

/* ---- the disk ----------------------------------------------------------- */

static bool have_mounts;

static int group_setup(void **state)
{
	have_mounts = !unshare(CLONE_NEWNS) &&
		      !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	return 0;
}

/* Whatever is left, to the last byte. */
static void disk_fill(const struct site *site)
{
	char path[128], block[4096] = "";
	size_t size = sizeof(block);
	int fd;

	snprintf(path, sizeof(path), "%s/filler", agent_of(site)->dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	while (size) {
		ssize_t n = write(fd, block, size);

		if (n < 0)
			size /= 2;
	}
	close(fd);
}

static void disk_free(const struct site *site)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/filler", agent_of(site)->dir);
	assert_int_equal(unlink(path), 0);
}

static void disk_readonly(const struct site *site, bool on)
{
	assert_int_equal(mount(NULL, agent_of(site)->dir, NULL, MS_REMOUNT |
			       (on ? MS_RDONLY : 0), SIZE), 0);
}

static int setup(void **state)
{
	struct agent *agent;

	*state = NULL;
	if (!have_mounts)
		return 0;
	agent = site_setup(state, true, false, OFMF_RESYNC_NONE);
	if (!agent)
		return 0;
	agent->reconcile = 2;
	assert_int_equal(mount("fabmon-test", agent->dir, "tmpfs", 0, SIZE), 0);
	return 0;
}

/* The file system goes once the agent has closed what it has open there. */
static int teardown(void **state)
{
	struct site *site = *state;

	if (site)
		umount2(agent_of(site)->dir, MNT_DETACH);
	return site_teardown(state);
}

static void change(struct site *site, const char *name)
{
	agent_name(agent_of(site), "Memory/m0", name);
	agent_publish(agent_of(site));
}

/* Many writes: what fits into a page that is there already is no test. */
static void storm(struct site *site)
{
	char name[64];
	int i;

	for (i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "full%d.", i);
		agent_alert(agent_of(site), name);
		snprintf(name, sizeof(name), "s%d", i);
		agent_add(agent_of(site), "Memory", name, "Memory");
		change(site, name);
		agent_run(agent_of(site), 2);
	}
	site_settle(site);
	for (i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "full%d.", i);
		assert_true(agent_received(agent_of(site), name, NULL) > 0);
	}
}

/* ---- tests -------------------------------------------------------------- */

/* Nothing of the above may fail; the message may come a few times, not 80. */
static void test_full(void **state)
{
	struct site *site = site_of(state);
	unsigned int lines;

	site_start(site);
	disk_fill(site);
	site_log_begin(site);
	storm(site);
	lines = capture_lines(site_log_end(site), "cannot be written");
	print_message("# %u lines report that the disk is full\n", lines);
	assert_in_range(lines, 1, 3);
	disk_free(site);
	change(site, "room again");
	site_settle(site);
	/* what it could not note down is found by comparing */
	agent_stop(agent_of(site));
	agent_name(agent_of(site), "Memory/m1", "while down");
	agent_remove(agent_of(site), "Memory", "s0");
	site_start(site);
}

/* Without an alert or change after that: what was not written is written. */
static void test_full_then_killed(void **state)
{
	struct site *site = site_of(state);
	char *before;

	site_start(site);
	before = strdup(agent_context(agent_of(site)));
	disk_fill(site);
	storm(site);
	agent_stop(agent_of(site));
	disk_free(site);
	agent_remove(agent_of(site), "Memory", "s1");
	site_start(site);
	assert_string_equal(before, agent_context(agent_of(site)));
	free(before);
}

/* The first context cannot be stored: it is found again at the OFMF. */
static void test_full_while_registering(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = agent_of(site);
	char *before;

	assert_int_equal(store_open(&agent->store, agent->dir), 0);
	store_close(agent->store);
	agent->store = NULL;
	disk_fill(site);
	if (agent_start(agent)) {
		print_message("not even started on a full disk\n");
		fail();
	}
	site_settle(site);
	before = strdup(agent_context(agent));
	agent_stop(agent);
	disk_free(site);
	site_start(site);
	assert_string_equal(before, agent_context(agent));
	free(before);
}

/* A file system that went read-only, as ext4 does after an error. */
static void test_readonly(void **state)
{
	struct site *site = site_of(state);
	unsigned int lines;
	int r;

	site_start(site);
	agent_stop(agent_of(site));
	disk_readonly(site, true);
	agent_name(agent_of(site), "Memory/m0", "read-only");
	site_log_begin(site);
	r = agent_start(agent_of(site));
	lines = capture_lines(site_log_end(site), agent_of(site)->dir);
	print_message("# %u lines report that the disk is read-only\n", lines);
	assert_in_range(lines, 1, 2);
	assert_int_equal(r, 0);
	site_settle(site);
	agent_stop(agent_of(site));
	disk_readonly(site, false);
	site_start(site);
}

/* Garbage over what SQLite has open, header first. */
static void damage(const struct site *site, off_t from)
{
	char path[128], junk[4096];
	struct stat st;
	off_t at;
	int fd;

	memset(junk, 0x5a, sizeof(junk));
	snprintf(path, sizeof(path), "%s/fabmond.db", agent_of(site)->dir);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	for (at = from; at < st.st_size; at += (off_t)sizeof(junk))
		assert_true(pwrite(fd, junk, sizeof(junk), at) > 0);
	close(fd);
}

static void corrupt_at_start(struct site *site, off_t from)
{
	unsigned int lines;
	char *before;

	site_start(site);
	before = strdup(agent_context(agent_of(site)));
	agent_stop(agent_of(site));
	damage(site, from);
	agent_name(agent_of(site), "Memory/m0", "changed");
	agent_add(agent_of(site), "Memory", "m2", "Memory");
	agent_remove(agent_of(site), AGENT_ROOT
		     "Chassis/h/NetworkAdapters/n0/Ports", "2");
	site_log_begin(site);
	site_start(site);
	lines = capture_lines(site_log_end(site), "set aside");
	assert_int_equal(lines, 1);
	assert_string_equal(before, agent_context(agent_of(site)));
	free(before);
}

static void test_corrupt_header(void **state)
{
	corrupt_at_start(site_of(state), 0);
}

static void test_corrupt_pages(void **state)
{
	corrupt_at_start(site_of(state), 4096);
}

static void test_corrupt_while_running(void **state)
{
	struct site *site = site_of(state);

	site_start(site);
	damage(site, 0);
	storm(site);
	agent_stop(agent_of(site));
	agent_name(agent_of(site), "Memory/m1", "while down");
	agent_remove(agent_of(site), "Memory", "s0");
	site_start(site);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_full), CASE(test_full_then_killed),
		CASE(test_full_while_registering), CASE(test_readonly),
		CASE(test_corrupt_header), CASE(test_corrupt_pages),
		CASE(test_corrupt_while_running),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, group_setup, NULL);
}
