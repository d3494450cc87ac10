// SPDX-License-Identifier: GPL-2.0
/*
 * The first level: memory with Linux's active and inactive list, as far as
 * file pages that one CPU reads with read(), in a cgroup with a limit, go.
 *
 * A page comes to the head of the inactive list, and to that of the active one
 * when it is read again there; it waits for both until there are some more to
 * be moved. Reclaim takes from the tail of the inactive list. It also moves
 * pages from the tail of the active list back to the inactive one, if that is
 * short or pages were evicted that should not have been. What was evicted is
 * recognised when it comes back: if no more pages were evicted or activated
 * since than the active list holds, it would have stayed in memory had it been
 * active, and becomes so at once.
 */
#include <stdlib.h>

#include <gcma/native.h>

#include "memory.h"

#define BATCH		32	/* SWAP_CLUSTER_MAX */
#define FIRST_PRIORITY	12	/* DEF_PRIORITY */
#define MAX_WAITING	31	/* PAGEVEC_SIZE */
#define GIB_PAGES_SHIFT	18

enum page_state {
	PAGE_RESIDENT	= 1 << 0,
	PAGE_ACTIVE	= 1 << 1,
	PAGE_REFERENCED	= 1 << 2,
	PAGE_WORKINGSET	= 1 << 3,	/* has been on the active list */
	PAGE_EVICTED	= 1 << 4,	/* left a shadow behind */
	PAGE_LISTED	= 1 << 5,	/* is on one of the lists */
};

/* A page, or the head of a list. */
struct page {
	uint32_t next;
	uint32_t prev;
	uint32_t evicted_at;	/* when, in the time of "age" */
	uint16_t group;
	uint8_t state;
};

/* Pages that a CPU is going to move, all at once. */
struct waiting {
	uint32_t pages[MAX_WAITING];
	uint32_t nr;
};

struct memory {
	struct page *pages;
	struct waiting to_add;
	struct waiting to_activate;
	uint32_t inactive;	/* the lists' heads, behind all pages */
	uint32_t active;
	uint32_t nr_inactive;
	uint32_t nr_active;
	uint32_t nr_resident;	/* on the lists, or about to be */
	uint32_t size;
	uint32_t age;		/* goes on with each eviction and activation */
	uint32_t refaults;	/* pages activated as they came back */
	uint32_t refaults_seen;	/* of these, by the last reclaim */
	uint32_t *file_of;	/* by page */
	uint32_t *last_read;	/* by file: one more than its page */
	uint64_t now;
	struct stream *below;
};

static void list_add(struct memory *mem, uint32_t head, uint32_t at)
{
	struct page *page = &mem->pages[at];

	page->prev = head;
	page->next = mem->pages[head].next;
	mem->pages[page->next].prev = at;
	mem->pages[head].next = at;
}

static void list_del(struct memory *mem, uint32_t at)
{
	struct page *page = &mem->pages[at];

	mem->pages[page->prev].next = page->next;
	mem->pages[page->next].prev = page->prev;
	page->state &= ~PAGE_LISTED;
	if (page->state & PAGE_ACTIVE)
		mem->nr_active--;
	else
		mem->nr_inactive--;
}

static void add_inactive(struct memory *mem, uint32_t at)
{
	mem->pages[at].state &= ~PAGE_ACTIVE;
	mem->pages[at].state |= PAGE_LISTED;
	list_add(mem, mem->inactive, at);
	mem->nr_inactive++;
}

static void add_active(struct memory *mem, uint32_t at)
{
	mem->pages[at].state |= PAGE_ACTIVE | PAGE_LISTED;
	list_add(mem, mem->active, at);
	mem->nr_active++;
}

static void add_waiting(struct memory *mem)
{
	struct waiting *waiting = &mem->to_add;
	uint32_t i;

	for (i = 0; i < waiting->nr; i++)
		if (mem->pages[waiting->pages[i]].state & PAGE_ACTIVE)
			add_active(mem, waiting->pages[i]);
		else
			add_inactive(mem, waiting->pages[i]);
	waiting->nr = 0;
}

/* A page that was read often meanwhile is there several times. */
static void activate_waiting(struct memory *mem)
{
	struct waiting *waiting = &mem->to_activate;
	uint32_t i;

	for (i = 0; i < waiting->nr; i++) {
		if (mem->pages[waiting->pages[i]].state & PAGE_ACTIVE)
			continue;
		list_del(mem, waiting->pages[i]);
		add_active(mem, waiting->pages[i]);
	}
	waiting->nr = 0;
}

