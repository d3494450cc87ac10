// SPDX-License-Identifier: GPL-2.0
/*
 * For the tests of slots.c: two CPUs at work on the same slots.
 *
 * Races are played through, not waited for. Two threads do what two CPUs would,
 * but only one of them runs at a time, and it hands over to the other only at
 * one of the steps marked in slots.c. Where each side is interrupted is chosen
 * beforehand, and every choice with a given number of interruptions has its
 * turn. A side that has to wait hands over by itself. After each such schedule
 * no slot may be lost, no page may be in the wrong hands, and what was
 * allocated must have been left alone.
 *
 * The steps are taken in program order, so a barrier that is missing does not
 * show here; two things done in the wrong order do.
 *
 * The operations keep interrupts off at most steps, but hold no lock that a
 * scheduler knows of: the thread that hands over turns them on meanwhile.
 */

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/page-flags.h>

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "cleancache_slots_test."

/* How often the two sides of a race are interrupted: 0, 1 or 2 times. */
static unsigned int preemptions = 1;
module_param(preemptions, uint, 0644);

/* So that a slot and its offset are not the same. */
#define FIRST_SLOT	1000
#define NO_SLOT		CLEANCACHE_NO_SLOT
#define PAGE_WORDS	(PAGE_SIZE / sizeof(u64))
#define MAX_PREEMPTIONS	2
#define RUN_ORDER	1
#define RUN_PAGES	BIT(RUN_ORDER)
/* More than a word of a bitmap has. */
#define NR_MANY_SLOTS	(BITS_PER_LONG + 2)

/* Who owns pages: the one fought over, another, two for each side. */
enum {
	CONTESTED,
	STRANGER,
	FIRST_OWN,
	SECOND_OWN = FIRST_OWN + RUN_PAGES,
	NR_OWNERS = SECOND_OWN + RUN_PAGES,
};

/* The content of pages that were allocated, and of those in no one's way. */
#define TOKEN_ALLOCATED	0xa110c8edULL
#define FILLER_INDEX	0x10000

/**
 * struct owner - somebody with a place in an index
 * @mapping: its mapping
 * @index: its index
 * @id: tells its pages from those of others
 * @generation: tells its pages from its former ones
 * @slot: what the entry in the index names, or %NO_SLOT
 */
struct owner {
	struct address_space *mapping;
	pgoff_t index;
	u32 id;
	u32 generation;
	u32 slot;
};

/* What an allocator knows of a range. */
enum lease_state { LEASE_FREE, LEASE_CHANGING, LEASE_HELD };

/**
 * struct lease - a range that is allocated now and then
 * @start: the first slot, from the region's
 * @nr: how many
 * @state: whether it is allocated
 */
struct lease {
	u32 start;
	u32 nr;
	enum lease_state state;
};

struct race;
struct actor;

/**
 * struct program - what one side of a race does
 * @ops: the operations, in order
 * @name: what it is called in messages
 */
struct program {
	void (*ops[4])(struct race *race, struct actor *actor);
	const char *name;
};

/**
 * struct actor - one side of a race
 * @task: its thread
 * @turn: completed when it is its turn
 * @program: what it does
 * @own: owners that only this side stores for
 * @lease: the range it allocates
 * @pages: room for the pages it stores and restores
 * @resident: whether it has brought the contested page back
 * @done: whether its program has ended
 */
struct actor {
	struct task_struct *task;
	struct completion turn;
	const struct program *program;
	struct owner *own;
	struct lease *lease;
	u64 *pages;
	bool resident;
	bool done;
};

/**
 * struct shape - the region of a race
 * @name: what it is called in messages
 * @nr_slots: how many slots it has
 * @fillers: how many of them, from the second on, hold pages of no concern
 * @leases: what is allocated; the second range is for a second allocation, and
 *	    where there is none, the first is fought over
 */
struct shape {
	const char *name;
	u32 nr_slots;
	u32 fillers;
	struct lease leases[2];
};

