// SPDX-License-Identifier: GPL-2.0
/*
 * adaptive - for those who do not want to choose.
 *
 * Keeps the pages whose slots are going to yield most hits in the time that
 * they are kept for them, as learnt from what became of pages like them (see
 * density.h). Pages are alike if they were offered about as often lately, with
 * a visit fading as in lfu, and came back after about as long a time. A page
 * that was never seen is judged by its file: how many new pages of that came
 * back? Working sets, large or small, loops larger than the cache, scans and
 * what is merely recent all have their own density, side by side, so nothing
 * has to be set and no part of the cache is set aside to find out.
 *
 * A hand goes over the slots and proposes those whose density is below a
 * threshold, which follows from how many it meets. What is offered below the
 * threshold is turned away while there is no room. If for long nothing was ever
 * offered twice, what is there stays: it may be part of a very large loop.
 *
 * State: 8 bytes a slot for a page's kind and age, the ghosts, 32 bytes a slot,
 * and 76 KiB in all for the densities and for files.
 * Limit: what it learnt holds until it has seen otherwise for some turns of the
 * whole cache, so a first pass over something new may be turned away in vain;
 * where first in, first out is the best there is, it loses up to some 7 hits in
 * a hundred to it, and more in caches of a few hundred slots, which see too
 * little to learn from: most hits of what is read to and fro. The ghosts last
 * for some four turns; what takes longer to come back counts as new. It takes
 * more time for a page than the others do, over twice that of lfu.
 */
#include <gcma/policy.h>
#include <gcma/density.h>
#include <gcma/ghost.h>
#include <gcma/room.h>

char LICENSE[] SEC("license") = "GPL";

/* Kinds of pages: new ones, and those seen before, by visits and interval. */
#define NR_NEW		10
#define NR_VISITS	6
#define NR_INTERVALS	9
#define NR_KINDS	(NR_NEW + NR_VISITS * NR_INTERVALS)

#define NR_FILES	4096

/* New pages of files are judged from that many on. */
#define FILE_KNOWN	16

/* What was learnt fades by one part in so many with each turn, default 32. */
const volatile __u32 memory = 32;

/* How long it takes half a visit to fade: turns, default 4. */
const volatile __u32 half_life = 4;

/* How much of a turn weighs as much as what was thought before; default 32. */
const volatile __u32 prior_part = 32;

/* How many slots the hand may pass for one request, default 192. */
const volatile __u32 reach = 192;

/*
 * One in how many pages is let in whatever its density, so that free slots are
 * found; default 128.
 */
const volatile __u32 let_in_one_in = 128;

/*
 * What was seen less than once in this many offers for a turn was a barren
 * turn; default 64.
 */
const volatile __u32 barren_below = 64;

/* After how many barren turns in a row what is there stays, default 8. */
const volatile __u32 barren_turns = 8;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NR_KINDS);
	__type(key, __u32);
	__type(value, struct gcma_density);
} densities SEC(".maps");

/* How many pages of a file were new, and how many of these came back. */
struct record {
	__u16 file;	/* part of its hash */
	__u8 new;
	__u8 back;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NR_FILES);
	__type(key, __u32);
	__type(value, struct record);
} records SEC(".maps");

/* The kind is one more than that, so that 0 is a slot that holds nothing. */
struct stay {
	__u32 since;	/* by gcma_ghost_clock */
	__u32 kind;
};

GCMA_SLOT_STATE(stays, struct stay)

/* Below it, slots are not worth keeping. */
static __u32 threshold;

#define NONE	0xffffffff

/* The slot the hand is at, and the least density it met lately. */
static __u32 hand;
static __u32 least;

/* How long pages stay in memory, the median, in offers. */
static __u32 absence;

/* The kind whose density is next to be updated, and when one last was. */
static __u32 next_kind;
static __u32 updated;

/* The turn: when it began, what was seen again in it, how barren it was. */
static __u32 turn_began;
static __u32 turn_seen_again;
static __u32 barren;

/*
 * The value of a ghost: READ if its page was read and is in memory; NEW if it
 * was offered once, then with its kind; else with visits, in eighths, and the
 * logarithm of the interval, in quarters.
 */