static void move_waiting(struct memory *mem)
{
	add_waiting(mem);
	activate_waiting(mem);
}

static void add(struct memory *mem, uint32_t at)
{
	struct waiting *waiting = &mem->to_add;

	mem->nr_resident++;
	waiting->pages[waiting->nr++] = at;
	if (waiting->nr == MAX_WAITING)
		add_waiting(mem);
}

static void activate(struct memory *mem, uint32_t at)
{
	struct waiting *waiting = &mem->to_activate;

	mem->age++;
	if (!(mem->pages[at].state & PAGE_LISTED)) {
		mem->pages[at].state |= PAGE_ACTIVE;
		return;
	}
	waiting->pages[waiting->nr++] = at;
	if (waiting->nr == MAX_WAITING)
		activate_waiting(mem);
}

static void emit(struct memory *mem, uint32_t at, enum step_type type,
		 uint8_t flags)
{
	struct step step = {
		.time = mem->now,
		.page = at,
		.group = mem->pages[at].group,
		.type = type,
		.flags = flags,
	};

	stream_add(mem->below, &step);
}

/* Reclaim has seen whether the page was referenced, and cleared that. */
static void evict(struct memory *mem, uint32_t at)
{
	struct page *page = &mem->pages[at];
	bool workingset = page->state & PAGE_WORKINGSET;

	list_del(mem, at);
	mem->nr_resident--;
	page->evicted_at = mem->age++;
	page->state = PAGE_EVICTED | (page->state & PAGE_WORKINGSET);
	emit(mem, at, STEP_OFFER, workingset ? CLEANCACHE_PAGE_WORKINGSET : 0);
}

static void deactivate(struct memory *mem, uint32_t batch)
{
	uint32_t at;

	while (batch-- && mem->nr_active) {
		at = mem->pages[mem->active].prev;
		list_del(mem, at);
		mem->pages[at].state |= PAGE_WORKINGSET;
		add_inactive(mem, at);
	}
}

static uint32_t square_root(uint32_t x)
{
	uint32_t root = 0;

	while ((root + 1) * (root + 1) <= x)
		root++;
	return root;
}

/* How many times as long as the inactive list the active one may be. */
static uint32_t inactive_ratio(const struct memory *mem)
{
	uint32_t gib = (mem->nr_inactive + mem->nr_active) >> GIB_PAGES_SHIFT;

	return gib ? square_root(10 * gib) : 1;
}

static bool may_deactivate(const struct memory *mem)
{
	return mem->refaults != mem->refaults_seen ||
	       (uint64_t)mem->nr_inactive * inactive_ratio(mem) <
		       mem->nr_active;
}

/* Move up to so many from the tail of the active list. */
static void shrink_active(struct memory *mem, uint32_t *left)
{
	uint32_t nr = *left < BATCH ? *left : BATCH;

	*left -= nr;
	if (!nr)
		return;
	move_waiting(mem);
	deactivate(mem, nr);
}

static uint32_t shrink_inactive(struct memory *mem, uint32_t *left)
{
	uint32_t nr = *left < BATCH ? *left : BATCH, evicted = 0;

	*left -= nr;
	if (nr)
		move_waiting(mem);
	for (; evicted < nr && mem->nr_inactive; evicted++)
		evict(mem, mem->pages[mem->inactive].prev);
	return evicted;
}

/*
 * Go through a part of both lists, by turns, until enough is evicted. The
 * smaller the priority is as a number, the larger is the part.
 */
static uint32_t shrink(struct memory *mem, unsigned int priority,
		       bool deactivate)
{
	uint32_t inactive = mem->nr_inactive >> priority;
	uint32_t active = mem->nr_active >> priority;
	uint32_t evicted = 0;

	while ((inactive || active) && evicted < BATCH) {
		evicted += shrink_inactive(mem, &inactive);
		if (deactivate)
			shrink_active(mem, &active);
		else
			active = 0;
	}
	return evicted;
}

/* Begin with a small part of the lists, and take larger ones until it does. */
static uint32_t shrink_more(struct memory *mem, bool deactivate)
{
	unsigned int priority = FIRST_PRIORITY + 1;
	uint32_t evicted = 0;

	while (priority-- && evicted < BATCH)
		evicted += shrink(mem, priority, deactivate);
	return evicted;
}

