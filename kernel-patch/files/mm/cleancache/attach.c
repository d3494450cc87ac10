// SPDX-License-Identifier: GPL-2.0
/*
 * How a policy comes into force and how it ends: because it is told to, because
 * it says so, or because it is of no use.
 *
 * Whoever sets a policy's exit_kind first decides how it ended. An ejection
 * does that from any context and puts the policy out of force at once; the rest
 * takes a mutex and is left to a worker, which detaches the link as user space
 * would. Until then no other policy can be attached.
 */

#include <linux/cleanup.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/stacktrace.h>
#include <linux/sysfs.h>

#include "call.h"

/* How often in a row a policy may have no victim of use. */
#define MAX_SHORTFALLS		64

/*
 * A call over the budget is worth some strikes, one within takes one off: a
 * policy that is slow in more than one call of five does not last.
 */
#define STRIKES_OF_SLOW_CALL	4
#define MAX_STRIKES		32

DEFINE_STATIC_KEY_ARRAY_FALSE(cleancache_op_keys, CLEANCACHE_NR_OPS);

/* Callbacks called on a CPU, of those timed now and then. */
DEFINE_PER_CPU(u8, cleancache_calls);

/* The policy that a CPU calls; that runs with preemption off. */
DEFINE_PER_CPU(struct cleancache_policy *, cleancache_calling);

/* The policy that is called. */
struct cleancache_policy __rcu *cleancache_policy;

/* Held while policies come and go. */
static DEFINE_MUTEX(policy_mutex);

/* The policy whose link is attached; it may have been ejected already. */
static struct cleancache_policy *attached;

/* The policy whose init() runs, and in which task. */
static struct cleancache_policy *starting;
static struct task_struct *starting_task;

static unsigned long enable_seq;
static unsigned long nr_ejected;

/* How long a callback may take, in microseconds. */
unsigned int cleancache_budget_us = 1000;

/* How the last policy that ended did so. */
static DEFINE_SPINLOCK(last_lock);
static char last_name[CLEANCACHE_POLICY_NAME_LEN];
static struct cleancache_exit_info last_exit;

/* Where it was, in words: what programs are called is known as they live. */
static char last_trace[SZ_2K];

static const char *const kind_names[] = {
	[CLEANCACHE_EXIT_NONE]		= "none",
	[CLEANCACHE_EXIT_DETACHED]	= "detached",
	[CLEANCACHE_EXIT_REPLACED]	= "replaced",
	[CLEANCACHE_EXIT_ERROR]		= "error",
	[CLEANCACHE_EXIT_SHORTFALL]	= "shortfall",
	[CLEANCACHE_EXIT_BUDGET]	= "budget",
};

static const char *const op_names[] = {
	[CLEANCACHE_OP_ADMIT]		= "admit",
	[CLEANCACHE_OP_EVENTS]		= "events",
	[CLEANCACHE_OP_SELECT_VICTIMS]	= "select_victims",
};

static void put_policy(struct cleancache_policy *policy)
{
	if (refcount_dec_and_test(&policy->refs))
		kfree(policy);
}

static void eject_work(struct work_struct *work)
{
	struct cleancache_policy *policy =
		container_of(work, struct cleancache_policy, eject);

	cleancache_policy_detach(policy->link);
	put_policy(policy);
}

static struct cleancache_policy *make_policy(struct cleancache_policy_ops *ops,
					     struct bpf_link *link)
{
	struct cleancache_policy *policy = kzalloc(sizeof(*policy), GFP_KERNEL);

	if (!policy)
		return NULL;
	policy->ops = ops;
	policy->link = link;
	refcount_set(&policy->refs, 1);
	INIT_WORK(&policy->eject, eject_work);
	return policy;
}

/* Return whether @policy ends this way, not in another that came first. */
static bool end_as(struct cleancache_policy *policy,
		   enum cleancache_exit_kind kind)
{
	int none = CLEANCACHE_EXIT_NONE;

	return atomic_try_cmpxchg(&policy->exit_kind, &none, kind);
}

/*
 * Only what ejects a policy comes here, so once. If the link is about to go by
 * itself, there is nothing left to do; nor if the policy never was in force.
 */
