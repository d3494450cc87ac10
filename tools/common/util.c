// SPDX-License-Identifier: GPL-2.0
/* Errors, files, numbers and time: what every tool needs. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "util.h"

static char current_label[64] = "gcma";
volatile int interrupted;

void set_label(const char *tool, const char *command)
{
	snprintf(current_label, sizeof(current_label), "%s%s%s", tool,
		 command ? " " : "", command ? command : "");
}

const char *label(void)
{
	return current_label;
}

static void print_line(const char *fmt, va_list args)
{
	/* Results printed so far come first when both go to one place. */
	fflush(stdout);
	fprintf(stderr, "%s: ", current_label);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

void warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_line(fmt, args);
	va_end(args);
}

void die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_line(fmt, args);
	va_end(args);
	exit(1);
}

void die_usage(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_line(fmt, args);
	va_end(args);
	exit(2);
}

static int read_all(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, buf + len, size - len)) > 0) {
		len += n;
		if (len == size)
			return -EFBIG;
	}
	if (n < 0)
		return -errno;
	if (len && buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
	return len;
}

int read_text(const char *path, char *buf, size_t size)
{
	int fd, ret;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = read_all(fd, buf, size);
	close(fd);
	return ret;
}

int read_u64(const char *path, uint64_t *value)
{
	char text[32];
	int ret;

	ret = read_text(path, text, sizeof(text));
	if (ret < 0)
		return ret;
	return parse_u64(text, value) ? 0 : -EINVAL;
}

static bool starts_number(const char *text)
{
	/* strtoull() would take blanks and a sign. */
	return text[0] >= '0' && text[0] <= '9';
}

bool parse_u64(const char *text, uint64_t *value)
{
	unsigned long long parsed;
	char *end;

	if (!starts_number(text))
		return false;
	errno = 0;
	parsed = strtoull(text, &end, 0);
	if (errno || *end)
		return false;
	*value = parsed;
	return true;
}

bool parse_s64(const char *text, int64_t *value)
{
	long long parsed;
	char *end;

	if (!starts_number(text + (*text == '-')))
		return false;
	errno = 0;
	parsed = strtoll(text, &end, 0);
	if (errno || *end)
		return false;
	*value = parsed;
	return true;
}

static int suffix_shift(const char *suffix)
{
	static const char suffixes[] = "KMGT";
	const char *found;

	if (!*suffix)
		return 0;
	found = strchr(suffixes, *suffix & ~0x20);
	if (!found || suffix[1])
		return -1;
	return 10 * (found - suffixes + 1);
}

bool parse_size(const char *text, uint64_t *bytes)
{
	unsigned long long number;
	char *end;
	int shift;

	if (!starts_number(text))
		return false;
	errno = 0;
	number = strtoull(text, &end, 0);
	shift = suffix_shift(end);
	if (errno || shift < 0 || number > UINT64_MAX >> shift)
		return false;
	*bytes = number << shift;
	return true;
}

bool parse_seconds(const char *text, double *seconds)
{
	double parsed;
	char *end;

	if (!starts_number(text))
		return false;
	parsed = strtod(text, &end);
	if (*end || !isfinite(parsed) || parsed > INT_MAX)
		return false;
	*seconds = parsed;
	return true;
}

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

void sleep_ns(uint64_t ns)
{
	struct timespec pause = {
		.tv_sec = ns / NSEC_PER_SEC,
		.tv_nsec = ns % NSEC_PER_SEC,
	};

	/* A signal ends the pause early, which is what it is sent for. */
	nanosleep(&pause, NULL);
}

double ratio(double part, double whole)
{
	return whole > 0 ? part / whole : NAN;
}

void beside_program(const char *name, char *buf, size_t size)
{
	char self[PATH_MAX], path[PATH_MAX];
	ssize_t len;

	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[len > 0 ? len : 0] = '\0';
	if (strrchr(self, '/'))
		*strrchr(self, '/') = '\0';
	if (snprintf(path, sizeof(path), "%s/%s", self, name) >= sizeof(path))
		die("%s: the program's path is too long", self);
	/* What is not there is still to be named in a message. */
	snprintf(buf, size, "%s", realpath(path, self) ? self : path);
}

static void on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

static void on_signals(void (*handler)(int sig))
{
	struct sigaction action = { .sa_handler = handler };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

void catch_interrupts(void)
{
	on_signals(on_interrupt);
}

void heed_interrupts(void)
{
	if (interrupted)
		die("interrupted");
}

void let_interrupts_end(void)
{
	on_signals(SIG_DFL);
}
