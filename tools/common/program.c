// SPDX-License-Identifier: GPL-2.0
/* Other programs, and files made for them that do not last. */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"
#include "util.h"

extern char **environ;

int run_program(const char *const *argv)
{
	int err, status;
	pid_t child;

	err = posix_spawnp(&child, argv[0], NULL, NULL, (char *const *)argv,
			   environ);
	if (err)
		return -err;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return !WIFEXITED(status) || WEXITSTATUS(status);
}

void make_temporary(const char *suffix, char *path, size_t size)
{
	const char *dir = getenv("TMPDIR");
	int fd;

	snprintf(path, size, "%s/gcma.XXXXXX%s", dir && *dir ? dir : "/tmp",
		 suffix);
	fd = mkstemps(path, strlen(suffix));
	if (fd < 0)
		die("%s: %s; name a folder that can be written in TMPDIR", path,
		    strerror(errno));
	close(fd);
}
