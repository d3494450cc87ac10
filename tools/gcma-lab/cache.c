// SPDX-License-Identifier: GPL-2.0
/*
 * The second level: the cleancache, as the kernel runs it on one CPU.
 *
 * It follows slots.c, store.c, restore.c, events.c and policy.c below
 * kernel-patch/files/mm/cleancache: where a page goes, when the policy is told
 * what, how it is asked for victims, and what is done with an answer that is of
 * no use. Pages have no content here, and large folios are single pages.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gcma/native.h>

#include "cache.h"
#include "util.h"

#define WORD_BITS	64
#define RING_SIZE	128
#define TELL_AT		64
#define EVICT_BATCH	CLEANCACHE_VICTIMS_MAX
#define MAX_SHORTFALLS	64

struct cache {
	const struct stream *stream;
	const struct cleancache_policy_ops *ops;	/* NULL once ejected */
	struct cache_result *result;
	uint64_t now;
	uint32_t nr_slots;
	uint32_t nr_words;
	uint32_t nr_free;
	uint32_t hint;		/* word of free to search from */
	uint32_t hand;		/* of the built-in order */
	uint32_t in_a_row;	/* shortfalls */
	uint64_t *free;		/* slots that may be filled */
	uint64_t *taken;	/* slots that are allocated */
	uint32_t *page_of;	/* by slot: what it holds, NO_SLOT if nothing */
	uint32_t *slot_of;	/* by page: where it is, NO_SLOT if nowhere */
	uint32_t nr_events;
	uint32_t nr_lost;
	bool tell_due;
	struct cleancache_event events[RING_SIZE];
};

static struct cache cache;

bool cache_slot_cached(uint32_t slot)
{
	return slot < cache.nr_slots && cache.page_of[slot] != NO_SLOT;
}

uint32_t cache_slots(void)
{
	return cache.nr_slots;
}

uint64_t cache_time(void)
{
	return cache.now;
}

static void eject(enum cleancache_exit_kind kind, const char *msg)
{
	struct cache_result *result = cache.result;

	if (result->exit_kind)
		return;
	result->exit_kind = kind;
	snprintf(result->exit_msg, sizeof(result->exit_msg), "%s", msg);
}

void cache_policy_failed(const char *msg)
{
	eject(CLEANCACHE_EXIT_ERROR, msg);
}

/* The callback that was called goes on to its end; there is no other. */
static void leave_if_ejected(void)
{
	if (unlikely(cache.result->exit_kind))
		cache.ops = NULL;
}

static bool test_bit(const uint64_t *map, uint32_t bit)
{
	return map[bit / WORD_BITS] >> bit % WORD_BITS & 1;
}

static void set_bit(uint64_t *map, uint32_t bit)
{
	map[bit / WORD_BITS] |= 1ull << bit % WORD_BITS;
}

static void clear_bit(uint64_t *map, uint32_t bit)
{
	map[bit / WORD_BITS] &= ~(1ull << bit % WORD_BITS);
}

static void tell_queue(void)
{
	uint32_t i;

	for (i = 0; i < cache.nr_events; i++)
		if (cache.events[i].type == CLEANCACHE_EV_STORED)
			queue_insert(0, cache.events[i].slot, false);
}

/* A slot whose event was lost is on no queue. */
static void adopt_lost(void)
{
	uint32_t slot;

	for (slot = 0; slot < cache.nr_slots; slot++)
		if (cache_slot_cached(slot))
			queue_adopt(slot);
}

static void tell(void)
{
	struct gcma_events events = {
		.head = { .nr = cache.nr_events, .nr_lost = cache.nr_lost },
		.first = cache.events,
	};

	cache.tell_due = false;
	if (!cache.nr_events && !cache.nr_lost)
		return;
	if (cache.ops->events)
		cache.ops->events(&events.head);
	else
		tell_queue();
	if (cache.nr_lost)
		adopt_lost();
	cache.nr_events = 0;
	cache.nr_lost = 0;
	leave_if_ejected();
}

static void tell_if_due(void)
{
	if (cache.ops && cache.tell_due)
		tell();
}

/* What is not told of a page is undefined. */
static void note(enum cleancache_event_type type, uint32_t slot, uint32_t nr,
		 const struct cleancache_page *page)
{
	struct cleancache_event *event = &cache.events[cache.nr_events];

	if (!cache.ops)
		return;
	if (cache.nr_events >= TELL_AT)
		cache.tell_due = true;
	if (cache.nr_events == RING_SIZE) {
		cache.nr_lost++;
		cache.result->events_lost++;
		return;
	}
	if (page)
		event->page = *page;
	event->slot = slot;
	event->nr = nr;
	event->type = type;
	cache.nr_events++;
}

static void slot_set_free(uint32_t slot)
{
	set_bit(cache.free, slot);
	cache.nr_free++;
}