/**
 * struct race - a region and the two who share it
 * @region: the slots
 * @shape: how they are laid out
 * @actors: the two sides; the first is the test itself
 * @owners: everybody who may own a page
 * @leases: the ranges that are allocated now and then
 * @filler: the mapping of the pages of no concern
 * @running: whose turn it is
 * @stop: tells the second side's thread to end
 * @preempt_at: the steps at which the schedule hands over; 0 for none
 * @preempted: how often it did
 * @steps: steps taken while both sides were under way
 * @idle: how often the sides have waited with no step between
 * @entered: pages that got into slots
 * @left: pages that somebody took or dropped
 * @unsure: pages of failed runs, which may have got in before others left
 * @first_bad: whether it is known that the first slot's memory has failed
 * @failure: what went wrong first, or NULL
 * @schedules: how many were played
 * @waits: how often a side had to wait
 * @hits: how many restores were hits
 * @misses: how many were not
 */
struct race {
	struct cleancache_region *region;
	const struct shape *shape;
	struct actor actors[2];
	struct owner owners[NR_OWNERS];
	struct lease leases[2];
	struct address_space *filler;
	struct actor *running;
	bool stop;
	unsigned int preempt_at[MAX_PREEMPTIONS];
	unsigned int preempted;
	unsigned int steps;
	unsigned int idle;
	unsigned long entered;
	unsigned long left;
	unsigned long unsure;
	bool first_bad;
	const char *failure;
	unsigned long schedules;
	unsigned long waits;
	unsigned long hits;
	unsigned long misses;
};

/* The race that is on, and its threads: nobody else is in it. */
static struct race *live_race;
static struct task_struct *live_tasks[2];

static struct race *race_of_current(void)
{
	if (current == READ_ONCE(live_tasks[0]) ||
	    current == READ_ONCE(live_tasks[1]))
		return live_race;
	return NULL;
}

static struct cleancache_region *test_region(void)
{
	struct race *race = race_of_current();

	return race ? race->region : NULL;
}

static void fail(struct race *race, const char *failure)
{
	if (!race->failure)
		race->failure = failure;
}

static struct actor *other_side(struct race *race)
{
	return &race->actors[race->running == &race->actors[0]];
}

static void pass_turn(struct race *race)
{
	race->running = other_side(race);
	complete(&race->running->turn);
}

static void hand_over(struct race *race)
{
	struct actor *self = race->running;
	bool off = irqs_disabled();

	if (off)
		local_irq_enable();
	pass_turn(race);
	wait_for_completion(&self->turn);
	if (off)
		local_irq_disable();
}

static void test_step(void)
{
	struct race *race = race_of_current();

	if (!race || other_side(race)->done)
		return;
	race->idle = 0;
	race->steps++;
	if (race->preempted < MAX_PREEMPTIONS &&
	    race->steps == race->preempt_at[race->preempted]) {
		race->preempted++;
		hand_over(race);
	}
}

/* Two who wait for each other would do so for ever: that is broken up. */
static void test_wait(void)
{
	struct race *race = race_of_current();

	if (!race)
		return;
	race->waits++;
	if (other_side(race)->done || race->idle++ > 2) {
		fail(race, "waits for a slot that nobody will unlock");
		bitmap_zero(race->region->busy, race->region->nr_slots);
		return;
	}
	hand_over(race);
}

static u64 token_of(const struct owner *owner)
{
	return (u64)owner->id << 32 | owner->generation;
}

static void *shadow_of(const struct owner *owner)
{
	return xa_mk_value(owner->id << 16 | owner->generation);
}

static bool shadow_belongs(const struct owner *owner, void *shadow)
{
	return !shadow || xa_to_value(shadow) >> 16 == owner->id;
}

static void write_page(u64 *page, u64 token)
{
	memset64(page, token, PAGE_WORDS);
}

static bool page_is(const u64 *page, u64 token)
{
	size_t i;

	for (i = 0; i < PAGE_WORDS; i++)
		if (page[i] != token)
			return false;
	return true;
}

