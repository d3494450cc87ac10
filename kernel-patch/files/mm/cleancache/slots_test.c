// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the slots, on a region of their own: what each operation does
 * in each state, and what becomes of two that race.
 */

#include <kunit/test.h>
#include <linux/gfp.h>

#include "slots_race.c"

/* Setting up and clearing away */

static void close_region(struct race *race)
{
	struct cleancache_region *region = race->region;

	if (!region)
		return;
	if (region->base)
		free_pages_exact(region->base, region->nr_slots * PAGE_SIZE);
	free_region(region);
	race->region = NULL;
}

/* Without pages, a region is good for taking and giving only. */
static struct cleancache_region *open_region(struct kunit *test, u32 nr,
					     bool with_pages)
{
	struct race *race = test->priv;
	struct cleancache_region *region = alloc_region(nr);

	KUNIT_ASSERT_NOT_NULL(test, region);
	race->region = region;
	region->first_slot = FIRST_SLOT;
	region->nr_slots = nr;
	if (!with_pages)
		return region;
	region->base = alloc_pages_exact(nr * PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, region->base);
	region->first_pfn = page_to_pfn(virt_to_page(region->base));
	region->nid = pfn_to_nid(region->first_pfn);
	return region;
}

static void set_owner(struct race *race, u32 id, struct address_space *mapping,
		      pgoff_t index)
{
	race->owners[id] = (struct owner) {
		.mapping = mapping,
		.index = index,
		.id = id,
		.slot = NO_SLOT,
	};
}

/* Some differ in the mapping only, some in the index only. */
static void make_owners(struct kunit *test, struct race *race)
{
	struct address_space *mappings;
	u32 i;

	mappings = kunit_kcalloc(test, 4, sizeof(*mappings), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mappings);
	set_owner(race, CONTESTED, &mappings[0], 7);
	set_owner(race, STRANGER, &mappings[0], 8);
	for (i = 0; i < RUN_PAGES; i++) {
		set_owner(race, FIRST_OWN + i, &mappings[1], 7 + i);
		set_owner(race, SECOND_OWN + i, &mappings[2], 7 + i);
	}
	race->filler = &mappings[3];
	race->actors[0].own = &race->owners[FIRST_OWN];
	race->actors[1].own = &race->owners[SECOND_OWN];
}

static int make_actors(struct kunit *test, struct race *race)
{
	struct task_struct *task;
	int i;

	for (i = 0; i < 2; i++) {
		init_completion(&race->actors[i].turn);
		race->actors[i].done = true;
		race->actors[i].pages = kunit_kmalloc(test, RUN_PAGES *
						      PAGE_SIZE, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, race->actors[i].pages);
	}
	race->running = &race->actors[0];
	race->actors[0].task = current;
	task = kthread_create(second_side, race, "cleancache_test");
	if (IS_ERR(task))
		return PTR_ERR(task);
	race->actors[1].task = get_task_struct(task);
	return 0;
}

/* On one CPU, to hand over is to switch from one thread to the other. */
static void start_actors(struct race *race)
{
	const struct cpumask *cpu = cpumask_of(raw_smp_processor_id());

	set_cpus_allowed_ptr(race->actors[0].task, cpu);
	set_cpus_allowed_ptr(race->actors[1].task, cpu);
	live_race = race;
	WRITE_ONCE(live_tasks[0], race->actors[0].task);
	WRITE_ONCE(live_tasks[1], race->actors[1].task);
	wake_up_process(race->actors[1].task);
}

static int slots_init(struct kunit *test)
{
	struct race *race;
	int err;

	race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	if (!race)
		return -ENOMEM;
	test->priv = race;
	make_owners(test, race);
	err = make_actors(test, race);
	if (err)
		return err;
	start_actors(race);
	return 0;
}

static void slots_exit(struct kunit *test)
{
	struct race *race = test->priv;
	struct task_struct *task;

	if (!race)
		return;
	task = race->actors[1].task;
	if (task) {
		WRITE_ONCE(live_tasks[0], NULL);
		WRITE_ONCE(live_tasks[1], NULL);
		race->stop = true;
		complete(&race->actors[1].turn);
		kthread_stop_put(task);
	}
	close_region(race);
}

/* The tests */

/**
 * struct setting - what the races of one test have in common
 * @shape: the region they are held in
 * @state: the state they begin with
 */
struct setting {
	const struct shape *shape;
	enum state state;
};

static const struct shape one_slot = { "one slot", 1, 0, { { 0, 1 } } };
static const struct shape two_slots = {
	"two slots", 2, 0, { { 0, 1 }, { 1, 1 } },
};

