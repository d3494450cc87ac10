// SPDX-License-Identifier: GPL-2.0
/* Other programs, and files made for them that do not last. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"
#include "util.h"

extern char **environ;

/* What make_temporary() made, and the process that removes it. */
static char **temporary;
static unsigned int nr_temporary;
static pid_t owner;

static void remove_temporary(void)
{
	if (getpid() != owner)
		return;
	while (nr_temporary--)
		unlink(temporary[nr_temporary]);
}

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

static int spawn_group(pid_t *pid, char *const *argv, int out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int err;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
	err = posix_spawnp(pid, argv[0], &actions, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return -err;
}

int start_program(struct program *program, char *const *argv, int out)
{
	int err = spawn_group(&program->pid, argv, out);

	if (err) {
		*program = (struct program) { .pidfd = -1 };
		return err;
	}
	program->status = 0;
	program->pidfd = pidfd_open(program->pid, 0);
	if (program->pidfd < 0)
		die("pidfd_open: %s", strerror(errno));
	return 0;
}

static pid_t reap(struct program *program, int flags)
{
	pid_t ended;

	do
		ended = waitpid(program->pid, &program->status, flags);
	while (ended < 0 && errno == EINTR);
	return ended;
}

bool end_program(struct program *program)
{
	if (!program->pid || reap(program, WNOHANG))
		return false;
	kill(-program->pid, SIGTERM);
	reap(program, 0);
	return true;
}

static void remember_temporary(const char *path)
{
	char **longer = reallocarray(temporary, nr_temporary + 1,
				     sizeof(*temporary));

	if (!longer)
		return;
	temporary = longer;
	if (!nr_temporary) {
		owner = getpid();
		atexit(remove_temporary);
	}
	temporary[nr_temporary++] = strdup(path);
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
	remember_temporary(path);
}