#define READ		1
#define NEW		2
#define COUNT_SHIFT	2
#define COUNT_MAX	255
#define INTERVAL_SHIFT	10
#define INTERVAL_MAX	63
#define VISIT		8

static __u32 count_of(__u16 value)
{
	return value >> COUNT_SHIFT & COUNT_MAX;
}

static __u32 interval_of(__u16 value)
{
	return value >> INTERVAL_SHIFT;
}

static __u16 make_value(__u32 count, __u32 interval, __u32 flags)
{
	if (count > COUNT_MAX)
		count = COUNT_MAX;
	if (interval > INTERVAL_MAX)
		interval = INTERVAL_MAX;
	return interval << INTERVAL_SHIFT | count << COUNT_SHIFT | flags;
}

/* What is left of visits; rounded up and down by turns, not to get stuck. */
static __u32 fade(__u32 count, __u32 units)
{
	__u32 life = (half_life ?: 1) * GCMA_UNITS_PER_TURN;
	__u32 halvings = units / life;

	if (halvings > 7)
		return 0;
	count >>= halvings;
	return count - (count * (units % life) / 2 + gcma_ghost_clock % life) /
		       life;
}

static struct gcma_density *density_of(__u32 kind)
{
	return bpf_map_lookup_elem(&densities, &kind);
}

static struct record *record_of(const struct cleancache_page *page)
{
	__u64 hash = gcma_file_hash(page);
	__u32 key = gcma_pick(hash, NR_FILES);
	struct record *record = bpf_map_lookup_elem(&records, &key);

	if (record && record->file != (__u16)hash) {
		record->file = hash;
		record->new = 0;
		record->back = 0;
	}
	return record;
}

static void count_new(struct record *record)
{
	if (++record->new < 255)
		return;
	record->new /= 2;
	record->back /= 2;
}

/* Among new pages, those that were in the workingset are of other kinds. */
static __u32 new_kind(const struct cleancache_page *page,
		      const struct record *record)
{
	__u32 kind = page->flags & CLEANCACHE_PAGE_WORKINGSET ? NR_NEW / 2 : 0;

	if (!record || record->new < FILE_KNOWN)
		return kind;
	return kind + 1 + (record->back * 16 >= record->new) +
	       (record->back * 4 >= record->new) +
	       (record->back * 2 >= record->new);
}

/* From 1.5, 2.25, 3.25, 5 and 10 visits on. */
static __u32 visits_level(__u32 count)
{
	return (count >= 12) + (count >= 18) + (count >= 26) + (count >= 40) +
	       (count >= 80);
}

/* One for each doubling, from an eighth of a turn to 32 turns. */
static __u32 interval_level(__u32 interval)
{
	__u32 log = interval / 4;

	if (log < 2)
		return 0;
	return log - 2 < NR_INTERVALS ? log - 2 : NR_INTERVALS - 1;
}

static __u32 kind_of(__u16 value)
{
	if (value & NEW)
		return count_of(value);
	return NR_NEW + visits_level(count_of(value)) * NR_INTERVALS +
	       interval_level(interval_of(value));
}

/*
 * Before anything is known: a new page comes back every other turn, another one
 * as it used to, and the longer the fewer visits there were to learn it from.
 */
static void think(__u32 kind, struct gcma_prior *prior)
{
	const __u8 visits[NR_VISITS + 2] = { 4, 8, 12, 16, 32, 64, 64, 64 };
	__u32 level = (kind - NR_NEW) / NR_INTERVALS & 7;
	__u32 interval = 6 << (kind - NR_NEW) % NR_INTERVALS;

	prior->weight = VISIT + cleancache_slots() / (prior_part ?: 1);
	prior->rate = GCMA_ONE / 2;
	prior->window = GCMA_UNITS_PER_TURN / 2;
	if (kind < NR_NEW)
		return;
	prior->rate = GCMA_ONE * GCMA_UNITS_PER_TURN / interval;
	prior->window = interval * visits[level] / 4;
}

/* Not static for the verifier's sake, as gcma_age(). */
__noinline int update(__u32 kind)
{
	struct gcma_density *density = density_of(kind);
	struct gcma_prior prior;

	if (!density)
		return 0;
	think(kind, &prior);
	gcma_density_update(density, &prior, memory);
	return 1;
}

