// SPDX-License-Identifier: GPL-2.0
/* How a test program reports, starts children and picks its cases. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "test.h"

/* One write a line, so that lines of several processes do not mix. */
static void say(const char *what, const char *fmt, va_list args)
{
	char line[512];
	int n;

	n = snprintf(line, sizeof(line), "# %s", what);
	n += vsnprintf(line + n, sizeof(line) - n - 1, fmt, args);
	n = min_size(n, sizeof(line) - 2);
	line[n++] = '\n';
	if (write(STDOUT_FILENO, line, n) != n)
		exit(TEST_FAIL);
}

void note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("", fmt, args);
	va_end(args);
}

void fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("failed: ", fmt, args);
	va_end(args);
	exit(TEST_FAIL);
}

void skip(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say("skipped: ", fmt, args);
	va_end(args);
	exit(TEST_SKIP);
}

void *xmalloc(size_t size)
{
	void *p = calloc(1, size);

	check(p, "no memory for %zu bytes", size);
	return p;
}

void expect_message(const char *pattern)
{
	note("expected of the kernel: %s", pattern);
}

/* Memory that children share with their parent. */
void *xshared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	check(p != MAP_FAILED, "mmap of %zu bytes: %m", size);
	return p;
}

/* Aligned as direct I/O wants it. */
void *xaligned(size_t size)
{
	void *p;

	check(!posix_memalign(&p, PAGE_SIZE, size), "no memory");
	memset(p, 0, size);
	return p;
}

int xopen(int flags, const char *fmt, ...)
{
	char path[512];
	va_list args;
	int fd;

	va_start(args, fmt);
	vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	fd = open(path, flags | O_CLOEXEC, 0644);
	check(fd >= 0, "open %s: %m", path);
	return fd;
}

void xread_at(int fd, void *buf, size_t len, off_t pos)
{
	ssize_t n = pread(fd, buf, len, pos);

	check(n >= 0, "read of %zu bytes at %lld: %m", len, (long long)pos);
	check((size_t)n == len, "read of %zu bytes at %lld: got %zd", len,
	      (long long)pos, n);
}

void xwrite_at(int fd, const void *buf, size_t len, off_t pos)
{
	ssize_t n = pwrite(fd, buf, len, pos);

	check(n >= 0, "write of %zu bytes at %lld: %m", len, (long long)pos);
	check((size_t)n == len, "write of %zu bytes at %lld: wrote %zd", len,
	      (long long)pos, n);
}

u32 slowness(void)
{
	const char *times = getenv("GCMA_SLOW");

	return times ? strtoul(times, NULL, 10) : 1;
}

u64 microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
}

u64 seconds(void)
{
	return microseconds() / 1000000;
}

/* splitmix64: repeatable from its seed on every C library. */
u64 next_random(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

void stay_on_cpu(u32 cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	check(!sched_setaffinity(0, sizeof(cpus), &cpus),
	      "sched_setaffinity: %m");
}

/* A child that dies with its parent, so that a time limit ends both. */
pid_t spawn(void (*work)(void *arg), void *arg)
{
	pid_t pid = fork();

	check(pid >= 0, "fork: %m");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	work(arg);
	exit(TEST_PASS);
}

/* Wait for a child to end by itself; its failure is the test's. */
void join(pid_t pid)
{
	int status;

	check(waitpid(pid, &status, 0) == pid, "waitpid: %m");
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail("child %d failed, status %#x", pid, status);
}

/* End a child that runs for ever; it must not have failed before. */
void end(pid_t pid)
{
	int status;

	check(!kill(pid, SIGTERM), "kill: %m");
	check(waitpid(pid, &status, 0) == pid, "waitpid: %m");
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGTERM)
		fail("child %d failed, status %#x", pid, status);
}

static int usage(const char *prog, const struct test_case *cases, size_t nr)
{
	size_t i;

	fprintf(stderr, "%s: usage: %s DIR", prog, prog);
	for (i = 0; i < nr; i++)
		fprintf(stderr, "%s%s", i ? "|" : " ", cases[i].name);
	fprintf(stderr, "\n");
	return 2;
}

/* Run the case named by the second argument in the directory of the first. */
int run_case(int argc, char **argv, const struct test_case *cases, size_t nr)
{
	size_t i;

	if (argc != 3)
		return usage(argv[0], cases, nr);
	for (i = 0; i < nr; i++) {
		if (strcmp(cases[i].name, argv[2]))
			continue;
		cases[i].run(argv[1]);
		return TEST_PASS;
	}
	return usage(argv[0], cases, nr);
}
