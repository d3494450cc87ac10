/* SPDX-License-Identifier: GPL-2.0 */
/* How a test program reports, starts children and picks its cases. */
#ifndef GCMA_TEST_H
#define GCMA_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

#define PAGE_SIZE	4096UL
#define MIB		(1024UL * 1024UL)

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* The statuses of kselftest. */
enum {
	TEST_PASS = 0,
	TEST_FAIL = 1,
	TEST_SKIP = 4,
};

/* One case of a test program, chosen by name on its command line. */
struct test_case {
	const char *name;
	void (*run)(const char *dir);
};

#define __printf(f, a)	__attribute__((format(printf, f, a)))
#define __noreturn	__attribute__((noreturn))

static inline size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

__printf(1, 2) void note(const char *fmt, ...);
__printf(1, 2) __noreturn void fail(const char *fmt, ...);
__printf(1, 2) __noreturn void skip(const char *fmt, ...);

/*
 * Tell the runner of a message that the test makes the kernel print (an
 * extended regular expression): for this test it is no reason to fail.
 */
void expect_message(const char *pattern);

/* A test fails when a condition it relies on does not hold. */
#define check(cond, ...)			\
	do {					\
		if (!(cond))			\
			fail(__VA_ARGS__);	\
	} while (0)

void *xmalloc(size_t size);
void *xshared(size_t size);
void *xaligned(size_t size);
int xopen(int flags, const char *fmt, ...) __printf(2, 3);
void xread_at(int fd, void *buf, size_t len, off_t pos);
void xwrite_at(int fd, const void *buf, size_t len, off_t pos);

/* How many times the usual a kernel full of checks may take, else 1. */
u32 slowness(void);
u64 seconds(void);
u64 microseconds(void);
u64 next_random(u64 *state);

/* Go on running on this CPU only. */
void stay_on_cpu(u32 cpu);

pid_t spawn(void (*work)(void *arg), void *arg);
void join(pid_t pid);
void end(pid_t pid);

int run_case(int argc, char **argv, const struct test_case *cases, size_t nr);

#endif