static u64 *slot_page(struct race *race, u32 offset)
{
	return slot_address(race->region, offset);
}

/* Memory that fails is that of the first slot. */
static struct page *first_page(struct race *race)
{
	return virt_to_page(slot_page(race, 0));
}

/* A page was lost with its memory. */
static bool test_lost(void)
{
	struct race *race = race_of_current();

	if (!race)
		return false;
	if (!PageHWPoison(first_page(race)))
		fail(race, "a page is lost though its memory is good");
	race->left++;
	return true;
}

/* Who begins when memory has failed, as @bad says, must not use it. */
static void check_memory(struct race *race, bool bad, u32 slot)
{
	if (bad && slot == FIRST_SLOT)
		fail(race, "memory that has failed is used");
}

/* The operations */

/* What eviction does once it has a slot, lost again or not. */
static void publish(struct owner *owner, u32 slot)
{
	test_step();
	local_irq_disable();
	cleancache_slot_publish(slot, owner->mapping, owner->index,
				shadow_of(owner));
	owner->slot = slot;
	local_irq_enable();
}

static bool store_as(struct race *race, struct actor *actor,
		     struct owner *owner)
{
	bool bad = race->first_bad;
	u32 slot;

	owner->generation++;
	write_page(actor->pages, token_of(owner));
	slot = cleancache_slot_fill(owner->mapping, owner->index, actor->pages);
	if (slot == NO_SLOT)
		return false;
	check_memory(race, bad, slot);
	race->entered++;
	publish(owner, slot);
	return true;
}

static bool restore_as(struct race *race, struct actor *actor,
		       struct owner *owner)
{
	bool bad = race->first_bad, hit;
	u32 slot = owner->slot;
	void *shadow;

	/* The page that is added takes the place of the entry. */
	owner->slot = NO_SLOT;
	hit = cleancache_slot_restore(slot, owner->mapping, owner->index,
				      actor->pages, &shadow);
	if (!shadow_belongs(owner, shadow))
		fail(race, "restore returns the shadow of another");
	if (!hit) {
		race->misses++;
		return false;
	}
	check_memory(race, bad, slot);
	race->hits++;
	race->left++;
	if (!page_is(actor->pages, token_of(owner)))
		fail(race, "restore returns what was not stored");
	if (shadow != shadow_of(owner))
		fail(race, "restore loses the shadow");
	return true;
}

static void op_store(struct race *race, struct actor *actor)
{
	store_as(race, actor, actor->own);
}

static void op_store_run(struct race *race, struct actor *actor)
{
	struct owner *own = actor->own;
	bool bad = race->first_bad;
	u32 slot;
	int i;

	for (i = 0; i < RUN_PAGES; i++) {
		own[i].generation++;
		write_page(actor->pages + i * PAGE_WORDS, token_of(&own[i]));
	}
	slot = cleancache_slot_fill_run(own->mapping, own->index, actor->pages,
					RUN_ORDER);
	if (slot == NO_SLOT) {
		race->unsure += RUN_PAGES;
		return;
	}
	check_memory(race, bad, slot);
	race->entered += RUN_PAGES;
	for (i = 0; i < RUN_PAGES; i++)
		publish(&own[i], slot + i);
}

static void op_restore(struct race *race, struct actor *actor)
{
	struct owner *owner = &race->owners[CONTESTED];

	if (owner->slot == NO_SLOT)
		return;
	actor->resident = true;
	restore_as(race, actor, owner);
}

/* The contested page is evicted again, by the side that brought it back. */
static void op_store_again(struct race *race, struct actor *actor)
{
	if (!actor->resident)
		return;
	actor->resident = false;
	store_as(race, actor, &race->owners[CONTESTED]);
}

/* As cleancache_lock_folio() does, which leaves the entry. */
static void op_forget(struct race *race, struct actor *actor)
{
	struct owner *owner = &race->owners[CONTESTED];

	if (owner->slot == NO_SLOT)
		return;
	if (cleancache_slot_forget(owner->slot, owner->mapping, owner->index))
		race->left++;
}

