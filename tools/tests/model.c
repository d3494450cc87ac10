// SPDX-License-Identifier: GPL-2.0
/* What the lab's simulations stand on: the bound, memory, sizes and maps. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <gcma/native.h>

#include "../gcma-lab/bound.h"
#include "../gcma-lab/hash.h"
#include "../gcma-lab/memory.h"
#include "../gcma-lab/replay.h"
#include "tests.h"

#define FEW_PAGES	5
#define FEW_STEPS	16
#define FEW_SLOTS	4

static void add_step(struct stream *stream, enum step_type type, uint32_t page)
{
	struct step step = { .type = type, .page = page };

	stream_add(stream, &step);
}

static void make_few(struct stream *stream, uint64_t *chance)
{
	static const unsigned char types[] = {
		STEP_LOOKUP, STEP_LOOKUP, STEP_LOOKUP, STEP_OFFER, STEP_OFFER,
		STEP_OFFER, STEP_OFFER, STEP_INVALIDATE, STEP_TAKE,
		STEP_RELEASE,
	};
	unsigned int i;

	for (i = 0; i < FEW_STEPS; i++)
		add_step(stream, types[pick(chance, sizeof(types))],
			 pick(chance, FEW_SLOTS));
}

static unsigned int most(unsigned int a, unsigned int b)
{
	return a > b ? a : b;
}

/* Which slots are taken after each step; each range is one slot. */
static uint32_t taken_by(const struct step *step, uint32_t taken)
{
	if (step->type == STEP_TAKE)
		return taken | 1 << step->page;
	if (step->type == STEP_RELEASE)
		return taken & ~(1 << step->page);
	return taken;
}

/*
 * The most hits from a step on, when this set of pages is held: whatever is
 * held can be dropped at any time, as long as what is left fits.
 */
static unsigned int try_all(const struct stream *stream, size_t i,
			    unsigned int set, uint32_t taken, uint32_t slots)
{
	const struct step *step = &stream->steps[i];
	unsigned int page = 1 << step->page, hit = 0, best = 0, part;

	if (i == stream->nr)
		return 0;
	taken = taken_by(step, taken);
	if (step->type == STEP_OFFER)
		set |= page;
	if (step->type == STEP_LOOKUP)
		hit = !!(set & page);
	if (step->type == STEP_LOOKUP || step->type == STEP_INVALIDATE)
		set &= ~page;
	for (part = set;; part = (part - 1) & set) {
		/* To drop more than must be is never better. */
		if (__builtin_popcount(part) + __builtin_popcount(taken) <=
			    slots &&
		    (part == set || __builtin_popcount(part) +
			    __builtin_popcount(taken) == slots))
			best = most(best, try_all(stream, i + 1, part, taken,
						  slots));
		if (!part)
			break;
	}
	return hit + best;
}

static void test_bound(void)
{
	struct range ranges[FEW_SLOTS] = {
		{ 0, 1 }, { 1, 1 }, { 2, 1 }, { 3, 1 }
	};
	struct pages pages = { .nr = FEW_PAGES };
	uint64_t chance = 1;
	unsigned int i;

	for (i = 0; i < 3000 && good; i++) {
		struct stream stream = { .pages = &pages };

		make_few(&stream, &chance);
		stream.ranges = ranges;
		CHECK(bound_hits(&stream, FEW_SLOTS) ==
		      try_all(&stream, 0, 0, 0, FEW_SLOTS));
		free(stream.steps);
	}
}

/* Without allocations fewer slots make sense too. */
static void test_bound_small(void)
{
	struct pages pages = { .nr = FEW_PAGES };
	uint64_t chance = 2;
	unsigned int i, slots;

	for (i = 0; i < 3000 && good; i++) {
		struct stream stream = { .pages = &pages };

		while (stream.nr < FEW_STEPS)
			add_step(&stream, pick(&chance, 3) ? STEP_OFFER :
							     STEP_LOOKUP,
				 pick(&chance, FEW_PAGES));
		for (slots = 1; slots < FEW_PAGES; slots++)
			CHECK(bound_hits(&stream, slots) ==
			      try_all(&stream, 0, 0, 0, slots));
		free(stream.steps);
	}
}

