/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where, in slots.c, the work of another CPU can come between two accesses to
 * what both share. The tests make it come between at each of these places.
 */
#ifndef _MM_CLEANCACHE_STEPS_H
#define _MM_CLEANCACHE_STEPS_H

#include <linux/jump_label.h>
#include <linux/processor.h>

struct cleancache_region;

#ifdef CONFIG_CLEANCACHE_KUNIT_TEST

/* On while tests run. The functions are in slots_race.c. */
static DEFINE_STATIC_KEY_FALSE(slots_tested);

static void test_step(void);
static void test_wait(void);
static bool test_lost(void);
static struct cleancache_region *test_region(void);

/* Before an access to what CPUs share. */
static __always_inline void slot_step(void)
{
	if (static_branch_unlikely(&slots_tested))
		test_step();
}

/* While another CPU is waited for. */
static __always_inline void slot_relax(void)
{
	cpu_relax();
	if (static_branch_unlikely(&slots_tested))
		test_wait();
}

/* What a test loses with its memory, it counts itself. */
static __always_inline bool slot_lost(void)
{
	return static_branch_unlikely(&slots_tested) && test_lost();
}

/* A test has a region of its own, and @regions stay out of its reach. */
static __always_inline struct cleancache_region *
slot_regions(struct cleancache_region *regions)
{
	struct cleancache_region *own = NULL;

	if (static_branch_unlikely(&slots_tested))
		own = test_region();
	return own ?: regions;
}

#else

static inline void slot_step(void)
{
}

static inline void slot_relax(void)
{
	cpu_relax();
}

static inline bool slot_lost(void)
{
	return false;
}

static inline struct cleancache_region *
slot_regions(struct cleancache_region *regions)
{
	return regions;
}

#endif /* CONFIG_CLEANCACHE_KUNIT_TEST */

#endif /* _MM_CLEANCACHE_STEPS_H */