/* Empty a slot that holds something. */
static void empty_slot(uint32_t slot)
{
	cache.slot_of[cache.page_of[slot]] = NO_SLOT;
	cache.page_of[slot] = NO_SLOT;
}

static uint32_t claim_free(void)
{
	uint32_t word = cache.hint, slot;

	if (!cache.nr_free)
		return NO_SLOT;
	while (!cache.free[word])
		word = word + 1 < cache.nr_words ? word + 1 : 0;
	cache.hint = word;
	slot = word * WORD_BITS + __builtin_ctzll(cache.free[word]);
	clear_bit(cache.free, slot);
	cache.nr_free--;
	return slot;
}

static bool evict(uint32_t slot)
{
	if (!cache_slot_cached(slot))
		return false;
	empty_slot(slot);
	slot_set_free(slot);
	cache.result->evicted++;
	note(CLEANCACHE_EV_EVICTED, slot, 1, NULL);
	return true;
}

static unsigned int evict_proposed(void)
{
	struct cleancache_victims victims = { .nr_wanted = EVICT_BATCH };
	unsigned int i, evicted = 0;

	if (!cache.ops)
		return 0;
	cache.ops->select_victims(&victims);
	leave_if_ejected();
	if (victims.nr > EVICT_BATCH)
		victims.nr = EVICT_BATCH;
	for (i = 0; i < victims.nr; i++)
		evicted += evict(victims.slots[i]);
	cache.result->invalid += victims.nr - evicted;
	return evicted;
}

static uint32_t next_cached(uint32_t slot)
{
	while (slot < cache.nr_slots && cache.page_of[slot] == NO_SLOT)
		slot++;
	return slot < cache.nr_slots ? slot : NO_SLOT;
}

static uint32_t advance_hand(void)
{
	uint32_t slot = next_cached(cache.hand);

	if (slot == NO_SLOT)
		slot = next_cached(0);
	cache.hand = slot == NO_SLOT ? 0 : slot + 1;
	return slot;
}

static unsigned int evict_by_hand(void)
{
	unsigned int evicted = 0;
	uint32_t slot;

	while (evicted < EVICT_BATCH) {
		slot = advance_hand();
		if (slot == NO_SLOT)
			break;
		evicted += evict(slot);
	}
	return evicted;
}

static void fall_short(void)
{
	char msg[64];

	cache.result->shortfalls++;
	if (++cache.in_a_row < MAX_SHORTFALLS)
		return;
	snprintf(msg, sizeof(msg),
		 "named no slot that holds a page, %u times in a row",
		 MAX_SHORTFALLS);
	eject(CLEANCACHE_EXIT_SHORTFALL, msg);
	leave_if_ejected();
}

/* Like the kernel, ask once more before the answer counts as none. */
static bool evict_by_policy(void)
{
	unsigned int fallback;

	tell();
	if (cache.ops && (evict_proposed() || evict_proposed())) {
		cache.in_a_row = 0;
		return true;
	}
	fallback = evict_by_hand();
	cache.result->fallback += fallback;
	if (fallback)
		fall_short();
	return fallback;
}

static bool make_room(void)
{
	if (cache.ops && cache.ops->select_victims)
		return evict_by_policy();
	return evict_by_hand();
}

static void describe(struct cleancache_page *page, const struct step *step)
{
	const struct page_name *name = &cache.stream->pages->names[step->page];

	*page = (struct cleancache_page) {
		.ino = name->ino,
		.index = name->index,
		.dev = name->dev,
		.memcg = pages_group(cache.stream->pages, step->group),
		.flags = step->flags,
	};
}

static void drop(uint32_t slot)
{
	empty_slot(slot);
	slot_set_free(slot);
	cache.result->invalidated++;
	note(CLEANCACHE_EV_INVALIDATED, slot, 1, NULL);
}

static void fill(uint32_t slot, const struct step *step,
		 const struct cleancache_page *page)
{
	cache.page_of[slot] = step->page;
	cache.slot_of[step->page] = slot;
	cache.result->stored++;
	note(CLEANCACHE_EV_STORED, slot, 1, page);
}

static bool admit(const struct cleancache_page *page)
{
	bool admitted = true;

	if (cache.ops && cache.ops->admit) {
		admitted = cache.ops->admit(page);
		leave_if_ejected();
	}
	return admitted;
}

static void offer(const struct step *step)
{
	struct cleancache_page page;
	uint32_t slot;

	/* A page that is offered was in memory, and so nowhere else. */
	if (cache.slot_of[step->page] != NO_SLOT)
		drop(cache.slot_of[step->page]);
	tell_if_due();
	describe(&page, step);
	if (!admit(&page)) {
		cache.result->rejected++;
		return;
	}
	slot = claim_free();
	if (slot == NO_SLOT && make_room())
		slot = claim_free();
	if (slot != NO_SLOT)
		fill(slot, step, &page);
}

/* So that a policy that looks at the rest is found out here. */
static void forget_all_but_name(struct cleancache_page *page)
{
	page->memcg = ~0u;
	page->flags = ~0u;
	page->order = ~0u;
}