static void reclaim(struct memory *mem)
{
	bool deactivate = may_deactivate(mem);

	while (!shrink_more(mem, deactivate)) {
		move_waiting(mem);
		deactivate = true;
	}
	mem->refaults_seen = mem->refaults;
}

static bool evicted_lately(const struct memory *mem, const struct page *page)
{
	return page->state & PAGE_EVICTED &&
	       mem->age - page->evicted_at <= mem->nr_active;
}

static void bring_in(struct memory *mem, uint32_t at)
{
	struct page *page = &mem->pages[at];

	if (mem->nr_resident >= mem->size)
		reclaim(mem);
	emit(mem, at, STEP_LOOKUP, 0);
	if (!evicted_lately(mem, page)) {
		page->state = PAGE_RESIDENT;
	} else {
		page->state &= PAGE_WORKINGSET;
		page->state |= PAGE_RESIDENT | PAGE_ACTIVE;
		mem->age++;
		mem->refaults++;
	}
	add(mem, at);
}

static void mark_accessed(struct memory *mem, uint32_t at)
{
	struct page *page = &mem->pages[at];

	if (!(page->state & PAGE_REFERENCED)) {
		page->state |= PAGE_REFERENCED;
	} else if (!(page->state & PAGE_ACTIVE)) {
		page->state &= ~PAGE_REFERENCED;
		activate(mem, at);
	}
}

/* Who reads a page piece by piece has read it once. */
static bool is_read_on(struct memory *mem, uint32_t at)
{
	uint32_t *last = &mem->last_read[mem->file_of[at]];
	bool same = *last == at + 1;

	*last = at + 1;
	return same;
}

static bool access_page(struct memory *mem, const struct step *step)
{
	struct page *page = &mem->pages[step->page];
	bool resident = page->state & PAGE_RESIDENT;

	page->group = step->group;
	if (!resident)
		bring_in(mem, step->page);
	if (!is_read_on(mem, step->page))
		mark_accessed(mem, step->page);
	return resident;
}

static void invalidate(struct memory *mem, uint32_t at)
{
	if (mem->pages[at].state & PAGE_RESIDENT) {
		move_waiting(mem);
		list_del(mem, at);
		mem->nr_resident--;
	} else {
		emit(mem, at, STEP_INVALIDATE, 0);
	}
	mem->pages[at].state = 0;
}

static void init_memory(struct memory *mem, const struct pages *pages)
{
	uint32_t nr_pages = pages->nr, nr_files;

	mem->file_of = pages_files(pages, &nr_files);
	mem->last_read = need_zeroed(nr_files, sizeof(*mem->last_read));
	mem->pages = need_zeroed((size_t)nr_pages + 2, sizeof(*mem->pages));
	mem->inactive = nr_pages;
	mem->active = nr_pages + 1;
	mem->pages[mem->inactive].next = mem->inactive;
	mem->pages[mem->inactive].prev = mem->inactive;
	mem->pages[mem->active].next = mem->active;
	mem->pages[mem->active].prev = mem->active;
}

/* Ranges are few; each stream has its own. */
static void copy_frame(struct stream *below, const struct stream *above)
{
	uint32_t i;

	*below = (struct stream) {
		.pages = above->pages,
		.nr_ranges = above->nr_ranges,
		.slots = above->slots,
		.page_size = above->page_size,
		.lost = above->lost,
		.below = true,
	};
	below->ranges = need_zeroed(above->nr_ranges, sizeof(*below->ranges));
	for (i = 0; i < above->nr_ranges; i++)
		below->ranges[i] = above->ranges[i];
}

uint64_t memory_filter(const struct stream *above, uint32_t size,
		       struct stream *below)
{
	struct memory mem = { .size = size, .below = below };
	const struct step *step;
	uint64_t hits = 0;

	copy_frame(below, above);
	init_memory(&mem, above->pages);
	for (step = above->steps; step < above->steps + above->nr; step++) {
		mem.now = step->time;
		if (step->type == STEP_ACCESS)
			hits += access_page(&mem, step);
		else if (step->type == STEP_INVALIDATE)
			invalidate(&mem, step->page);
		else
			stream_add(below, step);
	}
	free(mem.pages);
	free(mem.file_of);
	free(mem.last_read);
	return hits;
}