static void op_shadow(struct race *race, struct actor *actor)
{
	struct owner *owner = &race->owners[CONTESTED];
	void *shadow;

	if (owner->slot == NO_SLOT)
		return;
	shadow = cleancache_slot_shadow(owner->slot, owner->mapping,
					owner->index);
	if (!shadow_belongs(owner, shadow))
		fail(race, "the shadow is that of another");
}

static void op_evict(struct race *race, struct actor *actor)
{
	if (cleancache_slot_evict(FIRST_SLOT))
		race->left++;
}

/* As before hibernation. */
static void op_clear(struct race *race, struct actor *actor)
{
	clear_if_unused(race->region, 0);
}

/*
 * As memory_failure() does. The content stays, so that all else can be checked
 * as before.
 */
static void op_break(struct race *race, struct actor *actor)
{
	if (!IS_ENABLED(CONFIG_MEMORY_FAILURE) || race->first_bad)
		return;
	SetPageHWPoison(first_page(race));
	test_step();
	if (race->first_bad)
		return;
	atomic_long_inc(&num_poisoned_pages);
	race->first_bad = true;
}

static void mend_memory(struct race *race)
{
	if (!race->first_bad)
		return;
	ClearPageHWPoison(first_page(race));
	atomic_long_dec(&num_poisoned_pages);
	race->first_bad = false;
}

/*
 * An allocation's first and last pages tell whether it was left alone; between
 * them there are pages of no concern at most.
 */
static void write_lease(struct race *race, struct lease *lease)
{
	write_page(slot_page(race, lease->start), TOKEN_ALLOCATED);
	write_page(slot_page(race, lease->start + lease->nr - 1),
		   TOKEN_ALLOCATED);
}

static void check_lease(struct race *race, struct lease *lease)
{
	u32 end = lease->start + lease->nr;

	if (find_next_bit(race->region->cached, end, lease->start) < end)
		fail(race, "a slot is cached and allocated");
	if (find_next_zero_bit(race->region->taken, end, lease->start) < end)
		fail(race, "an allocated slot is not taken");
	if (!page_is(slot_page(race, lease->start), TOKEN_ALLOCATED) ||
	    !page_is(slot_page(race, end - 1), TOKEN_ALLOCATED))
		fail(race, "allocated memory was written to");
}

/* Whoever only looks, and may do so over and over, must not be waited for. */
static bool other_looks(struct race *race)
{
	return other_side(race)->program->ops[0] == op_shadow;
}

static void op_take(struct race *race, struct actor *actor)
{
	struct lease *lease = actor->lease;
	unsigned long dropped, waited = 0;

	if (lease->state != LEASE_FREE)
		return;
	lease->state = LEASE_CHANGING;
	dropped = cleancache_take(race->region,
				  race->region->first_pfn + lease->start,
				  lease->nr, &waited);
	/* The machine's counters are not about this region. */
	count_vm_events(CLEANCACHE_ALLOCATED, -dropped);
	race->left += dropped;
	if (waited > lease->nr)
		fail(race, "an allocation waited for more slots than it has");
	if (waited && other_looks(race))
		fail(race, "an allocation waited for a look at a shadow");
	write_lease(race, lease);
	check_lease(race, lease);
	lease->state = LEASE_HELD;
}

static void op_give(struct race *race, struct actor *actor)
{
	struct lease *lease = actor->lease;

	if (lease->state != LEASE_HELD)
		return;
	lease->state = LEASE_CHANGING;
	check_lease(race, lease);
	cleancache_give(race->region, race->region->first_pfn + lease->start,
			lease->nr);
	lease->state = LEASE_FREE;
}

static const struct program programs[] = {
	{ { op_store }, "store" },
	{ { op_store_run }, "store run" },
	{ { op_restore }, "restore" },
	{ { op_restore, op_store_again }, "restore, store" },
	{ { op_forget }, "forget" },
	{ { op_shadow }, "shadow" },
	{ { op_evict, op_store }, "evict, store" },
	{ { op_clear }, "clear" },
	{ { op_break }, "break" },
	{ { op_take, op_give, op_store }, "take, give, store" },
};

