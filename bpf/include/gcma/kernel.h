/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the kernel offers to a policy. Included by policy.h.
 */
#ifndef GCMA_KERNEL_H
#define GCMA_KERNEL_H

#ifndef __bpf__
#error "gcma/kernel.h is for BPF programs"
#endif

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* One of the events told, below events->nr, or NULL; in events() only. */
extern struct cleancache_event *
cleancache_event_at(struct cleancache_events *events, u32 i) __ksym;

/*
 * Name a slot that may be emptied; in select_victims() only. Fails if as many
 * as were wanted are named.
 */
extern int cleancache_victim_add(struct cleancache_victims *victims,
				 u32 slot) __ksym;

/* Put a slot on a queue; it leaves the one it was on. */
extern int cleancache_queue_add_tail(u32 queue, u32 slot) __ksym;
extern int cleancache_queue_add_head(u32 queue, u32 slot) __ksym;

/* Take a slot off its queue. */
extern int cleancache_queue_del(u32 slot) __ksym;

/* Take the first slot that holds a page off a queue, or a negative number. */
extern int cleancache_queue_pop(u32 queue) __ksym;

/* How many slots are on a queue, those included that lost their page. */
extern int cleancache_queue_len(u32 queue) __ksym;

/* How many slots there are; all have lower numbers. */
extern u32 cleancache_slots(void)
	__ksym;

/* Whether a slot holds a page right now. */
extern bool cleancache_slot_has_page(u32 slot) __ksym;

/*
 * Called by bpf_for_each(cleancache_queue, slot, queue), which goes from the
 * head to the tail. What it has yielded may be moved meanwhile.
 */
extern int
bpf_iter_cleancache_queue_new(struct bpf_iter_cleancache_queue *it,
			      u32 queue) __ksym __weak;
extern int *
bpf_iter_cleancache_queue_next(struct bpf_iter_cleancache_queue *it)
	__ksym __weak;
extern void
bpf_iter_cleancache_queue_destroy(struct bpf_iter_cleancache_queue *it)
	__ksym __weak;

extern void cleancache_policy_error_bstr(const char *format,
					 const void *args,
					 u32 args__sz) __ksym;

/*
 * Give up: the policy is ejected, and people are told why, in the words of a
 * format as bpf_printk() takes it. The callback goes on to its end.
 */
#define gcma_error(fmt, args...)					\
({									\
	static const char ___format[] = fmt;				\
	unsigned long long ___args[___bpf_narg(args) ?: 1] = { };	\
									\
	___bpf_fill(___args, args);					\
	cleancache_policy_error_bstr(___format, ___args,		\
				     ___bpf_narg(args) * 8);		\
})

#endif /* GCMA_KERNEL_H */