/* All kinds get their turn within one of the slots, if these are not few. */
static void learn(void)
{
	__u32 every = cleancache_slots() / NR_KINDS;

	if (gcma_ghost_clock - updated < (every > 32 ? every : 32))
		return;
	updated = gcma_ghost_clock;
	update(next_kind++ % NR_KINDS);
}

/* A page was read, and had been seen that many offers ago. */
static void seen_again(struct gcma_ghost *ghost,
		       const struct cleancache_page *page, __u32 offers)
{
	struct gcma_density *density = density_of(kind_of(ghost->value));
	__u32 count = VISIT, interval = 2 * gcma_age_of(offers);
	struct record *record;

	turn_seen_again++;
	if (density)
		gcma_density_read(density, offers);
	if (ghost->value & NEW) {
		record = record_of(page);
		if (record && record->back < record->new)
			record->back++;
	} else {
		count = fade(count_of(ghost->value), gcma_units(offers));
		interval = (interval + interval_of(ghost->value) +
			    gcma_ghost_clock % 2) / 2;
	}
	ghost->value = make_value(count + VISIT, interval, ghost->value & READ);
}

/* The median moves by a little towards each value. */
static void note_absence(__u32 offers)
{
	if (offers > absence)
		absence += absence / 64 + 1;
	else
		absence -= absence / 64;
}

/*
 * The page was not here when it was read, so that was not seen. It has been in
 * memory since, for as long as others are, and did not wait during that time.
 */
static void seen_late(struct gcma_ghost *ghost,
		      const struct cleancache_page *page)
{
	__u32 offers = gcma_ghost_age(ghost);
	__u32 away = offers > absence ? absence : offers;
	struct gcma_density *density = density_of(kind_of(ghost->value));
	__u32 turns = gcma_units(away) * GCMA_ONE / GCMA_UNITS_PER_TURN;

	if (density)
		gcma_density_wait(density, offers - away / 2, -turns);
	seen_again(ghost, page, offers - away);
}

static void take_up(struct gcma_ghost *ghost,
		    const struct cleancache_page *page)
{
	if (ghost->value & READ)
		note_absence(gcma_ghost_age(ghost));
	else if (ghost->value)
		seen_late(ghost, page);
}

/*
 * A sample of how long pages wait: each ring is met about once a turn, so each
 * ghost that is met has waited for a turn.
 */
static void sample(__u64 hash)
{
	struct gcma_ghost_ring *ring = gcma_ghost_ring(hash);
	struct gcma_density *density;
	struct gcma_ghost *ghost;
	__u32 i;

	if (!ring)
		return;
	for (i = 0; i < GCMA_GHOST_RING; i++) {
		ghost = &ring->ghosts[i];
		if (!ghost->tag || ghost->value & READ ||
		    ghost->tag == gcma_ghost_tag(hash))
			continue;
		density = density_of(kind_of(ghost->value));
		if (density)
			gcma_density_wait(density, gcma_ghost_age(ghost),
					  GCMA_ONE);
	}
}

/* Note that a page is offered. Return its kind. */
static __u32 note_offer(const struct cleancache_page *page)
{
	__u64 hash = gcma_page_hash(page);
	struct gcma_ghost *ghost = gcma_ghost_get(hash);
	struct record *record;

	if (!ghost)
		return 0;
	take_up(ghost, page);
	ghost->value &= ~READ;
	if (!ghost->value || ghost->value & NEW) {
		record = record_of(page);
		if (record)
			count_new(record);
		ghost->value = make_value(new_kind(page, record), 0, NEW);
	}
	gcma_ghost_note(ghost);
	sample(hash);
	return kind_of(ghost->value);
}

static __u32 density_at(__u32 kind, __u32 offers)
{
	struct gcma_density *density = density_of(kind);

	return density ? gcma_density_of(density, offers) : 0;
}

/* Whether what is there is to stay, since nothing else has proved of use. */
static bool is_barren(void)
{
	__u32 slots = cleancache_slots();

	if (turn_seen_again * barren_below >= slots)
		barren = 0;
	if (gcma_ghost_clock - turn_began >= slots) {
		barren += turn_seen_again * barren_below < slots;
		turn_began = gcma_ghost_clock;
		turn_seen_again = 0;
	}
	return barren >= barren_turns;
}