static void lookup(const struct step *step)
{
	uint32_t slot = cache.slot_of[step->page];
	struct cleancache_page page;

	if (slot == NO_SLOT)
		return;
	cache.result->hits++;
	empty_slot(slot);
	slot_set_free(slot);
	describe(&page, step);
	forget_all_but_name(&page);
	note(CLEANCACHE_EV_RESTORED, slot, 1, &page);
	tell_if_due();
}

static void take_slot(uint32_t slot)
{
	if (cache_slot_cached(slot)) {
		empty_slot(slot);
		cache.result->allocated++;
	} else if (test_bit(cache.free, slot)) {
		clear_bit(cache.free, slot);
		cache.nr_free--;
	}
	set_bit(cache.taken, slot);
}

static void take_or_release(const struct step *step)
{
	const struct range *range = &cache.stream->ranges[step->page];
	uint32_t first = range_scaled(cache.stream, range->first,
				      cache.nr_slots);
	uint32_t end = range_scaled(cache.stream,
				    (uint64_t)range->first + range->nr,
				    cache.nr_slots);
	uint32_t slot;

	for (slot = first; slot < end; slot++) {
		if (step->type == STEP_TAKE) {
			take_slot(slot);
		} else if (test_bit(cache.taken, slot)) {
			clear_bit(cache.taken, slot);
			slot_set_free(slot);
		}
	}
	if (step->type == STEP_TAKE && first < end)
		note(CLEANCACHE_EV_ALLOCATED, first, end - first, NULL);
}

static void go_through(void)
{
	const struct step *step = cache.stream->steps;
	const struct step *end = step + cache.stream->nr;

	for (; step < end; step++) {
		cache.now = step->time;
		if (step->type == STEP_LOOKUP)
			lookup(step);
		else if (step->type == STEP_OFFER)
			offer(step);
		else if (step->type != STEP_INVALIDATE)
			take_or_release(step);
		else if (cache.slot_of[step->page] != NO_SLOT)
			drop(cache.slot_of[step->page]);
	}
}

static void init_cache(void)
{
	uint32_t i, pages = cache.stream->pages->nr;

	cache.nr_words = (cache.nr_slots + WORD_BITS - 1) / WORD_BITS;
	cache.free = need_zeroed(cache.nr_words, sizeof(*cache.free));
	cache.taken = need_zeroed(cache.nr_words, sizeof(*cache.taken));
	cache.page_of = need_more(NULL, cache.nr_slots + 1,
				  sizeof(*cache.page_of));
	cache.slot_of = need_more(NULL, pages + 1, sizeof(*cache.slot_of));
	memset(cache.page_of, 0xff, cache.nr_slots * sizeof(*cache.page_of));
	memset(cache.slot_of, 0xff, pages * sizeof(*cache.slot_of));
	for (i = 0; i < cache.nr_slots; i++)
		slot_set_free(i);
	cache.hint = cache.stream->first_slot % cache.nr_slots / WORD_BITS;
	cache.hand = cache.stream->first_victim % cache.nr_slots;
	queues_init(cache.nr_slots);
	helpers_init();
}

static void free_cache(void)
{
	queues_free();
	free(cache.free);
	free(cache.taken);
	free(cache.page_of);
	free(cache.slot_of);
}

static void end_policy(const struct cleancache_policy_ops *ops)
{
	struct cleancache_exit_info info = {
		.kind = cache.result->exit_kind,
	};

	if (!info.kind)
		info.kind = CLEANCACHE_EXIT_DETACHED;
	memcpy(info.msg, cache.result->exit_msg, sizeof(info.msg));
	if (ops && ops->exit)
		ops->exit(&info);
}

/* What this process had of a CPU, however busy the machine is. */
static uint64_t cpu_ns(void)
{
	struct timespec spent;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
	return spent.tv_sec * NSEC_PER_SEC + spent.tv_nsec;
}

static int run(const struct cleancache_policy_ops *ops)
{
	uint64_t start;
	int err;

	err = ops && ops->init ? ops->init() : 0;
	if (err < 0)
		return err;
	leave_if_ejected();
	start = cpu_ns();
	go_through();
	cache.result->ns = cpu_ns() - start;
	cache.result->lookups = cache.stream->lookups;
	cache.result->offers = cache.stream->offers;
	cache.result->cached = cache.result->stored - cache.result->hits -
			       cache.result->evicted -
			       cache.result->invalidated -
			       cache.result->allocated;
	end_policy(ops);
	return 0;
}

int cache_run(const struct stream *stream, uint32_t slots,
	      const struct cleancache_policy_ops *ops,
	      struct cache_result *result)
{
	int err;

	*result = (struct cache_result) { };
	cache = (struct cache) {
		.stream = stream,
		.ops = ops,
		.result = result,
		.nr_slots = slots,
	};
	init_cache();
	err = run(ops);
	free_cache();
	return err;
}
