/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The policy of the cleancache: which pages to keep.
 *
 * A policy can cost hits, and the time that its callbacks take, and nothing
 * else. The kernel checks every answer, and where not one is of use, the
 * built-in order (a hand that goes round over the slots) stands in. None of
 * this is a stable interface.
 */
#ifndef _LINUX_CLEANCACHE_POLICY_H
#define _LINUX_CLEANCACHE_POLICY_H

#include <linux/types.h>

#define CLEANCACHE_POLICY_NAME_LEN	16

/* How many slots one request for victims can name. */
#define CLEANCACHE_VICTIMS_MAX		32

/* How many queues a policy has; it refers to them by number. */
#define CLEANCACHE_NR_QUEUES		8

/**
 * enum cleancache_page_flags - what reclaim knew of a page
 * @CLEANCACHE_PAGE_WORKINGSET: it was part of the workingset (PG_workingset)
 * @CLEANCACHE_PAGE_REFERENCED: it was referenced since last looked at
 */
enum cleancache_page_flags {
	CLEANCACHE_PAGE_WORKINGSET	= 1 << 0,
	CLEANCACHE_PAGE_REFERENCED	= 1 << 1,
};

/**
 * struct cleancache_page - a page on its way into the cleancache
 * @ino: inode number of the file
 * @index: offset in the file, in pages
 * @dev: device of the file system, as dev_t
 * @memcg: id of the memory cgroup the page is charged to, 0 if none
 * @flags: bits of &enum cleancache_page_flags
 * @order: of the folio the page is part of; its pages enter together
 */
struct cleancache_page {
	u64 ino;
	u64 index;
	u32 dev;
	u32 memcg;
	u32 flags;
	u32 order;
};

/**
 * struct cleancache_victims - the answer to a request for victims
 * @nr_wanted: how many slots are welcome; one valid slot is enough
 * @nr: how many are named so far
 * @slots: those slots
 */
struct cleancache_victims {
	u32 nr_wanted;
	u32 nr;
	u32 slots[CLEANCACHE_VICTIMS_MAX];
};

/**
 * struct cleancache_policy_ops - a policy
 *
 * Pages are named by slot, a dense number below the ``slots`` file in sysfs.
 * All callbacks but @init and @exit run under RCU or with preemption off, and
 * must not sleep. Callbacks
 * for one slot on two CPUs can arrive out of order. An allocation takes cached
 * pages without calling anybody, and so do the invalidation of a file and the
 * ``drop`` file: a policy must put up with slots that hold nothing any more, as
 * the queues do.
 */
struct cleancache_policy_ops {
	/**
	 * @init: The policy is about to come into force; may sleep. The slots
	 * cached so far are put on queue 0. Default: nothing. Return: 0, or a
	 * negative error number that refuses the policy.
	 */
	s32 (*init)(void);

	/** @exit: The policy is out of force; may sleep. Default: nothing. */
	void (*exit)(void);

	/**
	 * @admit: Is this page worth keeping? Called before the page is copied,
	 * for a large folio once, with its first page. Default: it is.
	 */
	bool (*admit)(const struct cleancache_page *page);

	/** @stored: A page went into a slot. Default: add to queue 0's tail. */
	void (*stored)(u32 slot, const struct cleancache_page *page);

	/**
	 * @restored: The page was read again, so the slot is free. Default:
	 * nothing.
	 */
	void (*restored)(u32 slot);

	/**
	 * @removed: The slot was emptied to make room: one the policy named, or
	 * a neighbour of one, as a large folio needs a run of slots. Default:
	 * nothing.
	 */
	void (*removed)(u32 slot);

	/**
	 * @select_victims: No slot is free; name some that may be emptied, with
	 * cleancache_victim_add(). Slots that are out of range, hold nothing or
	 * are being allocated do not count. Default, and whenever not one valid
	 * slot is named: the built-in order.
	 */
	void (*select_victims)(struct cleancache_victims *victims);

	/** @name: What sysfs calls the policy; letters, digits, ``_``. */
	char name[CLEANCACHE_POLICY_NAME_LEN];
};

#endif /* _LINUX_CLEANCACHE_POLICY_H */
