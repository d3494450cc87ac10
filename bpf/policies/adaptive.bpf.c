// SPDX-License-Identifier: GPL-2.0
/*
 * adaptive - for those who do not want to choose.
 *
 * A page is let in only if it is worth more than the least of a few that are
 * next to go, as in tinylfu (which says where that is from). What a page is
 * worth is how often it was offered lately, but visits differ: one in the wake
 * of the page before it in its file, as in a scan, counts less, and one of a
 * page that memory took for part of the workingset counts for three. On equal
 * terms what is there stays, as is right for a loop. Since most pages that come
 * back do so after ten or twenty turns of the whole cache, there are counts for
 * far more pages than it has slots. All are halved at the same moment, or some
 * pages would seem to be worth more than others: each block of counts catches
 * up when it is next looked at.
 *
 * Where the past says nothing, first in, first out does better. So a small part
 * of all pages is always treated that way, another is always filtered, and the
 * rest like the one that gets more hits (set dueling, see duel.h): filtered,
 * unless the other leads by more than chance. At first these parts are larger,
 * so that it is known soon.
 *
 * State: 40 bytes a slot, 32 of them for counts, and 32 KiB in all to tell who
 * reads on. The queues are the kernel's.
 * Limit: it takes some turns of the cache to find out that first in, first out
 * does better; until then what was popular stands in the way of what is, and
 * some 5 to 10 hits in a hundred may be lost to it if the whole takes no longer
 * than 20 or 30 turns. In caches of some hundred slots chance may have it wrong
 * for long. All pages of a loop look alike, so one that is many times larger
 * than the cache gets fewer hits than it could.
 */
#include <gcma/policy.h>
#include <gcma/duel.h>
#include <gcma/room.h>

char LICENSE[] SEC("license") = "GPL";

/* The counts of a block, and how many of them stand for a page. */
#define NR_WORDS	4
#define NR_COUNTS	(NR_WORDS * 8 - 1)
#define NR_ROWS		3
#define COUNT_MAX	255

/* What a visit counts. */
#define VISIT		8
#define WORKINGSET	16

#define NR_FILES	4096

/* Each leading part is one page in so many, at first and later. */
#define PART_AT_FIRST	8
#define PART		16

/* How many are evicted at once where they are not compared. */
#define AT_ONCE		8

/* The queues of the parts, behind that of what was cached before. */
#define NR_QUEUES	4

/* Counts are halved after so many turns of the whole cache, default 40. */
const volatile __u32 memory = 40;

/* What a visit in the wake of the page before counts: eighths, default 5. */
const volatile __u32 reading_on = 5;

/* How much more a page has to be worth, in eighths of a visit; default 2. */
const volatile __u32 margin = 2;

/* How many pages are looked at to find the one worth least, default 4. */
const volatile __u32 look_at = 4;

/*
 * One in how many pages is let in whatever it is worth, so that free slots are
 * found; default 256.
 */
const volatile __u32 let_in_one_in = 256;

/* For how many turns the leading parts are larger, default 6. */
const volatile __u32 first_turns = 6;

/* Up to where a lead is taken for chance: its square, by hits; default 1. */
const volatile __u32 chance = 1;

enum { FIFO = GCMA_DUEL_ONE, FILTER = GCMA_DUEL_OTHER, REST = GCMA_DUEL_REST };

/* A page has its counts in one block; the first is the block's age. */
union block {
	__u64 words[NR_WORDS];
	__u8 counts[1 + NR_COUNTS];
};

/* Not for each slot, but as many. */
GCMA_SLOT_STATE(blocks, union block)

/* The page in a slot, and the queue of its part; 0 if there is no page. */
struct stay {
	__u32 name;
	__u32 queue;
};

GCMA_SLOT_STATE(stays, struct stay)

/* Where what was last offered of a file ends, plus the file's hash. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NR_FILES);
	__type(key, __u32);
	__type(value, __u64);
} ends SEC(".maps");

static struct gcma_duel duel;

/* Volatile, else clang makes a bool of what has two values. */
static volatile __u32 way = FIFO;
static volatile __u32 part_size = PART_AT_FIRST;

/* How many slots are on each queue. */
static __s32 held[NR_QUEUES];