static void store(const struct cleancache_event *event)
{
	struct gcma_ghost *ghost =
		gcma_ghost_find(gcma_page_hash(&event->page));
	__u32 kind = ghost ? kind_of(ghost->value) : 0;
	struct stay *stay;
	__u32 i;

	bpf_for(i, 0, event->nr) {
		stay = stays_of(event->slot + i);
		if (!stay)
			continue;
		stay->since = gcma_ghost_clock;
		stay->kind = kind + 1;
	}
}

static void restore(const struct cleancache_event *event)
{
	struct gcma_ghost *ghost =
		gcma_ghost_find(gcma_page_hash(&event->page));

	if (!ghost || ghost->value & READ)
		return;
	seen_again(ghost, &event->page, gcma_ghost_age(ghost));
	ghost->value |= READ;
	ghost->seen = gcma_ghost_clock;
}

static void empty(const struct cleancache_event *event)
{
	struct stay *stay;
	__u32 i;

	bpf_for(i, 0, event->nr) {
		stay = stays_of(event->slot + i);
		if (stay)
			stay->kind = 0;
	}
}

static __u32 advance_hand(void)
{
	__u32 slot = hand;

	if (slot >= cleancache_slots())
		slot = 0;
	hand = slot + 1;
	return slot;
}

/* Whether a slot is to be proposed; it will not be again. */
static bool is_victim(__u32 slot)
{
	struct stay *stay = stays_of(slot);
	__u32 density;

	if (!stay || !stay->kind)
		return false;
	density = density_at(stay->kind - 1, gcma_ghost_clock - stay->since);
	if (density < least)
		least = density;
	if (density > threshold)
		return false;
	stay->kind = 0;
	return true;
}

/* Return how many slots the hand had to pass. */
static __u32 sweep(struct cleancache_victims *victims)
{
	__u32 i, slot, passed = 0;

	least = NONE;
	bpf_for(i, 0, reach) {
		passed = i;
		slot = advance_hand();
		if (!is_victim(slot))
			continue;
		if (cleancache_victim_add(victims, slot) ||
		    victims->nr == victims->nr_wanted)
			break;
	}
	return passed;
}

GCMA_CALLBACK_SLEEPABLE(init)
s32 BPF_PROG(adaptive_init)
{
	__u32 kind;

	gcma_density_init();
	absence = cleancache_slots() / 2;
	bpf_for(kind, 0, NR_KINDS)
		update(kind);
	return 0;
}

GCMA_CALLBACK(admit)
bool BPF_PROG(adaptive_admit, const struct cleancache_page *page)
{
	__u32 kind = note_offer(page);
	bool stays = is_barren();

	learn();
	return gcma_room_for(page, !stays && density_at(kind, 0) >= threshold,
			     let_in_one_in);
}

GCMA_CALLBACK(events)
void BPF_PROG(adaptive_events, struct cleancache_events *events)
{
	struct cleancache_event *event;
	__u32 i;

	gcma_for_each_event(event, i, events) {
		gcma_room_event(event);
		if (event->type == CLEANCACHE_EV_STORED)
			store(event);
		else
			empty(event);
		if (event->type == CLEANCACHE_EV_RESTORED)
			restore(event);
	}
}

/* The threshold is right if half the reach is enough for what is wanted. */
GCMA_CALLBACK(select_victims)
void BPF_PROG(adaptive_select_victims, struct cleancache_victims *victims)
{
	__u32 passed;

	gcma_room_none(victims->nr_wanted);
	if (gcma_propose(victims, GCMA_ADOPTED, victims->nr_wanted))
		return;
	passed = sweep(victims);
	if (passed < reach / 2)
		threshold -= threshold / 16;
	else if (victims->nr < victims->nr_wanted)
		threshold += threshold / 16 + 1;
	if (victims->nr || least == NONE)
		return;
	threshold = least;
	hand = hand > reach ? hand - reach : 0;
	sweep(victims);
}

GCMA_POLICY
struct cleancache_policy_ops adaptive = {
	.init		= (void *)adaptive_init,
	.admit		= (void *)adaptive_admit,
	.events		= (void *)adaptive_events,
	.select_victims	= (void *)adaptive_select_victims,
	.name		= "adaptive",
};