static void eject(struct cleancache_policy *policy,
		  enum cleancache_exit_kind kind)
{
	policy->info.bt_len = stack_trace_save(policy->info.bt,
					       CLEANCACHE_EXIT_BT_LEN, 1);
	policy->info.kind = kind;
	if (cmpxchg(&cleancache_policy, RCU_INITIALIZER(policy), NULL) !=
	    RCU_INITIALIZER(policy))
		return;
	if (!cleancache_policy_hold(policy->link))
		return;
	refcount_inc(&policy->refs);
	queue_work(system_unbound_wq, &policy->eject);
}

__printf(3, 4)
static void eject_because(struct cleancache_policy *policy,
			  enum cleancache_exit_kind kind, const char *fmt, ...)
{
	va_list args;

	if (!end_as(policy, kind))
		return;
	va_start(args, fmt);
	vscnprintf(policy->info.msg, sizeof(policy->info.msg), fmt, args);
	va_end(args);
	eject(policy, kind);
}

/* What people read is one line. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (!isascii(*text) || !isprint(*text))
			*text = ' ';
}

/**
 * cleancache_policy_failed() - a policy gives up
 * @msg: why; made printable
 *
 * Nothing happens on behalf of what belongs to a policy but is not called as
 * one of its callbacks, as timers are.
 *
 * Context: In any callback but exit().
 */
void cleancache_policy_failed(char *msg)
{
	struct cleancache_policy *policy = policy_calling();

	if (!policy && in_task() && READ_ONCE(starting_task) == current)
		policy = starting;
	make_printable(msg);
	if (policy)
		eject_because(policy, CLEANCACHE_EXIT_ERROR, "%s", msg);
}

/**
 * cleancache_policy_took() - how long a callback took
 * @policy: whose
 * @op: which
 * @ns: nanoseconds
 *
 * Each is judged by itself: the one that comes most often would outweigh the
 * others.
 *
 * Context: Preemption off.
 */
void cleancache_policy_took(struct cleancache_policy *policy,
			    enum cleancache_op op, u64 ns)
{
	atomic_t *strikes = &policy->strikes[op];

	if (!policy_slow(ns)) {
		if (unlikely(atomic_read(strikes)))
			atomic_add_unless(strikes, -1, 0);
		return;
	}
	if (atomic_add_return(STRIKES_OF_SLOW_CALL, strikes) > MAX_STRIKES)
		eject_because(policy, CLEANCACHE_EXIT_BUDGET,
			      "%s() takes more than %u us again and again, the last time %llu us",
			      op_names[op], READ_ONCE(cleancache_budget_us),
			      ns / NSEC_PER_USEC);
}

/**
 * cleancache_admit_timed() - ask whether a page is worth keeping, with a watch
 * @policy: whom to ask
 * @page: the page
 *
 * Context: Preemption off.
 *
 * Return: what the policy says.
 */
bool cleancache_admit_timed(struct cleancache_policy *policy,
			    const struct cleancache_page *page)
{
	u64 start = policy_watch_start();
	bool admitted = policy->ops->admit(page);

	cleancache_policy_took(policy, CLEANCACHE_OP_ADMIT,
			       policy_watch_read(start));
	return admitted;
}

/**
 * cleancache_policy_answered() - a policy named a victim of use
 * @asked: which, if it is still in force
 *
 * Context: Any.
 */
void cleancache_policy_answered(const struct cleancache_policy *asked)
{
	struct cleancache_policy *policy;

	guard(rcu)();
	policy = rcu_dereference(cleancache_policy);
	if (policy && policy == asked &&
	    unlikely(atomic_read(&policy->shortfalls)))
		atomic_set(&policy->shortfalls, 0);
}

/**
 * cleancache_policy_fell_short() - it did not, although there were some
 * @asked: which, if it is still in force
 *
 * Context: Any.
 */
void cleancache_policy_fell_short(const struct cleancache_policy *asked)
{
	struct cleancache_policy *policy;

	guard(rcu)();
	policy = rcu_dereference(cleancache_policy);
	if (policy && policy == asked &&
	    atomic_inc_return(&policy->shortfalls) >= MAX_SHORTFALLS)
		eject_because(policy, CLEANCACHE_EXIT_SHORTFALL,
			      "named no slot that holds a page, %u times in a row",
			      MAX_SHORTFALLS);
}

