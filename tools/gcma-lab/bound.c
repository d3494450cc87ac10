// SPDX-License-Identifier: GPL-2.0
/*
 * The most hits that any policy could have, knowing the future: Belady's choice
 * for a cache that a page leaves when it is hit.
 *
 * To keep an offered page is worth a hit if the next that happens to it is a
 * lookup, and nothing otherwise. Until then it needs a slot, so each offer is
 * an interval of time, and the question is how many of these can be had when no
 * more than so many may overlap. It is best to take each as it comes and, when
 * there are too many, to give up the one that ends last: whatever else is given
 * up instead leaves fewer slots later on and never more. An allocation makes it
 * fewer that may overlap, for a while.
 */
#include <stdlib.h>

#include "bound.h"

/*
 * The intervals that were taken, as a heap with the one that ends last on top.
 * Those that have ended stay in, below the others, until there are many.
 */
struct held {
	size_t *ends;
	size_t nr;
	size_t room;
	size_t live;
};

static void swap(size_t *a, size_t *b)
{
	size_t was = *a;

	*a = *b;
	*b = was;
}

static void sift_up(struct held *held, size_t i)
{
	for (; i && held->ends[(i - 1) / 2] < held->ends[i]; i = (i - 1) / 2)
		swap(&held->ends[i], &held->ends[(i - 1) / 2]);
}

static void sift_down(struct held *held, size_t i)
{
	size_t child;

	while ((child = 2 * i + 1) < held->nr) {
		if (child + 1 < held->nr &&
		    held->ends[child] < held->ends[child + 1])
			child++;
		if (held->ends[i] >= held->ends[child])
			return;
		swap(&held->ends[i], &held->ends[child]);
		i = child;
	}
}

static void remove_ended(struct held *held, size_t now)
{
	size_t i, kept = 0;

	for (i = 0; i < held->nr; i++)
		if (held->ends[i] > now)
			held->ends[kept++] = held->ends[i];
	held->nr = kept;
	for (i = kept / 2; i--;)
		sift_down(held, i);
}

static void hold(struct held *held, size_t end, size_t now)
{
	if (held->nr == held->room) {
		remove_ended(held, now);
		if (held->nr > held->room / 2 || !held->room) {
			held->room = held->room ? 2 * held->room : 64;
			held->ends = need_more(held->ends, held->room,
					       sizeof(*held->ends));
		}
	}
	held->ends[held->nr] = end;
	sift_up(held, held->nr++);
	held->live++;
}

/* Give up what ends last; return when that would have been. */
static size_t give_up(struct held *held)
{
	size_t end = held->ends[0];

	held->ends[0] = held->ends[--held->nr];
	sift_down(held, 0);
	held->live--;
	return end;
}

/*
 * For each offer, which step looks the page up next, 0 if it is offered anew or
 * becomes invalid before that.
 */
static size_t *find_ends(const struct stream *stream)
{
	size_t *ends = need_zeroed(stream->nr, sizeof(*ends));
	size_t *next = need_zeroed(stream->pages->nr, sizeof(*next));
	size_t i;

	for (i = stream->nr; i--;) {
		const struct step *step = &stream->steps[i];

		if (step->type == STEP_OFFER)
			ends[i] = next[step->page];
		if (step->type == STEP_LOOKUP)
			next[step->page] = i;
		else if (step->type < STEP_TAKE)
			next[step->page] = 0;
	}
	free(next);
	return ends;
}

/* How many slots are left when some are taken or released. */
static uint32_t left_by(const struct stream *stream, const struct step *step,
			uint32_t slots, uint8_t *taken, uint32_t left)
{
	const struct range *range = &stream->ranges[step->page];
	uint32_t first = range_scaled(stream, range->first, slots);
	uint32_t end = range_scaled(stream, (uint64_t)range->first + range->nr,
				    slots);
	bool take = step->type == STEP_TAKE;

	for (; first < end; first++) {
		if (taken[first] != take)
			left += take ? -1 : 1;
		taken[first] = take;
	}
	return left;
}

uint64_t bound_hits(const struct stream *stream, uint32_t slots)
{
	uint8_t *taken = need_zeroed(slots, sizeof(*taken));
	uint8_t *hit = need_zeroed(stream->nr, sizeof(*hit));
	size_t *ends = find_ends(stream), i;
	struct held held = { };
	uint32_t left = slots;
	uint64_t hits = 0;

	for (i = 0; i < stream->nr; i++) {
		if (stream->steps[i].type >= STEP_TAKE)
			left = left_by(stream, &stream->steps[i], slots, taken,
				       left);
		if (ends[i]) {
			hold(&held, ends[i], i);
			hit[ends[i]] = true;
		}
		hits += hit[i];
		held.live -= hit[i];
		while (held.live > left)
			hit[give_up(&held)] = false;
	}
	free(held.ends);
	free(ends);
	free(hit);
	free(taken);
	return hits;
}
