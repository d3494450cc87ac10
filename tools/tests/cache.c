// SPDX-License-Identifier: GPL-2.0
/* The lab's cleancache: against a naive one, and with policies that lie. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <gcma/policy.h>

#include "../gcma-lab/cache.h"
#include "tests.h"

#define NR_PAGES	500
#define NR_STEPS	20000
#define BATCH		32
#define RING		128

GCMA_SLOT_STATE(held, __u32)

/* A policy that keeps the order, and a record of what it was told. */
static bool wrong;
static uint64_t told[CLEANCACHE_EV_ALLOCATED + 1];

GCMA_CALLBACK(events)
static void BPF_PROG(fifo_events, struct cleancache_events *events)
{
	struct cleancache_event *event;
	u32 i, slot;

	gcma_for_each_event(event, i, events) {
		if (event->type == CLEANCACHE_EV_STORED)
			cleancache_queue_add_tail(GCMA_ADOPTED, event->slot);
		for (slot = event->slot; slot < event->slot + event->nr; slot++)
			*held_of(slot) = event->type == CLEANCACHE_EV_STORED;
		told[event->type] += event->nr;
	}
	wrong |= events->nr_lost;
}

GCMA_CALLBACK(select_victims)
static void BPF_PROG(fifo_select_victims, struct cleancache_victims *victims)
{
	u32 slot;

	bpf_for(slot, 0, cleancache_slots())
		wrong |= *held_of(slot) != cache_slot_cached(slot);
	wrong |= !!held_of(cleancache_slots());
	gcma_propose(victims, GCMA_ADOPTED, victims->nr_wanted);
}

static const struct cleancache_policy_ops fifo = {
	.events = (void *)fifo_events,
	.select_victims = (void *)fifo_select_victims,
	.name = "fifo",
};

/* What one run leaves behind is of no use to the next. */
static void forget(void)
{
	free(slot_held.value_store);
	slot_held.value_store = NULL;
	memset(told, 0, sizeof(told));
	wrong = false;
}

/* The last events are not told any more, the rest are. */
static bool was_told(enum cleancache_event_type type, uint64_t times)
{
	return told[type] <= times && told[type] + RING >= times;
}

static struct pages pages;
static struct range ranges[] = { { 10, 30 }, { 0, 4 } };

static void add_step(struct stream *stream, enum step_type type, uint32_t page)
{
	struct step step = {
		.type = type, .page = page, .time = stream->nr,
	};

	stream_add(stream, &step);
}

static void make_stream(struct stream *stream, bool with_ranges)
{
	struct page_name name = { .ino = 7 };
	uint64_t chance = 5;

	for (; name.index < NR_PAGES; name.index++)
		pages_find(&pages, &name);
	*stream = (struct stream) { .pages = &pages };
	while (stream->nr < NR_STEPS) {
		uint32_t kind = pick(&chance, 100);
		uint32_t page = pick(&chance, 1 + pick(&chance, NR_PAGES));

		if (with_ranges && kind < 4)
			add_step(stream, kind & 1 ? STEP_TAKE : STEP_RELEASE,
				 kind / 2);
		else if (kind < 8)
			add_step(stream, STEP_INVALIDATE, page);
		else
			add_step(stream, kind & 1 ? STEP_OFFER : STEP_LOOKUP,
				 page);
	}
	stream->ranges = ranges;
	stream->nr_ranges = 2;
}

/* First in, first out, as one would write it down; returns the hits. */
static uint64_t naive_fifo(const struct stream *stream, uint32_t slots,
			   uint64_t *evicted)
{
	uint32_t held[NR_PAGES + BATCH], nr = 0, at, batch;
	uint64_t hits = 0;
	size_t i;

	for (i = 0; i < stream->nr; i++) {
		const struct step *step = &stream->steps[i];

		for (at = 0; at < nr && held[at] != step->page; at++)
			;
		if (at < nr) {
			memmove(held + at, held + at + 1,
				(--nr - at) * sizeof(*held));
			hits += step->type == STEP_LOOKUP;
		}
		if (step->type != STEP_OFFER)
			continue;
		if (nr == slots) {
			batch = nr < BATCH ? nr : BATCH;
			memmove(held, held + batch,
				(nr -= batch) * sizeof(*held));
			*evicted += batch;
		}
		held[nr++] = step->page;
	}
	return hits;
}

