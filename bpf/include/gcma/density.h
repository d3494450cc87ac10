/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Hit density: how many hits a slot is going to yield in the time that it is
 * kept for them, learnt for pages of one kind from what became of others.
 *
 * For each kind, and each age since pages of it were last seen, two things are
 * counted: how often a page was read again at that age, and for how long pages
 * were that old without being read. Their quotient is the rate of hits. With
 * it, the density is the best that can be had by keeping a page from its age up
 * to any other: hits to be expected, by time to be expected. That is Gittins'
 * index, the rule for choosing between such bets; Least Hit Density (Beckmann,
 * Chen and Cidon, NSDI 2018) brought the idea to caches. Pages that come back
 * at random have the density of their rate; those of a loop that is too large
 * have more the older they are; what is read in bursts has less and less.
 *
 * Nothing depends on what the cache did: pages count that are not in it too.
 * Where little was seen, a prior stands in: a rate that fades with age.
 */
#ifndef GCMA_DENSITY_H
#define GCMA_DENSITY_H

#include "log.h"

/* Time, in pages offered, is measured in such parts of a turn of all slots. */
#define GCMA_UNITS_PER_TURN	32

/* Ages are two for each doubling; the last is about 100 turns. */
#define GCMA_NR_AGES		24
#define GCMA_AGES_MASK		31

/* What one page counts, so that counts can fade smoothly. */
#define GCMA_ONE		256

/* Densities are in hits per unit of time, times this. */
#define GCMA_DENSITY_SHIFT	20

/*
 * struct gcma_density - what is known of one kind of pages
 * @reads: pages that were read again, by age, times GCMA_ONE
 * @turns: how long pages were that old, in turns, times GCMA_ONE
 * @index: the density, by age
 * @hits: for gcma_density_update(): the reads to be expected, from @first on
 * @time: likewise the time
 * @first: in memory, so that the verifier does not follow each of its values
 */
struct gcma_density {
	__u32 reads[GCMA_AGES_MASK + 1];
	__s32 turns[GCMA_AGES_MASK + 1];
	__u32 index[GCMA_AGES_MASK + 1];
	__u64 hits[GCMA_AGES_MASK + 1];
	__u64 time[GCMA_AGES_MASK + 1];
	volatile __u32 first;
};

/*
 * struct gcma_prior - what to think of a kind as long as little is known
 * @rate: how many reads in a turn, times GCMA_ONE
 * @window: the age, in units, at which only half of that is left
 * @weight: from how many turns that outweighs what was seen
 */
struct gcma_prior {
	__u64 rate;
	__u64 window;
	__u64 weight;
};

/* Units for each page offered, as a fraction of 2^32. */
static __u64 gcma_units_scale;

/* In init(). */
static __always_inline void gcma_density_init(void)
{
	gcma_units_scale = ((__u64)GCMA_UNITS_PER_TURN << 32) /
			   (cleancache_slots() ?: 1);
}

static __always_inline __u32 gcma_units(__u32 offers)
{
	return offers * gcma_units_scale >> 32;
}

/* Which age a number of units is. As gcma_log2(), not static. */
__noinline __u32 gcma_age(__u32 units)
{
	__u32 log, age;

	if (units < 2)
		return units;
	log = gcma_log2(units);
	age = 2 * log + (units >> (log - 1) & 1);
	return age < GCMA_NR_AGES ? age : GCMA_NR_AGES - 1;
}

/* From how many units on. */
static __always_inline __u64 gcma_age_start(__u32 age)
{
	if (age < 2)
		return age;
	return (2 + (age & 1)) << ((age / 2 - 1) & 15);
}

static __always_inline __u32 gcma_age_of(__u32 offers)
{
	return gcma_age(gcma_units(offers)) & GCMA_AGES_MASK;
}

/* A page was read after so many offers. */
static __always_inline void gcma_density_read(struct gcma_density *density,
					      __u32 offers)
{
	density->reads[gcma_age_of(offers)] += GCMA_ONE;
}

/* For so long, times GCMA_ONE, pages were that old without being read. */
static __always_inline void gcma_density_wait(struct gcma_density *density,
					      __u32 offers, __s32 turns)
{
	density->turns[gcma_age_of(offers)] += turns;
}

static __always_inline __u32
gcma_density_of(const struct gcma_density *density, __u32 offers)
{
	return density->index[gcma_age_of(offers)];
}

/* Let one part in @memory of what was counted go. */
static __always_inline void gcma_density_fade(struct gcma_density *density,
					      __u32 age, __u32 memory)
{
	if (density->turns[age] < 0)
		density->turns[age] = 0;
	density->reads[age] -= density->reads[age] / (memory ?: 1);
	density->turns[age] -= (__u32)density->turns[age] / (memory ?: 1);
}

/* What the prior makes of the rate at the age before. */
static __always_inline __u64 gcma_prior_next(const struct gcma_prior *prior,
					     __u64 rate, __u32 age)
{
	return rate * (prior->window + gcma_age_start(age - 1)) /
	       (prior->window + gcma_age_start(age));
}

/*
 * The reads and the time to be expected at each age, for 2^20 pages that start
 * young. What is left of them at an age is spread evenly over it.
 */
static __always_inline void
gcma_density_expect(struct gcma_density *density,
		    const struct gcma_prior *prior, __u32 memory)
{
	__u64 alive = 1 << 20, rate = prior->rate, length, hits;
	__u32 age;

	bpf_for(age, 0, GCMA_NR_AGES) {
		age &= GCMA_AGES_MASK;
		gcma_density_fade(density, age, memory);
		if (age)
			rate = gcma_prior_next(prior, rate, age);
		rate = (density->reads[age] + prior->weight * rate) * GCMA_ONE /
		       (density->turns[age] + prior->weight * GCMA_ONE);
		length = gcma_age_start(age + 1) - gcma_age_start(age);
		hits = rate * length;
		hits = hits * alive /
		       (hits / 2 + GCMA_ONE * GCMA_UNITS_PER_TURN);
		if (hits > alive)
			hits = alive;
		density->hits[age] = hits;
		density->time[age] = (alive - hits / 2) * length + 1;
		alive -= hits;
	}
}

/*
 * Learn from what was counted. From the oldest to the youngest, each age takes
 * in those behind it as long as that makes it denser.
 */
static __always_inline void
gcma_density_update(struct gcma_density *density,
		    const struct gcma_prior *prior, __u32 memory)
{
	__u32 n, i, age, first;
	__u64 hits, time;

	gcma_density_expect(density, prior, memory);
	density->first = GCMA_NR_AGES;
	bpf_for(n, 0, GCMA_NR_AGES) {
		age = (GCMA_NR_AGES - 1 - n) & GCMA_AGES_MASK;
		hits = density->hits[age];
		time = density->time[age];
		bpf_for(i, 0, GCMA_NR_AGES) {
			first = density->first & GCMA_AGES_MASK;
			if (first >= GCMA_NR_AGES ||
			    hits * density->time[first] >
				    density->hits[first] * time)
				break;
			hits += density->hits[first];
			time += density->time[first];
			density->first = first + 1;
		}
		first = (density->first - 1) & GCMA_AGES_MASK;
		density->first = first;
		density->hits[first] = hits;
		density->time[first] = time;
		density->index[age] = (hits << GCMA_DENSITY_SHIFT) /
				      (time ?: 1);
	}
}

#endif /* GCMA_DENSITY_H */