/* A whole word of slots, and some in the next; all but two are occupied. */
static const struct shape many_slots = {
	"many slots", NR_MANY_SLOTS, NR_MANY_SLOTS - 2,
	{ { 0, NR_MANY_SLOTS } },
};

static const struct setting settings[] = {
	{ &one_slot, EMPTY },
	{ &one_slot, CACHED },
	{ &one_slot, FULL },
	{ &one_slot, REUSED },
	{ &one_slot, EVICTED },
	{ &one_slot, TAKEN },
	{ &two_slots, EMPTY },
	{ &two_slots, CACHED },
	{ &two_slots, FULL },
	{ &two_slots, REUSED },
	{ &two_slots, EVICTED },
	{ &two_slots, TAKEN },
	{ &many_slots, EMPTY },
	{ &many_slots, CACHED },
	{ &many_slots, FULL },
	{ &many_slots, REUSED },
	{ &many_slots, EVICTED },
	{ &many_slots, TAKEN },
};

static void describe_setting(const struct setting *setting, char *name)
{
	snprintf(name, KUNIT_PARAM_DESC_SIZE, "%s: %s", setting->shape->name,
		 state_names[setting->state]);
}

KUNIT_ARRAY_PARAM(settings, settings, describe_setting);

static void set_leases(struct race *race, const struct contest *contest)
{
	bool both = allocates(contest->programs[0]) &&
		    allocates(contest->programs[1]);

	race->actors[0].lease = &race->leases[0];
	race->actors[1].lease = &race->leases[both &&
					      race->shape->leases[1].nr];
}

static void play_contest(struct kunit *test, struct contest *contest)
{
	struct race *race = test->priv;

	set_leases(race, contest);
	for (contest->first = 0; contest->first < 2; contest->first++)
		play_all(test, race, contest);
}

/* Slots beyond the contested one make a difference to allocations only. */
static void slots_race(struct kunit *test)
{
	const struct setting *setting = test->param_value;
	struct contest contest = { .state = setting->state };
	struct race *race = test->priv;
	const struct program *a, *b;
	const struct program *end = &programs[ARRAY_SIZE(programs)];

	race->shape = setting->shape;
	open_region(test, setting->shape->nr_slots, true);
	for (a = programs; a < end; a++) {
		for (b = a; b < end; b++) {
			if (race->shape->fillers && !allocates(b))
				continue;
			contest.programs[0] = a;
			contest.programs[1] = b;
			play_contest(test, &contest);
		}
	}
	kunit_info(test, "%lu schedules, %lu waits, %lu hits, %lu misses",
		   race->schedules, race->waits, race->hits, race->misses);
	if (preemptions)
		KUNIT_EXPECT_GT(test, race->waits, 0);
}

/* One after the other */

static const struct shape free_slots = {
	"free slots", NR_MANY_SLOTS, 0, { { 0, NR_MANY_SLOTS } },
};

static struct race *begin(struct kunit *test, const struct shape *shape,
			  enum state state)
{
	struct race *race = test->priv;

	if (!race->region)
		open_region(test, shape->nr_slots, true);
	race->shape = shape;
	race->actors[0].lease = &race->leases[0];
	reset(race);
	enter_state(race, state);
	return race;
}

static struct owner nth_owner(const struct race *race, u32 i)
{
	struct owner owner = race->owners[CONTESTED];

	owner.index = i;
	owner.generation = i;
	return owner;
}

static u32 store_nth(struct race *race, u32 i)
{
	struct owner owner = nth_owner(race, i);
	u64 *page = race->actors[0].pages;

	write_page(page, token_of(&owner));
	owner.slot = cleancache_slot_fill(owner.mapping, owner.index, page);
	publish(&owner, owner.slot);
	return owner.slot;
}

static bool restore_nth(struct race *race, u32 i, u32 slot)
{
	struct owner owner = nth_owner(race, i);

	owner.slot = slot;
	return restore_as(race, &race->actors[0], &owner);
}

