/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What a cleancache policy includes: the types of the kernel, the functions it
 * offers, and short names for the sections the callbacks go in.
 *
 * A policy is a set of functions, each marked GCMA_CALLBACK, and one
 * GCMA_POLICY that lists them. See fifo.bpf.c for the shortest that is of use.
 * All callbacks are described in the kernel's linux/cleancache_policy.h, which
 * lies in kernel-patch/files/include.
 */
#ifndef GCMA_POLICY_H
#define GCMA_POLICY_H

#ifndef __bpf__
#error "gcma/policy.h is for BPF programs"
#endif

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* The queue, of eight in all, on which a policy finds what is cached. */
#define GCMA_ADOPTED	0

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

/* Put before a callback: GCMA_CALLBACK(admit) bool BPF_PROG(my_admit, ...) */
#define GCMA_CALLBACK(op)	SEC("struct_ops/" #op)

/* The same for init() and exit(), which may sleep. */
#define GCMA_CALLBACK_SLEEPABLE(op)	SEC("struct_ops.s/" #op)

/* Put before the struct cleancache_policy_ops. */
#define GCMA_POLICY	SEC(".struct_ops.link")

/*
 * Propose slots from the head of @queue until @wanted are named in all. They
 * leave the queue. Return how many are named now.
 */
static __always_inline u32 gcma_propose(struct cleancache_victims *victims,
					u32 queue, u32 wanted)
{
	int slot;
	u32 i;

	bpf_for(i, victims->nr, wanted) {
		slot = cleancache_queue_pop(queue);
		if (slot < 0 || cleancache_victim_add(victims, slot))
			break;
	}
	return victims->nr;
}

#endif /* GCMA_POLICY_H */
