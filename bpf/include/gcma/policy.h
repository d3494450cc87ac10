/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What a cleancache policy includes: the types of the kernel, the functions it
 * offers, and short names for the sections the callbacks go in.
 *
 * A policy is a set of functions, each marked GCMA_CALLBACK, and one
 * GCMA_POLICY that lists them. See fifo.bpf.c for the shortest that is of use.
 * All callbacks are described in the kernel's linux/cleancache_policy.h, which
 * lies in kernel-patch/files/include.
 *
 * The same source is compiled for the kernel and, by gcma-lab, for the machine
 * it runs on, where native.h stands in for the kernel.
 */
#ifndef GCMA_POLICY_H
#define GCMA_POLICY_H

#ifdef __bpf__
#include "kernel.h"
#else
#include "native.h"
#endif

/* The queue on which a policy finds what is cached; one of GCMA_NR_QUEUES. */
#define GCMA_ADOPTED	0
#define GCMA_NR_QUEUES	64

/* Put before a callback: GCMA_CALLBACK(admit) bool BPF_PROG(my_admit, ...) */
#define GCMA_CALLBACK(op)	SEC("struct_ops/" #op)

/* The same for init() and exit(), which may sleep. */
#define GCMA_CALLBACK_SLEEPABLE(op)	SEC("struct_ops.s/" #op)

/* Put before the struct cleancache_policy_ops. */
#define GCMA_POLICY	SEC(".struct_ops.link")

/*
 * State that a policy keeps for each slot: GCMA_SLOT_STATE(ages, __u32) makes
 * an array as long as there are slots, and ages_of(slot) points to an element,
 * or is NULL where there is no such slot. The loader finds the array by the
 * beginning of its name and sets its length.
 */
#define GCMA_SLOT_STATE(state, state_type)				\
	struct {							\
		__uint(type, BPF_MAP_TYPE_ARRAY);			\
		__uint(max_entries, 1);					\
		__type(key, __u32);					\
		__type(value, state_type);				\
	} slot_##state SEC(".maps");					\
									\
	static __always_inline state_type *state##_of(__u32 slot)	\
	{								\
		return bpf_map_lookup_elem(&slot_##state, &slot);	\
	}

/*
 * Go over events: the variable points to each in turn. For use in events().
 *
 *	gcma_for_each_event(event, i, events)
 *		if (event->type == CLEANCACHE_EV_STORED)
 *			...
 */
#define gcma_for_each_event(event, i, events)				\
	bpf_for(i, 0, (events)->nr)					\
		if (((event) = cleancache_event_at(events, i)))

/*
 * Propose slots from the head of @queue until @wanted are named in all. They
 * leave the queue. Return how many are named now.
 */
static __always_inline __u32 gcma_propose(struct cleancache_victims *victims,
					  __u32 queue, __u32 wanted)
{
	__u32 i;
	int slot;

	bpf_for(i, victims->nr, wanted) {
		if (victims->nr >= victims->nr_wanted)
			break;
		slot = cleancache_queue_pop(queue);
		if (slot < 0 || cleancache_victim_add(victims, slot))
			break;
	}
	return victims->nr;
}

/*
 * The same from the first of @nr queues from @queue on that has something.
 */
static __always_inline __u32
gcma_propose_any(struct cleancache_victims *victims, __u32 queue, __u32 nr,
		 __u32 wanted)
{
	__u32 i;

	bpf_for(i, 0, nr)
		if (gcma_propose(victims, queue + i, wanted))
			break;
	return victims->nr;
}

#endif /* GCMA_POLICY_H */
