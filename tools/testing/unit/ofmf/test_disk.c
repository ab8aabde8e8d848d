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

#include "agent.h"
#include "capture.h"
#include "util/log.h"
#include "store/store.h"
#include "tempdir.h"

#define LIMIT	15000	/* ms */
#define SIZE	"size=8m"

/**
 * struct rig - an agent, and its disk
 * @capture: of the log
 */
struct rig {
	struct standin standin;
	struct agent agent;
	char *dir;
	struct capture capture;
	char why[512];
};

/* Lines with @word since capture_begin(). */
static unsigned int said_of(struct rig *rig, const char *word)
{
	char *text = capture_end(&rig->capture);
	unsigned int lines = capture_lines(text, word);

	free(text);
	return lines;
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
static void disk_fill(const struct rig *rig)
{
	char path[128], block[4096] = "";
	size_t size = sizeof(block);
	int fd;

	snprintf(path, sizeof(path), "%s/filler", rig->dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	while (size) {
		ssize_t n = write(fd, block, size);

		if (n < 0)
			size /= 2;
	}
	close(fd);
}

static void disk_free(const struct rig *rig)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/filler", rig->dir);
	assert_int_equal(unlink(path), 0);
}

static void disk_readonly(const struct rig *rig, bool on)
{
	assert_int_equal(mount(NULL, rig->dir, NULL, MS_REMOUNT |
			       (on ? MS_RDONLY : 0), SIZE), 0);
}

static int setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	sd_event *event;

	*state = rig;
	if (!standin_program() || !have_mounts)
		return 0;
	rig->dir = tempdir_make();
	assert_int_equal(mount("fabmon-test", rig->dir, "tmpfs", 0, SIZE), 0);
	rig->standin.conformant = true;
	standin_start(&rig->standin);
	assert_int_equal(sd_event_new(&event), 0);
	agent_init(&rig->agent, event, &rig->standin, "h", rig->dir);
	rig->agent.reconcile = 2;
	sd_event_unref(event);
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	if (rig->dir) {
		agent_stop(&rig->agent);
		standin_stop(&rig->standin);
		umount2(rig->dir, MNT_DETACH);
		tempdir_remove(rig->dir);
		agent_clear(&rig->agent);
	}
	free(rig);
	return 0;
}

static struct rig *rig_of(void **state)
{
	struct rig *rig = *state;

	if (!rig->dir) {
		print_message("needs OFMF_STANDIN and mount namespaces\n");
		skip();
	}
	return rig;
}

static void settle(struct rig *rig)
{
	if (agent_settle(&rig->agent, AGENT_CONTENTS, LIMIT, rig->why,
			 sizeof(rig->why)) < 0)
		fail_msg("%s", rig->why);
}

static void start(struct rig *rig)
{
	assert_int_equal(agent_start(&rig->agent), 0);
	settle(rig);
}

static void change(struct rig *rig, const char *name)
{
	agent_name(&rig->agent, "Memory/m0", name);
	agent_publish(&rig->agent);
}

/* Many writes: what fits into a page that is there already is no test. */
static void storm(struct rig *rig)
{
	char name[64];
	int i;

	for (i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "full%d.", i);
		agent_alert(&rig->agent, name);
		snprintf(name, sizeof(name), "s%d", i);
		agent_add(&rig->agent, "Memory", name, "Memory");
		change(rig, name);
		agent_run(&rig->agent, 2);
	}
	settle(rig);
	for (i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "full%d.", i);
		assert_true(agent_told(&rig->agent, name, NULL) > 0);
	}
}

/* ---- tests -------------------------------------------------------------- */

/* Nothing of the above may fail; the message may come a few times, not 80. */
static void test_full(void **state)
{
	struct rig *rig = rig_of(state);
	unsigned int lines;

	start(rig);
	disk_fill(rig);
	capture_begin(&rig->capture);
	storm(rig);
	lines = said_of(rig, "cannot be written");
	print_message("# %u lines report that the disk is full\n", lines);
	assert_in_range(lines, 1, 3);
	disk_free(rig);
	change(rig, "room again");
	settle(rig);
	/* what it could not note down is found by comparing */
	agent_stop(&rig->agent);
	agent_name(&rig->agent, "Memory/m1", "while down");
	agent_remove(&rig->agent, "Memory", "s0");
	start(rig);
}