static bool allocates(const struct program *program)
{
	return program->ops[0] == op_take;
}

/* What is left behind */

static void settle_filler(struct race *race, u32 offset)
{
	if (race->region->slots[offset].index != FILLER_INDEX + offset)
		fail(race, "an owner record is damaged");
}

/* A page in a slot is the one to which its owner's entry leads. */
static void settle_cached(struct race *race, u32 offset)
{
	const struct cleancache_slot *slot = &race->region->slots[offset];
	const struct owner *owner;

	if (slot->mapping == race->filler) {
		settle_filler(race, offset);
		return;
	}
	for (owner = race->owners; owner < &race->owners[NR_OWNERS]; owner++)
		if (owner->mapping == slot->mapping &&
		    owner->index == slot->index &&
		    owner->slot == FIRST_SLOT + offset)
			break;
	if (owner == &race->owners[NR_OWNERS])
		fail(race, "a slot is cached for nobody");
	else if (!page_is(slot_page(race, offset), token_of(owner)))
		fail(race, "a cached page is not what was stored");
}

static void settle_slot(struct race *race, u32 offset)
{
	struct cleancache_region *region = race->region;

	if (test_bit(offset, region->cached))
		settle_cached(race, offset);
	else if (test_bit(offset, region->taken) ||
		 (race->first_bad && !offset))
		return;
	else if (!test_bit(offset, region->free))
		fail(race, "a slot is lost: not free, cached or allocated");
	else if (!test_bit(BIT_WORD(offset), region->free_words))
		fail(race, "a slot is lost: free, but not announced");
}

static void settle(struct race *race)
{
	struct cleancache_region *region = race->region;
	unsigned long held = 0, nr = region->nr_slots, cached;
	struct lease *lease;
	u32 offset;

	for (offset = 0; offset < nr; offset++)
		settle_slot(race, offset);
	for (lease = race->leases; lease < &race->leases[2]; lease++) {
		if (lease->state != LEASE_HELD)
			continue;
		check_lease(race, lease);
		held += lease->nr;
	}
	if (bitmap_weight(region->taken, nr) != held)
		fail(race, "a slot is taken for nobody");
	if (!bitmap_empty(region->busy, nr))
		fail(race, "a slot is locked for ever");

	cached = bitmap_weight(region->cached, nr) + race->left;
	if (cached < race->entered || cached > race->entered + race->unsure)
		fail(race, "pages that entered and left do not add up");
}

/* What they begin with */

enum state { EMPTY, CACHED, FULL, REUSED, EVICTED, TAKEN, NR_STATES };

static const char *const state_names[NR_STATES] = {
	[EMPTY] = "empty",
	[CACHED] = "cached",
	[FULL] = "cached, none free",
	[REUSED] = "cached for another",
	[EVICTED] = "evicted",
	[TAKEN] = "allocated",
};

/* Fill a slot by hand: its page is looked at by nobody. */
static void put_filler(struct race *race, u32 offset)
{
	struct cleancache_region *region = race->region;

	region->slots[offset].mapping = race->filler;
	region->slots[offset].index = FILLER_INDEX + offset;
	__clear_bit(offset, region->free);
	__set_bit(offset, region->cached);
	race->entered++;
}

static void reset_region(struct race *race)
{
	struct cleancache_region *region = race->region;
	u32 nr = region->nr_slots, i;

	memset(region->slots, 0, nr * sizeof(*region->slots));
	bitmap_zero(region->free, nr);
	bitmap_zero(region->free_words, BITS_TO_LONGS(nr));
	bitmap_zero(region->cached, nr);
	bitmap_zero(region->busy, nr);
	bitmap_zero(region->taken, nr);
	region->free_hint = 0;
	region->run_hint = 0;
	cleancache_give(region, region->first_pfn, nr);
	for (i = 1; i <= race->shape->fillers; i++)
		put_filler(race, i);
}

