/* SPDX-License-Identifier: GPL-2.0 */
/* Any CMA area, by its name: its figures, and allocations inside the kernel. */
#ifndef GCMA_AREA_H
#define GCMA_AREA_H

#include "test.h"

/* The area of devices that have none of their own. */
#define DEFAULT_AREA	"reserved"

/* A figure in the area's sysfs directory, and one in its debugfs directory. */
u64 area_stat(const char *area, const char *figure);
u64 area_debug(const char *area, const char *figure);

/* Does the area's sysfs directory have such a file? */
bool area_has(const char *area, const char *figure);

/* The pages of a guaranteed area; fails if it is none. */
u64 area_pages(const char *area);

/*
 * How many of them were allocated before the first test, by what serves the
 * machine's devices and never gives them back. Only default areas have such
 * pages, and on x86 none has. All the others are there for the tests.
 */
u64 area_pages_at_boot(const char *area);
u64 area_pages_left(const char *area);

/* Have debugfs call cma_alloc(): 0 or a negative errno. */
int area_try_alloc(const char *area, u64 pages);

/* The same; fails the test if it cannot be had. */
void area_alloc(const char *area, u64 pages);

/*
 * Release that many pages, of the latest allocation first, and of one from
 * its first page on. More than there are is no failure.
 */
void area_free(const char *area, u64 pages);

/* Fail unless the area has so many pages allocated, beside those at boot. */
void area_expect_allocated(const char *area, u64 pages);

/*
 * Allocate every page of all guaranteed areas that are not among the @nr names
 * of @keep, and none of those, so that only they have slots to fill. Release
 * all again.
 */
void areas_take_others(const char *const *keep, size_t nr);
void areas_free_others(const char *const *keep, size_t nr);

/* What entered the cleancache and has not left is what is there. */
void area_check_balance(const char *when);

#endif