/* Fill all slots, and restore all pages. */
static void fill_and_restore(struct kunit *test, struct race *race)
{
	DECLARE_BITMAP(seen, NR_MANY_SLOTS) = {};
	u32 slots[NR_MANY_SLOTS], i;

	for (i = 0; i < NR_MANY_SLOTS; i++) {
		slots[i] = store_nth(race, i);
		KUNIT_ASSERT_GE(test, slots[i], FIRST_SLOT);
		KUNIT_ASSERT_LT(test, slots[i], FIRST_SLOT + NR_MANY_SLOTS);
		__set_bit(slots[i] - FIRST_SLOT, seen);
	}
	KUNIT_EXPECT_TRUE(test, bitmap_full(seen, NR_MANY_SLOTS));
	KUNIT_EXPECT_EQ(test, cleancache_nr_cached(), NR_MANY_SLOTS);
	KUNIT_EXPECT_EQ(test, store_nth(race, NR_MANY_SLOTS), NO_SLOT);
	for (i = 0; i < NR_MANY_SLOTS; i++)
		KUNIT_EXPECT_TRUE(test, restore_nth(race, i, slots[i]));
	KUNIT_EXPECT_EQ(test, cleancache_nr_cached(), 0);
	KUNIT_EXPECT_EQ(test, cleancache_next_cached(0), NO_SLOT);
	KUNIT_EXPECT_NULL(test, race->failure);
}

static void slots_fill(struct kunit *test)
{
	struct race *race = begin(test, &free_slots, EMPTY);

	fill_and_restore(test, race);
	fill_and_restore(test, race);
}

/* Whoever is not the owner, or means another slot, gets nothing. */
static void refuse(struct kunit *test, struct race *race, u32 slot,
		   const struct owner *owner)
{
	void *shadow;

	KUNIT_EXPECT_FALSE(test, cleancache_slot_restore(slot, owner->mapping,
							 owner->index,
							 race->actors[0].pages,
							 &shadow));
	KUNIT_EXPECT_NULL(test, shadow);
	KUNIT_EXPECT_FALSE(test, cleancache_slot_forget(slot, owner->mapping,
							owner->index));
	KUNIT_EXPECT_NULL(test, cleancache_slot_shadow(slot, owner->mapping,
						       owner->index));
	KUNIT_EXPECT_FALSE(test, cleancache_slot_holds(slot, owner->mapping,
						       owner->index));
}

static void slots_owner(struct kunit *test)
{
	struct race *race = begin(test, &one_slot, CACHED);
	struct owner *owner = &race->owners[CONTESTED];

	refuse(test, race, owner->slot, &race->owners[STRANGER]);
	refuse(test, race, owner->slot, &race->owners[FIRST_OWN]);
	refuse(test, race, FIRST_SLOT + 1, owner);
	refuse(test, race, FIRST_SLOT - 1, owner);
	refuse(test, race, NO_SLOT, owner);
	KUNIT_EXPECT_FALSE(test, cleancache_slot_evict(FIRST_SLOT + 1));
	KUNIT_EXPECT_FALSE(test, cleancache_slot_evict(NO_SLOT));
	KUNIT_EXPECT_TRUE(test, cleancache_slot_holds(owner->slot,
						      owner->mapping,
						      owner->index));
	KUNIT_EXPECT_PTR_EQ(test, cleancache_slot_shadow(owner->slot,
							 owner->mapping,
							 owner->index),
			    shadow_of(owner));
	KUNIT_EXPECT_TRUE(test, restore_as(race, &race->actors[0], owner));
	KUNIT_EXPECT_NULL(test, race->failure);
}

/* Publish a page in one state of its slot; whether the shadow is kept. */
static bool shadow_kept(struct kunit *test, enum state state)
{
	struct race *race = begin(test, &one_slot, state);
	struct owner *owner = &race->owners[CONTESTED];

	publish(owner, FIRST_SLOT);
	return cleancache_slot_shadow(FIRST_SLOT, owner->mapping,
				      owner->index) == shadow_of(owner);
}

/* Only who owns the slot can leave something there. */
static void slots_publish(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, shadow_kept(test, CACHED));
	KUNIT_EXPECT_TRUE(test, shadow_kept(test, EVICTED));
	KUNIT_EXPECT_TRUE(test, shadow_kept(test, TAKEN));
	KUNIT_EXPECT_FALSE(test, shadow_kept(test, REUSED));
}