static void set_key(struct static_key_false *key, bool on)
{
	if (on)
		static_branch_enable(key);
	else
		static_branch_disable(key);
}

/* Without victims to choose, the queue that events fill would be in vain. */
static void set_keys(const struct cleancache_policy_ops *ops)
{
	set_key(&cleancache_op_keys[CLEANCACHE_OP_ANY], ops);
	set_key(&cleancache_op_keys[CLEANCACHE_OP_ADMIT], ops && ops->admit);
	set_key(&cleancache_op_keys[CLEANCACHE_OP_EVENTS],
		ops && (ops->events || ops->select_victims));
	set_key(&cleancache_op_keys[CLEANCACHE_OP_SELECT_VICTIMS],
		ops && ops->select_victims);
}

static void record_trace(const struct cleancache_exit_info *info)
{
	size_t len = 0;
	u32 i;

	*last_trace = '\0';
	for (i = 0; i < info->bt_len; i++)
		len += scnprintf(last_trace + len, sizeof(last_trace) - len,
				 "%pS\n", (void *)info->bt[i]);
}

/* Keep how @policy ended for those who ask. */
static void record_exit(const struct cleancache_policy *policy)
{
	const struct cleancache_exit_info *info = &policy->info;

	if (info->kind >= CLEANCACHE_EXIT_ERROR) {
		WRITE_ONCE(nr_ejected, nr_ejected + 1);
		pr_info("cleancache: policy %s ejected (%s): %s\n",
			policy->ops->name, kind_names[info->kind], info->msg);
	}
	spin_lock(&last_lock);
	strscpy(last_name, policy->ops->name);
	last_exit = *info;
	record_trace(info);
	spin_unlock(&last_lock);
}

static void finish(struct cleancache_policy *policy)
{
	record_exit(policy);
	if (policy->ops->exit)
		policy->ops->exit(&policy->info);
	put_policy(policy);
}

/* For what is no ejection. Return whether it had not been ejected already. */
static bool end_quietly(struct cleancache_policy *policy,
			enum cleancache_exit_kind kind)
{
	if (!end_as(policy, kind))
		return false;
	policy->info.kind = kind;
	return true;
}

/* After this nobody calls @policy any more; the built-in order is in force. */
static void retire(struct cleancache_policy *policy)
{
	rcu_assign_pointer(cleancache_policy, NULL);
	synchronize_rcu();
	cleancache_events_clear();
	attached = NULL;
	finish(policy);
}

static int call_init(struct cleancache_policy *policy)
{
	int err;

	if (!policy->ops->init)
		return 0;
	starting = policy;
	WRITE_ONCE(starting_task, current);
	err = policy->ops->init();
	WRITE_ONCE(starting_task, NULL);
	starting = NULL;
	return err > 0 || err < -MAX_ERRNO ? -EINVAL : err;
}

/* A policy that gives up in init() never was in force, so has no exit(). */
static int start(struct cleancache_policy *policy)
{
	int err = call_init(policy);

	if (atomic_read(&policy->exit_kind)) {
		record_exit(policy);
		return err ?: -ECANCELED;
	}
	return err;
}

/*
 * What is stored while no policy is in force is on no queue until the second
 * look.
 */
static void put_in_force(struct cleancache_policy *policy)
{
	cleancache_queues_merge();
	cleancache_queues_append();
	set_keys(policy->ops);
	attached = policy;
	rcu_assign_pointer(cleancache_policy, policy);
	WRITE_ONCE(enable_seq, enable_seq + 1);
	/* Who still finds no policy has noted its page as cached before. */
	smp_mb();
	cleancache_queues_append();
}

static int prepare(struct cleancache_policy_ops *ops, struct bpf_link *link,
		   struct cleancache_policy **policy)
{
	int err;

	err = cleancache_queues_alloc();
	if (!err)
		err = cleancache_events_alloc();
	if (err)
		return err;
	*policy = make_policy(ops, link);
	if (!*policy)
		return -ENOMEM;
	err = start(*policy);
	if (err)
		put_policy(*policy);
	return err;
}

