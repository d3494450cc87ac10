/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calling the policy in force. A call keeps the policy in place, and is timed.
 * It cannot come about inside another: what runs with preemption off and is not
 * an interrupt allocates no memory that would have to be reclaimed.
 */
#ifndef _MM_CLEANCACHE_CALL_H
#define _MM_CLEANCACHE_CALL_H

#include <linux/cleanup.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched/clock.h>
#include <linux/time64.h>
#include <linux/workqueue.h>

#include "internal.h"

/**
 * struct cleancache_policy - a policy that is or was in force
 * @ops: what it implements
 * @link: the link by which it is attached
 * @refs: one for being attached, one for an ejection under way
 * @exit_kind: why it ended, once it has; whoever sets it decides
 * @info: the same with all that is known, set by them afterwards
 * @shortfalls: how often in a row it had no victim of use
 * @strikes: how much each callback is over its budget of time
 * @eject: detaches the link
 */
struct cleancache_policy {
	struct cleancache_policy_ops *ops;
	struct bpf_link *link;
	refcount_t refs;
	atomic_t exit_kind;
	struct cleancache_exit_info info;
	atomic_t shortfalls;
	atomic_t strikes[CLEANCACHE_NR_OPS];
	struct work_struct eject;
};

/* What most calls take is too short to look at a clock for each of them. */
#define CALLS_PER_SAMPLE	128

DECLARE_PER_CPU(u8, cleancache_calls);
DECLARE_PER_CPU(struct cleancache_policy *, cleancache_calling);
DECLARE_PER_CPU(u64, cleancache_unbilled_ns);
extern struct cleancache_policy __rcu *cleancache_policy;

void cleancache_policy_took(struct cleancache_policy *policy,
			    enum cleancache_op op, u64 ns);
bool cleancache_admit_timed(struct cleancache_policy *policy,
			    const struct cleancache_page *page);

/*
 * Begin to call the policy, which is returned, or NULL if there is none. For
 * use with preemption off, which keeps it in place as RCU does and costs less.
 */
static __always_inline struct cleancache_policy *policy_call_begin(void)
{
	struct cleancache_policy *policy;

	policy = rcu_dereference_sched(cleancache_policy);
	__this_cpu_write(cleancache_calling, policy);
	return policy;
}

static __always_inline void policy_call_end(void)
{
	__this_cpu_write(cleancache_calling, NULL);
}

/* Time a callback, but for what it did that is not billed to it. */
static inline u64 policy_watch_start(void)
{
	__this_cpu_write(cleancache_unbilled_ns, 0);
	return local_clock();
}

static inline u64 policy_watch_read(u64 start)
{
	return local_clock() - start - __this_cpu_read(cleancache_unbilled_ns);
}

/* Whether a callback that took so long was slow. */
static inline bool policy_slow(u64 ns)
{
	return unlikely(ns > (u64)READ_ONCE(cleancache_budget_us) *
			     NSEC_PER_USEC);
}

/* The policy that is being called by this very code, or NULL. */
static inline struct cleancache_policy *policy_calling(void)
{
	return in_task() ? this_cpu_read(cleancache_calling) : NULL;
}

/* Whether to time admit(), which comes often: by turns, and if it was slow. */
static __always_inline bool
policy_call_sampled(const struct cleancache_policy *policy)
{
	__this_cpu_inc(cleancache_calls);
	return unlikely(!(__this_cpu_read(cleancache_calls) %
			  CALLS_PER_SAMPLE) ||
			atomic_read(&policy->strikes[CLEANCACHE_OP_ADMIT]));
}

/**
 * cleancache_admit() - ask whether a page is worth keeping
 * @page: the page
 *
 * Not for use under the locks of a mapping: a policy may take its time.
 *
 * Context: Process context, interrupts on, while the policy has an opinion.
 *
 * Return: what the policy says; true if it is gone meanwhile.
 */
static __always_inline bool cleancache_admit(const struct cleancache_page *page)
{
	struct cleancache_policy *policy;
	bool admitted;

	guard(preempt)();
	policy = policy_call_begin();
	if (unlikely(!policy || !policy->ops->admit))
		admitted = true;
	else if (policy_call_sampled(policy))
		admitted = cleancache_admit_timed(policy, page);
	else
		admitted = policy->ops->admit(page);
	policy_call_end();
	return admitted;
}

#endif /* _MM_CLEANCACHE_CALL_H */