static void check_sums(const struct cache_result *result, uint32_t slots)
{
	CHECK(result->cached <= slots);
	CHECK(result->stored == result->hits + result->evicted +
					result->invalidated +
					result->allocated + result->cached);
	CHECK(result->hits <= result->lookups);
	CHECK(result->stored + result->rejected <= result->offers);
}

static void test_fifo(void)
{
	static const uint32_t sizes[] = { 1, 5, 31, 32, 33, 64, 100, 399 };
	struct cache_result result;
	struct stream stream;
	uint64_t evicted;
	unsigned int i;

	make_stream(&stream, false);
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		evicted = 0;
		forget();
		CHECK(!cache_run(&stream, sizes[i], &fifo, &result));
		CHECK(result.hits == naive_fifo(&stream, sizes[i], &evicted));
		CHECK(result.evicted == evicted);
		CHECK(!result.fallback && !result.exit_kind && !wrong);
		CHECK(was_told(CLEANCACHE_EV_STORED, result.stored));
		CHECK(was_told(CLEANCACHE_EV_RESTORED, result.hits));
		CHECK(was_told(CLEANCACHE_EV_EVICTED, result.evicted));
		CHECK(was_told(CLEANCACHE_EV_INVALIDATED, result.invalidated));
		check_sums(&result, sizes[i]);
	}
	free(stream.steps);
}

/* With the area taken now and then, and with no policy at all. */
static void test_taken(void)
{
	static const uint32_t sizes[] = { 3, 25, 40, 64, 200 };
	const struct cleancache_policy_ops *ops;
	struct cache_result result;
	struct stream stream;
	unsigned int i;

	make_stream(&stream, true);
	for (i = 0; i < 2 * sizeof(sizes) / sizeof(*sizes); i++) {
		ops = i % 2 ? &fifo : NULL;
		forget();
		CHECK(!cache_run(&stream, sizes[i / 2], ops, &result));
		CHECK(result.allocated && !result.exit_kind);
		CHECK(!wrong && !result.events_lost && !result.invalid);
		check_sums(&result, sizes[i / 2]);
	}
	free(stream.steps);
}

/* Nothing is put into slots that are taken, and they come back. */
static void test_taken_and_released(void)
{
	struct page_name name = { .ino = 7 };
	struct stream stream = { .pages = &pages };
	struct range all = { 0, 8 };
	struct cache_result result;

	pages_find(&pages, &name);
	add_step(&stream, STEP_OFFER, 0);
	add_step(&stream, STEP_TAKE, 0);
	add_step(&stream, STEP_LOOKUP, 0);
	add_step(&stream, STEP_OFFER, 0);
	add_step(&stream, STEP_LOOKUP, 0);
	add_step(&stream, STEP_RELEASE, 0);
	add_step(&stream, STEP_OFFER, 0);
	add_step(&stream, STEP_LOOKUP, 0);
	stream.ranges = &all;
	CHECK(!cache_run(&stream, 8, NULL, &result));
	CHECK(result.hits == 1 && result.stored == 2 && result.allocated == 1);
	/* The same part of a cache twice as long as that which recorded. */
	stream.slots = 4;
	all.nr = 4;
	CHECK(!cache_run(&stream, 8, NULL, &result));
	CHECK(result.hits == 1 && result.allocated == 1);
	free(stream.steps);
}

/*
 * Events are told when pages come and go, not while they are invalidated: some
 * of these are lost, and of pages stored then. Those are on queue 0 all the
 * same when their turn comes.
 */
static void test_lost(void)
{
	struct cache_result result;
	struct stream stream;
	uint32_t i;

	make_stream(&stream, false);
	stream.nr = 0;
	for (i = 0; i < 300; i++)
		add_step(&stream, STEP_OFFER, i);
	for (i = 0; i < 300; i++)
		add_step(&stream, STEP_INVALIDATE, i);
	for (i = 0; i < NR_PAGES; i++)
		add_step(&stream, STEP_OFFER, i);
	forget();
	CHECK(!cache_run(&stream, 300, &fifo, &result));
	CHECK(result.invalidated == 300 && result.events_lost && wrong);
	CHECK(result.evicted && !result.fallback && !result.exit_kind);
	free(stream.steps);
}

static uint64_t lies;

/* Slots that hold nothing, that do not exist, and the same one twice. */
static void liar_select(struct cleancache_victims *victims)
{
	u32 slot = pick(&lies, 200);

	while (!cleancache_victim_add(victims, slot))
		slot = pick(&lies, 2) ? slot : pick(&lies, 200);
	victims->slots[3] = UINT32_MAX;
	cleancache_queue_add_tail(pick(&lies, 200), pick(&lies, 2000));
	cleancache_queue_del(pick(&lies, 2000));
}