/* Runs begin at multiples of their length, and none is where a part is. */
static void slots_run(struct kunit *test)
{
	struct race *race = begin(test, &free_slots, EMPTY);
	struct owner *own = race->actors[0].own;

	store_nth(race, 0);
	op_store_run(race, &race->actors[0]);
	KUNIT_EXPECT_EQ(test, own[0].slot, FIRST_SLOT + RUN_PAGES);
	KUNIT_EXPECT_EQ(test, own[1].slot, FIRST_SLOT + RUN_PAGES + 1);
	KUNIT_EXPECT_EQ(test, cleancache_slot_run(own[1].slot, RUN_ORDER),
			own[0].slot);
	KUNIT_EXPECT_TRUE(test, restore_as(race, &race->actors[0], &own[1]));
	KUNIT_EXPECT_TRUE(test, restore_as(race, &race->actors[0], &own[0]));
	KUNIT_EXPECT_NULL(test, race->failure);

	op_take(race, &race->actors[0]);
	KUNIT_EXPECT_EQ(test, cleancache_slot_run(FIRST_SLOT, RUN_ORDER),
			NO_SLOT);
	op_store_run(race, &race->actors[1]);
	KUNIT_EXPECT_EQ(test, race->actors[1].own->slot, NO_SLOT);
}

/**
 * struct transition - what an operation does to a slot that nobody else uses
 * @from: the state before
 * @op: the operation
 * @entered: pages that enter
 * @left: pages that leave
 * @after: the state afterwards: f(ree), c(ached) or t(aken)
 */
struct transition {
	enum state from;
	void (*op)(struct race *race, struct actor *actor);
	unsigned int entered;
	unsigned int left;
	char after;
};

static const struct transition transitions[] = {
	{ EMPTY, op_store, 1, 0, 'c' },
	{ EMPTY, op_evict, 0, 0, 'f' },
	{ EMPTY, op_take, 0, 0, 't' },
	{ CACHED, op_store, 0, 0, 'c' },
	{ CACHED, op_restore, 0, 1, 'f' },
	{ CACHED, op_forget, 0, 1, 'f' },
	{ CACHED, op_shadow, 0, 0, 'c' },
	{ CACHED, op_evict, 0, 1, 'f' },
	{ CACHED, op_take, 0, 1, 't' },
	{ FULL, op_restore, 0, 1, 'f' },
	{ FULL, op_forget, 0, 1, 'f' },
	{ FULL, op_evict, 0, 1, 'f' },
	{ FULL, op_take, 0, 1, 't' },
	{ REUSED, op_restore, 0, 0, 'c' },
	{ REUSED, op_forget, 0, 0, 'c' },
	{ REUSED, op_shadow, 0, 0, 'c' },
	{ REUSED, op_evict, 0, 1, 'f' },
	{ REUSED, op_take, 0, 1, 't' },
	{ EVICTED, op_store, 1, 0, 'c' },
	{ EVICTED, op_restore, 0, 0, 'f' },
	{ EVICTED, op_forget, 0, 0, 'f' },
	{ EVICTED, op_shadow, 0, 0, 'f' },
	{ EVICTED, op_evict, 0, 0, 'f' },
	{ EVICTED, op_take, 0, 0, 't' },
	{ TAKEN, op_store, 0, 0, 't' },
	{ TAKEN, op_restore, 0, 0, 't' },
	{ TAKEN, op_forget, 0, 0, 't' },
	{ TAKEN, op_shadow, 0, 0, 't' },
	{ TAKEN, op_evict, 0, 0, 't' },
	{ TAKEN, op_give, 0, 0, 'f' },
};

static char state_after(const struct cleancache_region *region)
{
	if (test_bit(0, region->taken))
		return 't';
	return test_bit(0, region->cached) ? 'c' : 'f';
}

static void slots_transitions(struct kunit *test)
{
	const struct transition *transition;
	unsigned long entered, left;
	struct race *race;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(transitions); i++) {
		transition = &transitions[i];
		race = begin(test, &one_slot, transition->from);
		entered = race->entered;
		left = race->left;
		transition->op(race, &race->actors[0]);
		settle(race);
		KUNIT_EXPECT_EQ_MSG(test, race->entered - entered,
				    transition->entered, "transition %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, race->left - left, transition->left,
				    "transition %zu", i);
		KUNIT_EXPECT_EQ_MSG(test, state_after(race->region),
				    transition->after, "transition %zu", i);
		KUNIT_EXPECT_NULL_MSG(test, race->failure, "transition %zu: %s",
				      i, race->failure);
	}
}

/* Ranges that begin and end at, before and behind the edges of words. */
static const u32 edges[] = { 0, 1, 63, 64, 65, 127, 128, 130 };

#define NR_EDGE_SLOTS	130

/* Every third slot is cached, one of the others is free. */
static void scatter(struct cleancache_region *region)
{
	u32 i;

	bitmap_zero(region->free, NR_EDGE_SLOTS);
	bitmap_zero(region->free_words, BITS_TO_LONGS(NR_EDGE_SLOTS));
	bitmap_zero(region->cached, NR_EDGE_SLOTS);
	for (i = 0; i < NR_EDGE_SLOTS; i++) {
		if (i % 3 == 0)
			__set_bit(i, region->cached);
		else if (i % 3 == 1)
			slot_set_free(region, i);
	}
}