/* The time in pages offered, and by how often counts were halved. */
static __u32 clock;
static __u32 age;
static __u32 aged;

static __u32 name_of(const struct cleancache_page *page)
{
	return gcma_page_hash(page);
}

static __u64 turns(__u32 nr)
{
	return (__u64)nr * cleancache_slots();
}

static __u32 part_of(__u32 name)
{
	return gcma_duel_part_in(name, part_size);
}

static __u32 queue_of_part(__u32 part)
{
	return 1 + part;
}

static __u32 way_of(__u32 part)
{
	return part < REST ? part : way;
}

/* Halve all counts as often as that was missed. */
static void catch_up(union block *block)
{
	__u8 missed = age - block->counts[0];
	__u32 i, shift = missed < 8 ? missed : 8;
	__u64 mask = (0xff >> shift) * 0x0101010101010101ull;

	if (!missed)
		return;
	for (i = 0; i < NR_WORDS; i++)
		block->words[i] = block->words[i] >> shift & mask;
	block->counts[0] = age;
}

static union block *block_of(__u64 hash)
{
	union block *block = blocks_of(gcma_pick(hash, cleancache_slots()));

	if (block)
		catch_up(block);
	return block;
}

static __u32 place_of(__u64 hash, __u32 row)
{
	return 1 + ((hash >> 10 * row & 0x3ff) * NR_COUNTS >> 10);
}

static __u32 least_count(const union block *block, __u64 hash)
{
	__u32 row, count, least = COUNT_MAX;

	for (row = 0; row < NR_ROWS; row++) {
		count = block->counts[place_of(hash, row)];
		if (count < least)
			least = count;
	}
	return least;
}

static __u32 worth_of(__u32 name)
{
	__u64 hash = gcma_mix(name);
	union block *block = block_of(hash);

	return block ? least_count(block, hash) : 0;
}

/* Counts that are higher already are those of other pages as well. */
static __u32 add_worth(__u32 name, __u32 more)
{
	__u64 hash = gcma_mix(name);
	union block *block = block_of(hash);
	__u32 row, place, count;

	if (!block)
		return 0;
	count = least_count(block, hash) + more;
	if (count > COUNT_MAX)
		count = COUNT_MAX;
	for (row = 0; row < NR_ROWS; row++) {
		place = place_of(hash, row);
		if (block->counts[place] < count)
			block->counts[place] = count;
	}
	return count;
}

/* Whether what was last offered of its file is just before this. */
static bool reads_on(const struct cleancache_page *page)
{
	__u64 hash = gcma_file_hash(page);
	__u32 key = gcma_pick(hash, NR_FILES);
	__u64 *end = bpf_map_lookup_elem(&ends, &key);
	__u64 gap;

	if (!end)
		return false;
	gap = hash + page->index - *end;
	*end = hash + page->index + (1 << (page->order & 15));
	return gap < 2;
}

/* Return what the page is worth then. */
static __u32 count_visit(__u32 name, const struct cleancache_page *page)
{
	__u32 more = reads_on(page) ? reading_on : VISIT;

	if (page->flags & CLEANCACHE_PAGE_WORKINGSET)
		more += WORKINGSET;
	return add_worth(name, more);
}

static bool beats_chance(__u64 lead)
{
	__u64 hits = (__u64)duel.hits[FIFO] + duel.hits[FILTER];

	return lead * lead > chance * hits;
}

static void decide(void)
{
	__s64 lead = gcma_duel_lead(&duel);

	if (lead < 0)
		way = FILTER;
	else if (beats_chance(lead))
		way = FIFO;
}

/* What was seen so far was seen of more pages; from now on it counts less. */
static void end_first_turns(void)
{
	part_size = PART;
	way = FILTER;
	decide();
	gcma_duel_halve(&duel);
	gcma_duel_halve(&duel);
}

static void go_on(void)
{
	clock++;
	if (part_size == PART_AT_FIRST && clock >= turns(first_turns))
		end_first_turns();
	if (clock - aged < turns(memory))
		return;
	aged = clock;
	age++;
}

static void put(struct stay *stay, __u32 queue)
{
	__u32 old = __sync_lock_test_and_set(&stay->queue, queue);

	__sync_fetch_and_add(&held[old % NR_QUEUES], -1);
	__sync_fetch_and_add(&held[queue % NR_QUEUES], 1);
}

