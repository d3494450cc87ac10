// SPDX-License-Identifier: GPL-2.0
/*
 * Writes that fail, by the kernel's fault injection. Only what this process
 * submits itself fails, so that no journal is hit by chance.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"
#include "mount.h"

#define FAULT		"/sys/kernel/debug/fail_make_request"

static void control(const char *path, const char *text)
{
	int fd = xopen(O_WRONLY, "%s", path);

	check(write(fd, text, strlen(text)) == (ssize_t)strlen(text),
	      "%s: %m", path);
	close(fd);
}

static void set_failing(const char *dir, bool on)
{
	struct where where = find_mount(dir);
	char path[192];

	control(FAULT "/task-filter", "Y");
	control(FAULT "/verbose", "0");
	control(FAULT "/interval", "1");
	control(FAULT "/times", on ? "-1" : "0");
	control(FAULT "/probability", on ? "100" : "0");
	snprintf(path, sizeof(path), "/sys/block/%s/make-it-fail",
		 strrchr(where.device, '/') + 1);
	control(path, on ? "1" : "0");
	control("/proc/self/make-it-fail", on ? "1" : "0");
}

/* The error must not wait for somebody else to be told of it. */
static void hear_of_error(const char *dir)
{
	int fd = xopen(O_RDONLY, "%s", dir);

	syncfs(fd);
	close(fd);
}

void fail_writeback(const char *dir, int fd)
{
	int ret, err;

	expect_message("I/O error.* writing to inode");
	expect_message("Buffer I/O error");
	expect_message("BTRFS error .* errs: wr [1-9]");
	set_failing(dir, true);
	ret = sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE |
			      SYNC_FILE_RANGE_WRITE |
			      SYNC_FILE_RANGE_WAIT_AFTER);
	err = errno;
	set_failing(dir, false);
	hear_of_error(dir);
	check(ret && err == EIO, "writing back did not fail: %s",
	      ret ? strerror(err) : "success");
}