static void expect_slot(struct kunit *test, struct cleancache_region *region,
			u32 i, bool inside, bool given)
{
	bool cached = i % 3 == 0 && !inside;
	bool free = inside ? given : i % 3 == 1;

	KUNIT_EXPECT_EQ_MSG(test, test_bit(i, region->cached), cached,
			    "slot %u cached", i);
	KUNIT_EXPECT_EQ_MSG(test, test_bit(i, region->free), free,
			    "slot %u free", i);
	KUNIT_EXPECT_EQ_MSG(test, test_bit(i, region->taken), inside && !given,
			    "slot %u taken", i);
	if (free)
		KUNIT_EXPECT_TRUE_MSG(test, test_bit(BIT_WORD(i),
						     region->free_words),
				      "slot %u announced", i);
}

static void take_and_give(struct kunit *test, struct cleancache_region *region,
			  u32 start, u32 end)
{
	unsigned long dropped, waited = 0;
	u32 i;

	scatter(region);
	dropped = cleancache_take(region, region->first_pfn + start,
				  end - start, &waited);
	count_vm_events(CLEANCACHE_ALLOCATED, -dropped);
	KUNIT_EXPECT_EQ(test, dropped, (end + 2) / 3 - (start + 2) / 3);
	KUNIT_EXPECT_EQ(test, waited, 0);
	for (i = 0; i < NR_EDGE_SLOTS; i++)
		expect_slot(test, region, i, i >= start && i < end, false);

	cleancache_give(region, region->first_pfn + start, end - start);
	for (i = 0; i < NR_EDGE_SLOTS; i++)
		expect_slot(test, region, i, i >= start && i < end, true);
}

static void slots_ranges(struct kunit *test)
{
	struct cleancache_region *region;
	size_t from, to;

	region = open_region(test, NR_EDGE_SLOTS, false);
	for (from = 0; from < ARRAY_SIZE(edges); from++)
		for (to = from + 1; to < ARRAY_SIZE(edges); to++)
			take_and_give(test, region, edges[from], edges[to]);
}

#define NR_PLACES	(RUN_PLACES + RUN_PLACES / 2)

/*
 * Where no two slots side by side are free, a search for a run looks at so many
 * places; the next one goes on there, and begins anew behind the last.
 */
static void slots_search(struct kunit *test)
{
	u32 nr = NR_PLACES * RUN_PAGES, offset = 0, i;
	struct cleancache_region *region = open_region(test, nr, false);

	for (i = 0; i < nr; i += RUN_PAGES)
		slot_set_free(region, i);
	KUNIT_EXPECT_FALSE(test, find_free_run(region, &offset, RUN_PAGES));
	KUNIT_EXPECT_EQ(test, offset, RUN_PLACES * RUN_PAGES);

	bitmap_set(region->free, nr - RUN_PAGES, RUN_PAGES);
	KUNIT_EXPECT_TRUE(test, find_free_run(region, &offset, RUN_PAGES));
	KUNIT_EXPECT_EQ(test, offset, nr - RUN_PAGES);

	bitmap_set(region->free, RUN_PAGES, RUN_PAGES);
	offset = nr;
	KUNIT_EXPECT_TRUE(test, find_free_run(region, &offset, RUN_PAGES));
	KUNIT_EXPECT_EQ(test, offset, RUN_PAGES);
}

static struct kunit_case slots_cases[] = {
	KUNIT_CASE(slots_fill),
	KUNIT_CASE(slots_owner),
	KUNIT_CASE(slots_publish),
	KUNIT_CASE(slots_run),
	KUNIT_CASE(slots_transitions),
	KUNIT_CASE(slots_ranges),
	KUNIT_CASE(slots_search),
	KUNIT_CASE_PARAM(slots_race, settings_gen_params),
	{}
};

static int slots_suite_init(struct kunit_suite *suite)
{
	static_branch_enable(&slots_tested);
	return 0;
}

static void slots_suite_exit(struct kunit_suite *suite)
{
	static_branch_disable(&slots_tested);
}

static struct kunit_suite slots_suite = {
	.name = "cleancache_slots",
	.suite_init = slots_suite_init,
	.suite_exit = slots_suite_exit,
	.init = slots_init,
	.exit = slots_exit,
	.test_cases = slots_cases,
};

kunit_test_suite(slots_suite);