/**
 * cleancache_policy_enable() - put a policy in force
 * @ops: the policy
 * @link: the link it is attached by
 *
 * Cached pages stay, and are handed to the policy on queue 0.
 *
 * Context: Process context. May sleep.
 *
 * Return: 0, -EBUSY if there is one already, -ENODEV without a region, -ENOMEM,
 * -ECANCELED if it gave up in init(), or what init() said.
 */
int cleancache_policy_enable(struct cleancache_policy_ops *ops,
			     struct bpf_link *link)
{
	struct cleancache_policy *policy;
	int err;

	guard(mutex)(&policy_mutex);
	if (attached)
		return -EBUSY;
	err = prepare(ops, link, &policy);
	if (!err)
		put_in_force(policy);
	return err;
}

/* The policy that was to be replaced was ejected: its link is lost with it. */
static int abandon(struct cleancache_policy *policy)
{
	end_quietly(policy, CLEANCACHE_EXIT_DETACHED);
	finish(policy);
	return -ENOLINK;
}

/**
 * cleancache_policy_replace() - put a policy in the place of another
 * @ops: the policy
 * @old: the one it replaces
 * @link: the link both are attached by
 *
 * Cached pages stay, and are handed to the new policy on queue 0. If that
 * refuses to start, the old one stays in force.
 *
 * Context: Process context. May sleep.
 *
 * Return: 0, -ESTALE if @old is not attached, -EINVAL if @ops is @old, -ENOLINK
 * if @old was ejected, or what cleancache_policy_enable() returns.
 */
int cleancache_policy_replace(struct cleancache_policy_ops *ops,
			      struct cleancache_policy_ops *old,
			      struct bpf_link *link)
{
	struct cleancache_policy *policy;
	int err;

	guard(mutex)(&policy_mutex);
	if (!attached || attached->ops != old)
		return -ESTALE;
	if (ops == old)
		return -EINVAL;
	err = prepare(ops, link, &policy);
	if (err)
		return err;
	if (!end_quietly(attached, CLEANCACHE_EXIT_REPLACED))
		return abandon(policy);
	retire(attached);
	put_in_force(policy);
	return 0;
}

/**
 * cleancache_policy_disable() - return to the built-in order
 * @ops: the policy that is attached
 *
 * Context: Process context. May sleep.
 */
void cleancache_policy_disable(struct cleancache_policy_ops *ops)
{
	guard(mutex)(&policy_mutex);
	if (!attached || attached->ops != ops)
		return;
	end_quietly(attached, CLEANCACHE_EXIT_DETACHED);
	set_keys(NULL);
	retire(attached);
}

/**
 * cleancache_policy_name() - tell which policy is in force
 * @name: set to its name; %CLEANCACHE_POLICY_NAME_LEN bytes
 *
 * Without the mutex, so that a policy that is slow to come or go blocks no one.
 *
 * Context: Any.
 */
void cleancache_policy_name(char *name)
{
	struct cleancache_policy *policy;

	guard(rcu)();
	policy = rcu_dereference(cleancache_policy);
	strscpy(name, policy ? policy->ops->name : CLEANCACHE_BUILTIN,
		CLEANCACHE_POLICY_NAME_LEN);
}

/**
 * cleancache_policy_enable_seq() - how often a policy was put in force
 *
 * Context: Any.
 *
 * Return: the number of times since boot.
 */
unsigned long cleancache_policy_enable_seq(void)
{
	return READ_ONCE(enable_seq);
}

/**
 * cleancache_policy_ejected() - how often a policy was ejected, or gave up in
 * its init()
 *
 * Context: Any.
 *
 * Return: the number of times since boot.
 */
unsigned long cleancache_policy_ejected(void)
{
	return READ_ONCE(nr_ejected);
}

/**
 * cleancache_policy_last_exit() - how the last policy that ended did so
 * @buf: a page to print to
 *
 * Context: Process context.
 *
 * Return: how many bytes were printed.
 */
int cleancache_policy_last_exit(char *buf)
{
	const char *name = CLEANCACHE_BUILTIN;
	int len;

	spin_lock(&last_lock);
	if (last_exit.kind)
		name = last_name;
	len = sysfs_emit(buf, "%s %s%s%s\n", name, kind_names[last_exit.kind],
			 *last_exit.msg ? " " : "", last_exit.msg);
	len += sysfs_emit_at(buf, len, "%s", last_trace);
	spin_unlock(&last_lock);
	return len;
}
