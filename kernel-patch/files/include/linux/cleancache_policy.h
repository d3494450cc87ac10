/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The policy of the cleancache: which pages to keep.
 *
 * A policy can cost hits, and the time that its callbacks take, and nothing
 * else. The kernel checks every answer, and where not one is of use, the
 * built-in order (a hand that goes round over the slots) stands in. A policy
 * that is of no use again and again, or slow, is ejected; but a callback is not
 * cut short, however long it takes. None of this is a stable interface.
 */
#ifndef _LINUX_CLEANCACHE_POLICY_H
#define _LINUX_CLEANCACHE_POLICY_H

#include <linux/types.h>

#define CLEANCACHE_POLICY_NAME_LEN	16

/* How many slots one request for victims can name. */
#define CLEANCACHE_VICTIMS_MAX		32

/* How many queues a policy has; it refers to them by number. */
#define CLEANCACHE_NR_QUEUES		64

/* How long the message of a policy that ended can be, and its backtrace. */
#define CLEANCACHE_EXIT_MSG_LEN		128
#define CLEANCACHE_EXIT_BT_LEN		16

/**
 * enum cleancache_page_flags - what the kernel knew of a page
 * @CLEANCACHE_PAGE_WORKINGSET: it was part of the workingset (PG_workingset)
 */
enum cleancache_page_flags {
	CLEANCACHE_PAGE_WORKINGSET	= 1 << 0,
};

/**
 * struct cleancache_page - a page on its way into the cleancache
 * @ino: inode number of the file
 * @index: offset in the file, in pages
 * @dev: device of the file system, as dev_t
 * @memcg: the memory cgroup the page is charged to, 0 if none: the inode number
 *	of the cgroup's directory, or the lower half of that
 * @flags: bits of &enum cleancache_page_flags
 * @order: of the folio the page is the first of; its pages move together
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
 * enum cleancache_event_type - what happened to a slot
 * @CLEANCACHE_EV_STORED: a page went into it
 * @CLEANCACHE_EV_RESTORED: its page was read again, and left it
 * @CLEANCACHE_EV_EVICTED: it was emptied to make room
 * @CLEANCACHE_EV_INVALIDATED: its page became invalid or was dropped
 * @CLEANCACHE_EV_ALLOCATED: an allocation took it, whatever it held
 */
enum cleancache_event_type {
	CLEANCACHE_EV_STORED,
	CLEANCACHE_EV_RESTORED,
	CLEANCACHE_EV_EVICTED,
	CLEANCACHE_EV_INVALIDATED,
	CLEANCACHE_EV_ALLOCATED,
};

/**
 * struct cleancache_event - something that happened to some slots
 * @page: the page of the first slot, if it was stored; if it was restored, its
 *	ino, index and dev; the rest is undefined
 * @slot: the first slot
 * @nr: how many slots from there on
 * @type: what happened, one of &enum cleancache_event_type
 */
struct cleancache_event {
	struct cleancache_page page;
	u32 slot;
	u32 nr;
	u32 type;
};

/**
 * struct cleancache_events - events of one CPU, in the order they happened
 * @nr: how many; cleancache_event_at() finds each
 * @nr_lost: how many more there were for which there was no room
 */
struct cleancache_events {
	u32 nr;
	u32 nr_lost;
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
 * enum cleancache_exit_kind - why a policy is out of force
 * @CLEANCACHE_EXIT_NONE: it is not
 * @CLEANCACHE_EXIT_DETACHED: its link was closed or detached
 * @CLEANCACHE_EXIT_REPLACED: another took its place
 * @CLEANCACHE_EXIT_ERROR: it said so, with cleancache_policy_error()
 * @CLEANCACHE_EXIT_SHORTFALL: it named no victim of use too often in a row
 * @CLEANCACHE_EXIT_BUDGET: its callbacks took too long too often
 *
 * The last three are ejections.
 */
enum cleancache_exit_kind {
	CLEANCACHE_EXIT_NONE,
	CLEANCACHE_EXIT_DETACHED,
	CLEANCACHE_EXIT_REPLACED,
	CLEANCACHE_EXIT_ERROR,
	CLEANCACHE_EXIT_SHORTFALL,
	CLEANCACHE_EXIT_BUDGET,
};

/**
 * struct cleancache_exit_info - how a policy ended
 * @kind: one of &enum cleancache_exit_kind
 * @bt_len: how many addresses @bt has
 * @bt: where the kernel was when it ejected the policy
 * @msg: what there is to say about it, for people
 */
struct cleancache_exit_info {
	u32 kind;
	u32 bt_len;
	unsigned long bt[CLEANCACHE_EXIT_BT_LEN];
	char msg[CLEANCACHE_EXIT_MSG_LEN];
};

/**
 * struct cleancache_policy_ops - a policy
 *
 * Pages are named by slot, a dense number below the ``slots`` file in sysfs.
 * All callbacks but @init and @exit run with preemption off and must not sleep;
 * those of several CPUs run side by side. A callback that is left out costs
 * nothing.
 */
struct cleancache_policy_ops {
	/**
	 * @init: The policy is about to come into force; may sleep. The slots
	 * cached so far are put on queue 0 when it has returned. Default:
	 * nothing. Return: 0, or a negative error number that refuses the
	 * policy.
	 */
	s32 (*init)(void);

	/**
	 * @exit: The policy is out of force, and @info says why; may sleep.
	 * Called once after each @init that succeeded. The next policy waits
	 * for it. Default: nothing.
	 */
	void (*exit)(struct cleancache_exit_info *info);

	/**
	 * @admit: Is this page worth keeping? Called before the page is copied,
	 * for a large folio once, with its first page. Default: it is.
	 */
	bool (*admit)(const struct cleancache_page *page);

	/**
	 * @events: What has happened to slots. Told late, some dozens at a
	 * time; before @select_victims, the CPU that asks tells its own. What
	 * happened on one CPU is told in the order in which it was noted, but
	 * that a slot was emptied is noted a moment after it can be filled
	 * anew: so it may be told last, of a slot that holds a page again, and
	 * cleancache_slot_has_page() says so. What a CPU cannot tell in time is
	 * lost but for its number: invalidation and allocation do not wait for
	 * a policy. A slot that was stored and is on no queue turns up on queue
	 * 0 then. Default: a slot stored is added to the tail of queue 0.
	 */
	void (*events)(struct cleancache_events *events);

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