static struct pages *many_pages(uint32_t nr)
{
	struct pages *pages = need_zeroed(1, sizeof(*pages));
	struct page_name name = { .ino = 1 };

	for (; name.index < nr; name.index++)
		pages_find(pages, &name);
	return pages;
}

/* Pages must come and go in turn, and no more be in than fit. */
static void check_below(const struct stream *below, uint32_t size)
{
	bool *in = need_zeroed(below->pages->nr, sizeof(*in));
	uint32_t resident = 0;
	size_t i;

	for (i = 0; i < below->nr; i++) {
		const struct step *step = &below->steps[i];
		bool comes = step->type == STEP_LOOKUP;

		CHECK(comes || step->type == STEP_OFFER);
		CHECK(in[step->page] != comes);
		in[step->page] = comes;
		resident += comes ? 1 : -1;
		CHECK(resident <= size);
	}
	free(in);
}

static void test_memory(void)
{
	static const uint32_t sizes[] = { 1, 2, 7, 64, 300, 999, 1000 };
	struct stream above = { .pages = many_pages(1000) }, below;
	uint64_t chance = 3, hits;
	unsigned int i;

	for (i = 0; i < 20000; i++)
		add_step(&above, STEP_ACCESS,
			 i < 1000 ? i :
			 pick(&chance, 1 + pick(&chance, 1000)));
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		hits = memory_filter(&above, sizes[i], &below);
		CHECK(hits + below.lookups == 20000);
		check_below(&below, sizes[i]);
		stream_free(&below);
	}
	CHECK(hits == 20000 - 1000);
	pages_free(above.pages);
	stream_free(&above);
}

static void scan(struct stream *above, uint32_t first, uint32_t nr)
{
	while (nr--)
		add_step(above, STEP_ACCESS, first++);
}

static uint64_t hits_of(struct stream *above, uint32_t size)
{
	struct stream below;
	uint64_t hits = memory_filter(above, size, &below);

	stream_free(&below);
	pages_free(above->pages);
	stream_free(above);
	return hits;
}

/* What was read twice is on the active list, which a scan does not touch. */
static void test_active(void)
{
	struct stream above = { .pages = many_pages(2000) };

	scan(&above, 0, 40);
	scan(&above, 0, 40);
	scan(&above, 100, 1000);
	scan(&above, 0, 40);
	CHECK(hits_of(&above, 100) == 80);
}

/* What was read once is not, and a scan takes it all. */
static void test_inactive(void)
{
	struct stream above = { .pages = many_pages(2000) };

	scan(&above, 0, 40);
	scan(&above, 100, 1000);
	scan(&above, 0, 40);
	CHECK(hits_of(&above, 100) == 0);
}

/* What was read in two pieces was read once. */
static void test_pieces(void)
{
	struct stream above = { .pages = many_pages(2000) };
	uint32_t i;

	for (i = 0; i < 80; i++)
		scan(&above, i / 2, 1);
	scan(&above, 100, 1000);
	scan(&above, 0, 40);
	CHECK(hits_of(&above, 100) == 40);
}

/*
 * What is read is going to be on the active list from its second read on, also
 * if that is while it still waits to be added to a list; and waits only until
 * there are enough.
 */
static void test_waiting(void)
{
	struct stream above = { .pages = many_pages(2000) };
	uint32_t i;

	for (i = 0; i < 40; i += 4) {
		scan(&above, i, 4);
		scan(&above, i, 4);
	}
	scan(&above, 100, 1000);
	scan(&above, 0, 40);
	CHECK(hits_of(&above, 100) == 80);
}

/* The kernel evicts 42 pages at a time then: 'gcma-lab record' shows it. */
static void test_batch(void)
{
	struct stream above = { .pages = many_pages(4500) }, below;
	uint32_t i, nr = 0, batches = 0;

	for (i = 0; i < 3; i++)
		scan(&above, 0, 4500);
	memory_filter(&above, 1500, &below);
	for (i = 0; i < below.nr; i++) {
		if (below.steps[i].type == STEP_OFFER) {
			nr++;
			continue;
		}
		CHECK(!nr || nr == 42);
		batches += !!nr;
		nr = 0;
	}
	CHECK(batches == (3 * 4500 - 1500 + 41) / 42);
	pages_free(above.pages);
	stream_free(&above);
	stream_free(&below);
}

