/* SPDX-License-Identifier: GPL-2.0 */
/* Errors, files, numbers and time: what every tool needs. */
#ifndef GCMA_UTIL_H
#define GCMA_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NSEC_PER_MSEC	1000000ull
#define NSEC_PER_SEC	1000000000ull

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PAGES_PER_MIB	256.0

#define __printf(a, b)	__attribute__((format(printf, a, b)))

/* The words every message starts with: the tool and its sub-command. */
void set_label(const char *tool, const char *command);
const char *label(void);

/* One line on stderr. */
void warn(const char *fmt, ...) __printf(1, 2);
/* The same, and exit: status 1 for what went wrong, 2 for a wrong call. */
void die(const char *fmt, ...) __printf(1, 2) __attribute__((noreturn));
void die_usage(const char *fmt, ...) __printf(1, 2) __attribute__((noreturn));

/*
 * Read a small text file, stripped of the last newline. Returns its length,
 * or a negative errno; a file that does not fit is -EFBIG.
 */
int read_text(const char *path, char *buf, size_t size);
int read_u64(const char *path, uint64_t *value);

/* All of the text must be a number, else false; @value is then untouched. */
bool parse_u64(const char *text, uint64_t *value);
bool parse_s64(const char *text, int64_t *value);
/* A number with an optional K, M, G or T (powers of 1024). */
bool parse_size(const char *text, uint64_t *bytes);
/* Seconds, fractions allowed. Not negative. */
bool parse_seconds(const char *text, double *seconds);

uint64_t now_ns(void);
void sleep_ns(uint64_t ns);

/* Part of a whole; NAN, and so "unavailable", for nothing of nothing. */
double ratio(double part, double whole);

/* Path of @name beside the running program's own directory. */
void beside_program(const char *name, char *buf, size_t size);

/* SIGINT, SIGTERM and SIGHUP set this instead of ending the program. */
extern volatile int interrupted;
void catch_interrupts(void);
/* And this ends it, if one has come. */
void heed_interrupts(void);
/* For children that have nothing to put in order. */
void let_interrupts_end(void);

#endif
