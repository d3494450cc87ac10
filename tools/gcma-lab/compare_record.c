// SPDX-License-Identifier: GPL-2.0
/*
 * Records what the cleancache sees while a trace is played, by 'gcma-lab
 * record' with a command that says that it was started and waits for its end.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compare.h"
#include "util.h"

static const char command[] = "echo; read -r end || :";

static void become(const char *dir, const char *path, int in, int out)
{
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
	execl("/proc/self/exe", "gcma-lab", "record", "-o", path, "-f", dir,
	      "--", "sh", "-c", command, NULL);
	_exit(1);
}

void recorder_start(struct recorder *recorder, const char *dir,
		    const char *path)
{
	int in[2], out[2];
	char ready;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
	recorder->child = fork();
	if (recorder->child < 0)
		die("fork: %s", strerror(errno));
	if (!recorder->child)
		become(dir, path, in[0], out[1]);
	close(in[0]);
	close(out[1]);
	if (read(out[0], &ready, 1) != 1)
		die("recording fails; 'gcma-lab record -o %s -f %s' says why",
		    path, dir);
	close(out[0]);
	recorder->end = in[1];
}

void recorder_stop(struct recorder *recorder)
{
	int status;

	close(recorder->end);
	while (waitpid(recorder->child, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid: %s", strerror(errno));
	if (status)
		die("recording failed in the end; is there room for the file?");
}