/*
 * A loop that is a little longer than the inactive list alone never hits, but
 * for pages that come back soon after they were evicted: those are activated,
 * as there is an active list they could have been on.
 */
static void test_refault(void)
{
	struct stream above = { .pages = many_pages(2000) };
	unsigned int i;

	scan(&above, 1000, 60);
	scan(&above, 1000, 60);
	for (i = 0; i < 50; i++)
		scan(&above, 0, 60);
	CHECK(hits_of(&above, 100) > 2000);
}

static void test_sizes(void)
{
	struct size size;

	CHECK(size_parse("4096", &size) && size_of(&size, 9) == 4096);
	CHECK(size_parse("16M", &size) && size_of(&size, 9) == 4096);
	CHECK(size_parse("0x10", &size) && size_of(&size, 9) == 16);
	CHECK(size_parse("10%", &size) && size_of(&size, 1000) == 100);
	CHECK(size_parse("0.1%", &size) && size_of(&size, 10) == 1);
	CHECK(!size_parse("", &size));
	CHECK(!size_parse("0", &size));
	CHECK(!size_parse("1K", &size));
	CHECK(!size_parse("%", &size));
	CHECK(!size_parse("0%", &size));
	CHECK(!size_parse("-1", &size));
	CHECK(!size_parse("10%x", &size));
	CHECK(!size_parse("1%%", &size));
	CHECK(!size_parse("4294967295", &size));
}

/* Against an array of all keys there are. */
static void check_hash(struct hash *hash, uint32_t entries)
{
	uint64_t values[64] = { }, key, value, chance = 4, *found;
	uint32_t nr = 0, i;
	int err;

	for (i = 0; i < 20000; i++) {
		key = pick(&chance, 64);
		value = i + 1;
		found = hash_lookup(hash, &key);
		CHECK(found ? *found == values[key] : !values[key]);
		if (pick(&chance, 2)) {
			err = hash_delete(hash, &key);
			CHECK(err == (values[key] ? 0 : -ENOENT));
			nr -= !err;
			values[key] = 0;
			continue;
		}
		err = hash_update(hash, &key, &value, BPF_ANY);
		CHECK(err == (values[key] || nr < entries ? 0 : -E2BIG));
		nr += !err && !values[key];
		values[key] = err ? 0 : value;
	}
}

static void test_hash(void)
{
	struct hash *hash = hash_new(20, 8, 8, false);
	uint64_t key = 1000, value = 1;

	check_hash(hash, 20);
	CHECK(hash_update(hash, &key, &value, BPF_EXIST) == -ENOENT);
	hash_free(hash);
	hash = hash_new(64, 8, 8, true);
	check_hash(hash, 64);
	hash_free(hash);
}

static void test_lru_hash(void)
{
	struct hash *hash = hash_new(3, 8, 4, true);
	uint64_t key;
	uint32_t value = 7;

	for (key = 0; key < 3; key++)
		CHECK(!hash_update(hash, &key, &value, BPF_NOEXIST));
	key = 0;
	CHECK(hash_lookup(hash, &key));
	key = 2;
	CHECK(hash_update(hash, &key, &value, BPF_NOEXIST) == -EEXIST);
	key = 3;
	CHECK(!hash_update(hash, &key, &value, BPF_ANY));
	key = 1;
	CHECK(!hash_lookup(hash, &key));
	for (key = 0; key < 4; key++)
		CHECK(key == 1 || hash_lookup(hash, &key));
	hash_free(hash);
}

const struct unit_test model_tests[] = {
	{ "the bound is what trying everything finds", test_bound },
	{ "the bound of small caches", test_bound_small },
	{ "memory holds what it may and no more", test_memory },
	{ "memory keeps what was read twice", test_active },
	{ "memory gives up what was read once", test_inactive },
	{ "memory takes a page read in pieces as read once", test_pieces },
	{ "memory activates what waits to be added", test_waiting },
	{ "memory evicts as much at a time as the kernel", test_batch },
	{ "memory activates what comes back soon", test_refault },
	{ "sizes of caches", test_sizes },
	{ "hash maps", test_hash },
	{ "hash maps that forget the least recently used", test_lru_hash },
	{ }
};