/* Without an alert or change after that: what was not written is written. */
static void test_full_then_killed(void **state)
{
	struct rig *rig = rig_of(state);
	char *before;

	start(rig);
	before = strdup(agent_context(&rig->agent));
	disk_fill(rig);
	storm(rig);
	agent_stop(&rig->agent);
	disk_free(rig);
	agent_remove(&rig->agent, "Memory", "s1");
	start(rig);
	assert_string_equal(before, agent_context(&rig->agent));
	free(before);
}

/* The first context cannot be stored: it is found again at the OFMF. */
static void test_full_while_registering(void **state)
{
	struct rig *rig = rig_of(state);
	char *before;

	assert_int_equal(store_open(&rig->agent.store, rig->dir), 0);
	store_close(rig->agent.store);
	rig->agent.store = NULL;
	disk_fill(rig);
	if (agent_start(&rig->agent)) {
		print_message("not even started on a full disk\n");
		fail();
	}
	settle(rig);
	before = strdup(agent_context(&rig->agent));
	agent_stop(&rig->agent);
	disk_free(rig);
	start(rig);
	assert_string_equal(before, agent_context(&rig->agent));
	free(before);
}

/* A file system that went read-only, as ext4 does after an error. */
static void test_readonly(void **state)
{
	struct rig *rig = rig_of(state);
	unsigned int lines;
	int r;

	start(rig);
	agent_stop(&rig->agent);
	disk_readonly(rig, true);
	agent_name(&rig->agent, "Memory/m0", "read-only");
	capture_begin(&rig->capture);
	r = agent_start(&rig->agent);
	lines = said_of(rig, rig->dir);
	print_message("# %u lines report that the disk is read-only\n", lines);
	assert_in_range(lines, 1, 2);
	assert_int_equal(r, 0);
	settle(rig);
	agent_stop(&rig->agent);
	disk_readonly(rig, false);
	start(rig);
}

/* Garbage over what SQLite has open, header first. */
static void damage(const struct rig *rig, off_t from)
{
	char path[128], junk[4096];
	struct stat st;
	off_t at;
	int fd;

	memset(junk, 0x5a, sizeof(junk));
	snprintf(path, sizeof(path), "%s/fabmond.db", rig->dir);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	for (at = from; at < st.st_size; at += (off_t)sizeof(junk))
		assert_true(pwrite(fd, junk, sizeof(junk), at) > 0);
	close(fd);
}

static void corrupt_at_start(struct rig *rig, off_t from)
{
	unsigned int lines;
	char *before;

	start(rig);
	before = strdup(agent_context(&rig->agent));
	agent_stop(&rig->agent);
	damage(rig, from);
	agent_name(&rig->agent, "Memory/m0", "changed");
	agent_add(&rig->agent, "Memory", "m2", "Memory");
	agent_remove(&rig->agent, AGENT_ROOT
		     "Chassis/h/NetworkAdapters/n0/Ports", "2");
	capture_begin(&rig->capture);
	start(rig);
	lines = said_of(rig, "set aside");
	assert_int_equal(lines, 1);
	assert_string_equal(before, agent_context(&rig->agent));
	free(before);
}

static void test_corrupt_header(void **state)
{
	corrupt_at_start(rig_of(state), 0);
}

static void test_corrupt_pages(void **state)
{
	corrupt_at_start(rig_of(state), 4096);
}

static void test_corrupt_while_running(void **state)
{
	struct rig *rig = rig_of(state);

	start(rig);
	damage(rig, 0);
	storm(rig);
	agent_stop(&rig->agent);
	agent_name(&rig->agent, "Memory/m1", "while down");
	agent_remove(&rig->agent, "Memory", "s0");
	start(rig);
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
