/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Directories that live as long as a test, and files in them. */
#ifndef FABMON_TEST_TEMPDIR_H
#define FABMON_TEST_TEMPDIR_H

/* Absolute path, malloc()ed; tempdir_remove() removes and frees it. */
char *tempdir_make(void);
void tempdir_remove(char *dir);

/* The same for cmocka: the state is the path. */
int tempdir_setup(void **state);
int tempdir_teardown(void **state);

/* Writes dir/path and makes the directories above it. Fails the test. */
void tempdir_write(const char *dir, const char *path, const char *text);
/* What is in dir/path, malloc()ed, or NULL. */
char *tempdir_read(const char *dir, const char *path);

#endif /* FABMON_TEST_TEMPDIR_H */