static __s32 held_by(__u32 part)
{
	return held[queue_of_part(part) % NR_QUEUES];
}

/* How much more than its share of the slots a part has. */
static __s32 excess_of(__u32 part)
{
	__u32 all = held_by(FIFO) + held_by(FILTER) + held_by(REST);

	return held_by(part) - gcma_duel_share_in(part, all, part_size);
}

static __u32 largest_part(void)
{
	__u32 part, largest = FIFO;

	for (part = FILTER; part <= REST; part++)
		if (excess_of(part) > excess_of(largest))
			largest = part;
	return largest;
}

/* A part that rejects nearly all has to keep its size nevertheless. */
static bool is_small(__u32 part)
{
	return 8 * excess_of(part) + held_by(part) + 8 < 0;
}

static __u32 worth_in(__u32 slot)
{
	struct stay *stay = stays_of(slot);

	return stay ? worth_of(stay->name) : 0;
}

/*
 * Of those at the head of a queue, the one worth least, or a negative number.
 * The first goes to the tail, so that each is up in turn.
 */
static int find_least(__u32 queue, __u32 *least)
{
	int *slot, found = -1, first = -1;
	__u32 looked = 0, worth;

	bpf_for_each(cleancache_queue, slot, queue) {
		if (looked++ == look_at)
			break;
		if (!cleancache_slot_has_page(*slot)) {
			cleancache_queue_del(*slot);
			continue;
		}
		if (first < 0)
			first = *slot;
		worth = worth_in(*slot);
		if (found >= 0 && worth >= *least)
			continue;
		found = *slot;
		*least = worth;
	}
	if (first >= 0)
		cleancache_queue_add_tail(queue, first);
	return found;
}

/* Whether a page is to be let in. What it beats is evicted next. */
static bool wins(__u32 worth, __u32 part)
{
	__u32 queue = queue_of_part(part), least = 0;
	int other;

	if (way_of(part) == FIFO || is_small(part))
		return true;
	other = find_least(queue, &least);
	if (other < 0)
		return true;
	if (worth > least + margin) {
		cleancache_queue_add_head(queue, other);
		return true;
	}
	cleancache_queue_add_tail(queue, other);
	return false;
}

static void store(const struct cleancache_event *event)
{
	__u32 name = name_of(&event->page);
	__u32 queue = queue_of_part(part_of(name));
	struct stay *stay;
	__u32 i;

	bpf_for(i, 0, event->nr) {
		stay = stays_of(event->slot + i);
		if (!stay)
			continue;
		stay->name = name;
		put(stay, queue);
		cleancache_queue_add_tail(queue, event->slot + i);
	}
}

static void empty(const struct cleancache_event *event)
{
	struct stay *stay;
	__u32 i;

	bpf_for(i, 0, event->nr) {
		stay = stays_of(event->slot + i);
		if (stay)
			put(stay, 0);
	}
}

GCMA_CALLBACK(admit)
bool BPF_PROG(adaptive_admit, const struct cleancache_page *page)
{
	__u32 name = name_of(page);
	__u32 part = part_of(name);
	__u32 worth;

	go_on();
	gcma_duel_trial(&duel, part);
	decide();
	worth = count_visit(name, page);
	return gcma_room_for(page, wins(worth, part), let_in_one_in);
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
			gcma_duel_hit(&duel, part_of(name_of(&event->page)));
	}
}

GCMA_CALLBACK(select_victims)
void BPF_PROG(adaptive_select_victims, struct cleancache_victims *victims)
{
	__u32 part = largest_part();
	__u32 wanted = part == REST && way == FIFO ? AT_ONCE : 1;

	if (!gcma_propose(victims, GCMA_ADOPTED, victims->nr_wanted) &&
	    !gcma_propose(victims, queue_of_part(part), wanted))
		gcma_propose_any(victims, queue_of_part(FIFO), GCMA_DUEL_PARTS,
				 AT_ONCE);
	gcma_room_none(victims->nr);
}

GCMA_POLICY
struct cleancache_policy_ops adaptive = {
	.admit		= (void *)adaptive_admit,
	.events		= (void *)adaptive_events,
	.select_victims	= (void *)adaptive_select_victims,
	.name		= "adaptive",
};