static void reset_owners(struct race *race)
{
	struct owner *owner;

	for (owner = race->owners; owner < &race->owners[NR_OWNERS]; owner++) {
		owner->generation = 0;
		owner->slot = NO_SLOT;
	}
}

static void reset(struct race *race)
{
	int i;

	race->preempted = 0;
	race->steps = 0;
	race->idle = 0;
	race->entered = 0;
	race->left = 0;
	race->unsure = 0;
	race->failure = NULL;
	race->leases[0] = race->shape->leases[0];
	race->leases[1] = race->shape->leases[1];
	for (i = 0; i < 2; i++)
		race->actors[i].resident = false;
	reset_owners(race);
	reset_region(race);
}

/* The contested page is stored first, so it is in the first slot. */
static void enter_state(struct race *race, enum state state)
{
	struct actor *actor = &race->actors[0];

	if (state != EMPTY)
		store_as(race, actor, &race->owners[CONTESTED]);
	if (state == REUSED || state == EVICTED)
		op_evict(race, actor);
	if (state == REUSED || state == FULL)
		store_as(race, actor, &race->owners[STRANGER]);
	if (state == FULL)
		store_as(race, actor, actor->own);
	if (state == TAKEN)
		op_take(race, actor);
}

/* Who runs when */

static void run_program(struct race *race, struct actor *actor)
{
	const struct program *program = actor->program;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(program->ops) && program->ops[i]; i++) {
		test_step();
		program->ops[i](race, actor);
	}
	actor->done = true;
}

/* Until both have ended; the first side is the thread that calls. */
static void play(struct race *race, unsigned int first)
{
	struct actor *self = &race->actors[0], *other = &race->actors[1];

	race->running = self;
	self->done = false;
	other->done = false;
	if (first)
		hand_over(race);
	run_program(race, self);
	while (!other->done)
		hand_over(race);
}

static int second_side(void *data)
{
	struct race *race = data;
	struct actor *self = &race->actors[1];

	for (;;) {
		wait_for_completion(&self->turn);
		if (race->stop)
			return 0;
		run_program(race, self);
		pass_turn(race);
	}
}

/**
 * struct contest - two programs, and the state they begin with
 * @state: the state
 * @programs: the programs
 * @first: who begins
 */
struct contest {
	enum state state;
	const struct program *programs[2];
	unsigned int first;
};

static void report(struct kunit *test, const struct race *race,
		   const struct contest *contest)
{
	KUNIT_FAIL(test, "(%s) and (%s), %s first, preempted at %u, %u: %s",
		   contest->programs[0]->name, contest->programs[1]->name,
		   contest->first ? "second" : "first", race->preempt_at[0],
		   race->preempt_at[1], race->failure);
}

/* Play one schedule. Return how many of its preemptions took place. */
static unsigned int play_schedule(struct race *race,
				  const struct contest *contest,
				  unsigned int step, unsigned int next_step)
{
	reset(race);
	race->preempt_at[0] = 0;
	enter_state(race, contest->state);
	race->preempt_at[0] = step;
	race->preempt_at[1] = next_step;
	race->actors[0].program = contest->programs[0];
	race->actors[1].program = contest->programs[1];
	play(race, contest->first);
	settle(race);
	mend_memory(race);
	race->schedules++;
	return race->preempted;
}

/* A preemption at a step that is not reached means that all had their turn. */
static void play_from(struct race *race, const struct contest *contest,
		      unsigned int step)
{
	unsigned int next = step;

	if (preemptions < 2) {
		play_schedule(race, contest, step, 0);
		return;
	}
	do {
		next++;
	} while (play_schedule(race, contest, step, next) == 2 &&
		 !race->failure);
}

static void play_all(struct kunit *test, struct race *race,
		     const struct contest *contest)
{
	unsigned int step = 0;

	do {
		play_from(race, contest, preemptions ? ++step : 0);
	} while (race->preempted && !race->failure);
	if (race->failure)
		report(test, race, contest);
}