static void greedy_select(struct cleancache_victims *victims)
{
	victims->nr = UINT32_MAX;
}

static void useless_select(struct cleancache_victims *victims)
{
	while (!cleancache_victim_add(victims, cleancache_slots()))
		;
}

static bool refuse(const struct cleancache_page *page)
{
	(void)page;
	return false;
}

static bool despair(const struct cleancache_page *page)
{
	if (page->index == 17)
		gcma_error("page %u of %s", 17, "seven");
	return true;
}

static s32 not_today(void)
{
	return -EBUSY;
}

static void run_with(const struct cleancache_policy_ops *ops, uint32_t slots,
		     struct cache_result *result)
{
	struct stream stream;

	make_stream(&stream, true);
	lies = 6;
	CHECK(!cache_run(&stream, slots, ops, result));
	check_sums(result, slots);
	free(stream.steps);
}

static void test_liar(void)
{
	struct cleancache_policy_ops liar = { .select_victims = liar_select };
	struct cleancache_policy_ops greedy = {
		.select_victims = greedy_select,
	};
	struct cache_result result;

	run_with(&liar, 100, &result);
	CHECK(result.invalid && result.evicted && result.hits);
	CHECK(!result.exit_kind);
	run_with(&greedy, 100, &result);
	CHECK(result.hits);
}

/* Nothing is lost but the choice: hits are those of the built-in order. */
static void test_useless(void)
{
	struct cleancache_policy_ops useless = {
		.select_victims = useless_select,
	};
	struct cache_result result, builtin;

	run_with(NULL, 100, &builtin);
	run_with(&useless, 100, &result);
	CHECK(result.hits == builtin.hits);
	CHECK(result.exit_kind == CLEANCACHE_EXIT_SHORTFALL);
	CHECK(result.shortfalls == 64 && result.fallback);
}

static void test_verdicts(void)
{
	struct cleancache_policy_ops refuser = { .admit = refuse };
	struct cleancache_policy_ops quitter = { .admit = despair };
	struct cleancache_policy_ops absent = { .init = not_today };
	struct cache_result result;
	struct stream stream;

	run_with(&refuser, 100, &result);
	CHECK(!result.stored && !result.hits);
	CHECK(result.rejected == result.offers);
	run_with(&quitter, 100, &result);
	CHECK(result.exit_kind == CLEANCACHE_EXIT_ERROR);
	CHECK(!strcmp(result.exit_msg, "page 17 of seven"));
	make_stream(&stream, false);
	CHECK(cache_run(&stream, 100, &absent, &result) == -EBUSY);
	free(stream.steps);
}

/* One slot after another: what was yielded may be moved. */
static u32 seen;

static void turning_select(struct cleancache_victims *victims)
{
	u32 length = cleancache_queue_len(0), nr = 0, turned = 0;
	int *slot;

	/* Each comes once, although it is put on the same queue again. */
	bpf_for_each(cleancache_queue, slot, 0)
		turned += !cleancache_queue_add_tail(0, *slot);
	bpf_for_each(cleancache_queue, slot, 0) {
		cleancache_queue_add_tail(1, *slot);
		nr++;
	}
	seen += nr == length && turned == length && !cleancache_queue_len(0) &&
		cleancache_queue_len(1) == length;
	while (cleancache_queue_len(1) > 0) {
		int first = cleancache_queue_pop(1);

		if (first >= 0)
			cleancache_queue_add_head(0, first);
	}
	gcma_propose(victims, 0, victims->nr_wanted);
}

static void test_queues(void)
{
	struct cleancache_policy_ops turning = {
		.select_victims = turning_select,
	};
	struct cache_result result;

	seen = 0;
	run_with(&turning, 100, &result);
	CHECK(seen && result.evicted && !result.fallback);
	CHECK(cleancache_queue_add_tail(0, 1) == -EINVAL);
}

const struct unit_test cache_tests[] = {
	{ "fifo keeps what a naive one keeps, and is told all", test_fifo },
	{ "slots that are taken now and then", test_taken },
	{ "slots come back when they are released", test_taken_and_released },
	{ "events are lost when nobody can be told", test_lost },
	{ "policies that lie do no harm", test_liar },
	{ "policies that are of no use are ejected", test_useless },
	{ "policies that refuse, and that give up", test_verdicts },
	{ "queues", test_queues },
	{ }
};
