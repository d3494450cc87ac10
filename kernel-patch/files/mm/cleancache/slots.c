// SPDX-License-Identifier: GPL-2.0
/*
 * Slots: the pages lent to the cleancache, and the state of each.
 *
 * A slot is one page of a region. Its state is kept in bitmaps, one bit a slot,
 * so that an allocation can change many slots with a few instructions:
 *
 *	free	may be filled, unless taken by now
 *	cached	holds the page its owner record names
 *	busy	its owner record or its content is being read or written
 *	taken	belongs to whoever allocated it, or still refers to it
 *
 * The busy bit is a spinlock, held with interrupts off and for one page copy at
 * most, by code that takes no other lock meanwhile. So anybody may wait for it,
 * under any lock.
 *
 * Taking back: an allocation sets the taken bits, then waits until it has seen
 * each busy bit clear, then clears the cached bits. Everyone else sets the busy
 * bit first and looks at the taken bit afterwards. Full barriers between the
 * two steps on both sides make sure that one of them sees the other.
 *
 * An owner record is only ever compared. The entry in the owner's index may
 * outlive what it points to: eviction and allocation leave it in place, and it
 * is found out when next looked up, because the slot is not cached or has
 * another owner. A slot gets the same owner again only after a page was at that
 * index, and that page replaced the old entry.
 *
 * The pages of a large folio go to a run of slots, so that one entry can name
 * them all. Beyond that they are pages like any other: each has its own owner
 * record, and each can be evicted, allocated or restored without the others.
 * Runs begin at multiples of their length within the region.
 *
 * What is inlined always is on the path of each store or hit, and so short that
 * a call would double its cost.
 */

#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>
#include <trace/events/cleancache.h>

#include "internal.h"
#include "steps.h"

/* Entries carry a slot in 32 bits; the last number means none. */
#define CLEANCACHE_MAX_SLOTS	((unsigned long)CLEANCACHE_NO_SLOT)

/* How many slots a store tries before it gives up to an allocation. */
#define FILL_ATTEMPTS		4

/* How many places a store looks at for a run of free slots. */
#define RUN_PLACES		64

/**
 * struct cleancache_slot - the owner record of a slot
 * @mapping: which mapping the page was in; compared, never followed
 * @index: its index there
 * @shadow: the workingset shadow it left behind, once its entry is in the index
 * @checksum: of the content, with CONFIG_CLEANCACHE_VERIFY
 */
struct cleancache_slot {
	struct address_space *mapping;
	pgoff_t index;
	void *shadow;
	struct cleancache_checksum checksum;
};

/**
 * struct cleancache_region - contiguous pages lent to the cleancache
 * @base: address of the first page
 * @first_pfn: its page frame number
 * @first_slot: number of the first slot
 * @nr_slots: how many there are
 * @nid: the node of the first page
 * @slots: owner records
 * @free: slots that may be filled
 * @free_words: words of @free that may have a bit set
 * @cached: slots that hold a page
 * @busy: slots being worked on
 * @taken: slots that are allocated
 * @free_hint: word of @free_words to search from
 * @run_hint: slot to search for a run from; 0 but where a search was not done
 * @next: the region with the slots behind these
 */
struct cleancache_region {
	void *base;
	unsigned long first_pfn;
	u32 first_slot;
	u32 nr_slots;
	int nid;
	struct cleancache_slot *slots;
	unsigned long *free;
	unsigned long *free_words;
	unsigned long *cached;
	unsigned long *busy;
	unsigned long *taken;
	unsigned long free_hint;
	u32 run_hint;
	struct cleancache_region *next;
};

/* In the order of their slots; regions come and never go. */
static struct cleancache_region *regions;
static u32 total_slots;

static struct cleancache_region *first_region(void)
{
	return slot_regions(READ_ONCE(regions));
}

static struct cleancache_region *next_region(struct cleancache_region *region)
{
	return READ_ONCE(region->next);
}

static struct cleancache_region *find_region(u32 slot, u32 *offset)
{
	struct cleancache_region *region = first_region();

	while (region) {
		*offset = slot - region->first_slot;
		if (*offset < region->nr_slots)
			break;
		region = next_region(region);
	}
	return region;
}

static void *slot_address(struct cleancache_region *region, u32 offset)
{
	return region->base + ((unsigned long)offset << PAGE_SHIFT);
}

/* The first region from @region on that is, or is not, on node @nid. */
static struct cleancache_region *
find_on_node(struct cleancache_region *region, int nid, bool near)
{
	while (region && (region->nid == nid) != near)
		region = next_region(region);
	return region;
}

/* Near memory first: a store is a copy, and the next hit is one more. */
static struct cleancache_region *nearest_region(int nid)
{
	return find_on_node(first_region(), nid, true) ?: first_region();
}

static struct cleancache_region *
next_nearest_region(struct cleancache_region *region, int nid)
{
	bool near = region->nid == nid;
	struct cleancache_region *next;

	next = find_on_node(next_region(region), nid, near);
	if (!next && near)
		next = find_on_node(first_region(), nid, false);
	return next;
}

/*
 * Whether the machine has had a memory error. It learns that a moment after the
 * page was marked; the error was there before either.
 */
static __always_inline bool memory_has_failed(void)
{
#ifdef CONFIG_MEMORY_FAILURE
	return unlikely(atomic_long_read(&num_poisoned_pages));
#else
	return false;
#endif
}

static noinline bool find_poison(struct cleancache_region *region,
				 unsigned long start, unsigned long end)
{
	for (; start < end; start++)
		if (PageHWPoison(pfn_to_page(region->first_pfn + start)))
			return true;
	return false;
}

static __always_inline bool range_poisoned(struct cleancache_region *region,
					   unsigned long start,
					   unsigned long end)
{
	return memory_has_failed() && find_poison(region, start, end);
}

/* The barrier in test_and_set_bit() pairs with the one in cleancache_take(). */
static void slot_lock(struct cleancache_region *region, u32 offset)
{
	lockdep_assert_irqs_disabled();
	slot_step();
	while (test_and_set_bit(offset, region->busy))
		slot_relax();
	slot_step();
}

static void slot_unlock(struct cleancache_region *region, u32 offset)
{
	slot_step();
	clear_bit_unlock(offset, region->busy);
}

/* Without the lock a hint, with it the truth. */
static bool slot_owned_by(struct cleancache_region *region, u32 offset,
			  struct address_space *mapping, pgoff_t index)
{
	struct cleancache_slot *slot = &region->slots[offset];

	return READ_ONCE(slot->mapping) == mapping &&
	       READ_ONCE(slot->index) == index;
}

/*
 * In this order: a slot that is not taken any more, after an allocation has
 * come and gone, must not look cached still.
 */
static __always_inline bool slot_usable(struct cleancache_region *region,
					u32 offset)
{
	if (test_bit_acquire(offset, region->taken))
		return false;
	slot_step();
	return test_bit(offset, region->cached);
}

/* Lock a slot and return its region if it belongs to @mapping and @index. */
static __always_inline struct cleancache_region *
lock_if_owned(struct cleancache_region *region, u32 offset,
	      struct address_space *mapping, pgoff_t index)
{
	slot_lock(region, offset);
	if (likely(slot_owned_by(region, offset, mapping, index)))
		return region;
	slot_unlock(region, offset);
	return NULL;
}

/* Find and lock the slot that an entry names, which is likely its own. */
static __always_inline struct cleancache_region *
lock_slot(u32 slot, u32 *offset, struct address_space *mapping, pgoff_t index)
{
	struct cleancache_region *region = find_region(slot, offset);

	if (unlikely(!region))
		return NULL;
	return lock_if_owned(region, *offset, mapping, index);
}

/*
 * The same for an entry that may well be stale. To look before locking keeps
 * the holders of stale entries out of each other's way.
 */
static struct cleancache_region *
lock_owned_slot(u32 slot, u32 *offset, struct address_space *mapping,
		pgoff_t index)
{
	struct cleancache_region *region = find_region(slot, offset);

	if (!region || !slot_owned_by(region, *offset, mapping, index))
		return NULL;
	return lock_if_owned(region, *offset, mapping, index);
}

/* The part of word @word that bits @start to @end - 1 cover. */
static unsigned long word_mask(unsigned long word, unsigned long start,
			       unsigned long end)
{
	unsigned long mask = ~0UL;

	if (word == BIT_WORD(start))
		mask &= BITMAP_FIRST_WORD_MASK(start);
	if (word == BIT_WORD(end - 1))
		mask &= BITMAP_LAST_WORD_MASK(end);
	return mask;
}

/*
 * A word of the free map is announced in free_words after its bit is set, and
 * withdrawn before it is looked at once more, with full barriers between; so a
 * free slot is never lost.
 */
static __always_inline void announce_free(struct cleancache_region *region,
					  unsigned long word)
{
	slot_step();
	if (!test_bit(word, region->free_words))
		set_bit(word, region->free_words);
}

static void withdraw_free(struct cleancache_region *region, unsigned long word)
{
	slot_step();
	clear_bit(word, region->free_words);
	smp_mb__after_atomic(); /* pairs with the one before announce_free() */
	slot_step();
	if (READ_ONCE(region->free[word]))
		set_bit(word, region->free_words);
}

static __always_inline void slot_set_free(struct cleancache_region *region,
					  u32 offset)
{
	slot_step();
	set_bit(offset, region->free);
	smp_mb__after_atomic(); /* for announce_free() */
	announce_free(region, BIT_WORD(offset));
}

static bool claim_free_in_word(struct cleancache_region *region,
			       unsigned long word, u32 *offset)
{
	unsigned long bits;

	while ((bits = READ_ONCE(region->free[word]))) {
		*offset = word * BITS_PER_LONG + __ffs(bits);
		slot_step();
		if (test_and_clear_bit(*offset, region->free))
			return true;
	}
	withdraw_free(region, word);
	return false;
}

static bool claim_free(struct cleancache_region *region, u32 *offset)
{
	unsigned long words = BITS_TO_LONGS(region->nr_slots);
	unsigned long start = READ_ONCE(region->free_hint);
	unsigned long word;

	for_each_set_bit_wrap(word, region->free_words, words, start) {
		if (claim_free_in_word(region, word, offset)) {
			if (word != start)
				WRITE_ONCE(region->free_hint, word);
			return true;
		}
	}
	return false;
}

static struct cleancache_region *claim_any_free(u32 *offset)
{
	struct cleancache_region *region;
	int nid = numa_mem_id();

	for (region = nearest_region(nid); region;
	     region = next_nearest_region(region, nid))
		if (claim_free(region, offset))
			return region;
	return NULL;
}

/*
 * A slot may have been allocated since it was claimed, and even been released
 * and claimed by somebody else; then it is not ours.
 */
static __always_inline bool slot_ours(struct cleancache_region *region,
				      unsigned long offset)
{
	return likely(!test_bit_acquire(offset, region->taken) &&
		      !test_bit(offset, region->cached));
}

/* Fill a claimed slot, if it still is ours. */
static __always_inline bool
fill_claimed(struct cleancache_region *region, unsigned long offset,
	     struct address_space *mapping, pgoff_t index, const void *page)
{
	struct cleancache_slot *slot = &region->slots[offset];
	unsigned long flags;

	local_irq_save(flags);
	slot_lock(region, offset);
	if (!slot_ours(region, offset)) {
		slot_unlock(region, offset);
		local_irq_restore(flags);
		return false;
	}
	WRITE_ONCE(slot->mapping, mapping);
	WRITE_ONCE(slot->index, index);
	slot_step();
	copy_page(slot_address(region, offset), (void *)page);
	cleancache_checksum_set(&slot->checksum, page);
	set_bit(offset, region->cached);
	slot_unlock(region, offset);
	local_irq_restore(flags);
	return true;
}

static noinline u32 fill_any(struct address_space *mapping, pgoff_t index,
			     const void *page)
{
	struct cleancache_region *region;
	int attempts = FILL_ATTEMPTS;
	u32 offset;

	while (attempts--) {
		region = claim_any_free(&offset);
		if (!region)
			break;
		/* Bad memory stays claimed for good. */
		if (!range_poisoned(region, offset, offset + 1) &&
		    fill_claimed(region, offset, mapping, index, page))
			return region->first_slot + offset;
	}
	return CLEANCACHE_NO_SLOT;
}

/* Mostly there is a free slot near, in the word where the last one was. */
static __always_inline bool fill_hinted(struct cleancache_region *region,
					struct address_space *mapping,
					pgoff_t index, const void *page,
					unsigned long *offset)
{
	unsigned long word = READ_ONCE(region->free_hint);
	unsigned long bits = READ_ONCE(region->free[word]);
	unsigned long bit;

	if (!bits)
		return false;
	bit = word * BITS_PER_LONG + __ffs(bits);
	slot_step();
	if (!test_and_clear_bit(bit, region->free) ||
	    !fill_claimed(region, bit, mapping, index, page))
		return false;
	*offset = bit;
	return true;
}

/**
 * cleancache_slot_fill() - copy a page into a free slot
 * @mapping: the owner's mapping
 * @index: the owner's index
 * @page: the content
 *
 * Context: Any but with a slot locked. Interrupts are off during the copy.
 *
 * Return: the slot, or %CLEANCACHE_NO_SLOT if none could be had.
 */
u32 cleancache_slot_fill(struct address_space *mapping, pgoff_t index,
			 const void *page)
{
	struct cleancache_region *region = first_region();
	unsigned long offset;

	if (region && region->nid == numa_mem_id() && !memory_has_failed() &&
	    fill_hinted(region, mapping, index, page, &offset))
		return region->first_slot + offset;
	return fill_any(mapping, index, page);
}

/* Claim slots that share a word of the free map, all of them or none. */
static bool claim_part(struct cleancache_region *region, u32 offset,
		       unsigned int nr)
{
	unsigned long *word = &region->free[BIT_WORD(offset)];
	unsigned long mask = word_mask(BIT_WORD(offset), offset, offset + nr);
	unsigned long bits;

	slot_step();
	bits = READ_ONCE(*word);
	do {
		if ((bits & mask) != mask)
			return false;
	} while (!try_cmpxchg(word, &bits, bits & ~mask));
	return true;
}

/* Fill slots claimed together. Return how many are ours and filled. */
static unsigned int fill_part(struct cleancache_region *region, u32 offset,
			      struct address_space *mapping, pgoff_t index,
			      const void *pages, unsigned int nr)
{
	unsigned int i, filled = 0;

	for (i = 0; i < nr; i++)
		filled += !range_poisoned(region, offset + i, offset + i + 1) &&
			  fill_claimed(region, offset + i, mapping, index + i,
				       pages + i * PAGE_SIZE);
	return filled;
}

/*
 * Fill a run of slots, a word's worth at a time. Slots are claimed only right
 * before they are filled: to give back a claim is to give back what may be
 * somebody else's by now, to forget a page is not.
 */
static bool fill_run(struct cleancache_region *region, u32 offset,
		     struct address_space *mapping, pgoff_t index,
		     const void *pages, unsigned int nr)
{
	unsigned int part = min_t(unsigned int, nr, BITS_PER_LONG);
	unsigned int done, filled = 0;

	for (done = 0; done < nr; done += part) {
		if (!claim_part(region, offset + done, part))
			break;
		filled += fill_part(region, offset + done, mapping,
				    index + done, pages + done * PAGE_SIZE,
				    part);
	}
	if (filled == nr)
		return true;
	while (filled && done--)
		filled -= cleancache_slot_forget(region->first_slot + offset +
						 done, mapping, index + done);
	/* Those evicted or allocated meanwhile were counted as they left. */
	count_vm_events(CLEANCACHE_STORED, filled);
	return false;
}

/* The first slot from @offset on, or later, that may be free. */
static u32 next_free(struct cleancache_region *region, u32 offset)
{
	unsigned long words = BITS_TO_LONGS(region->nr_slots);
	unsigned long word = find_next_bit(region->free_words, words,
					   BIT_WORD(offset));

	offset = max_t(u32, offset, word * BITS_PER_LONG);
	return find_next_bit(region->free, region->nr_slots, offset);
}

/*
 * Look at up to @places places for a run of free slots, from @offset on. If
 * none was free, @offset is where to go on: 0 behind the last place.
 */
static bool find_run_from(struct cleancache_region *region, u32 *offset, u32 nr,
			  unsigned int *places)
{
	u32 size = region->nr_slots, bit;

	for (; *places; --*places) {
		*offset = ALIGN(next_free(region, *offset), nr);
		if (*offset + nr > size) {
			*offset = 0;
			break;
		}
		bit = find_next_zero_bit(region->free, *offset + nr, *offset);
		if (bit == *offset + nr)
			return true;
		*offset = ALIGN(bit + 1, nr);
	}
	return false;
}

/* Where many slots are free but no run of them, it takes many searches. */
static bool find_free_run(struct cleancache_region *region, u32 *offset, u32 nr)
{
	unsigned int places = RUN_PLACES;
	u32 start = *offset;

	if (find_run_from(region, offset, nr, &places))
		return true;
	return start && !*offset &&
	       find_run_from(region, offset, nr, &places);
}

/* Unless it has moved since: to where a run has been freed, perhaps. */
static void move_run_hint(struct cleancache_region *region, u32 from, u32 to)
{
	cmpxchg(&region->run_hint, from, to);
}

/* Fill a run of slots of a region; return the first, if one could be had. */
static u32 fill_run_in(struct cleancache_region *region,
		       struct address_space *mapping, pgoff_t index,
		       const void *pages, unsigned int nr)
{
	u32 start = READ_ONCE(region->run_hint), offset = start;
	int attempts = FILL_ATTEMPTS;

	for (; attempts; attempts--, offset += nr) {
		if (!find_free_run(region, &offset, nr))
			break;
		if (fill_run(region, offset, mapping, index, pages, nr)) {
			if (start)
				move_run_hint(region, start, offset + nr);
			return region->first_slot + offset;
		}
	}
	move_run_hint(region, start, offset);
	return CLEANCACHE_NO_SLOT;
}

/**
 * cleancache_slot_fill_run() - copy a large folio into free slots
 * @mapping: the owner's mapping
 * @index: the index of its first page
 * @pages: the content
 * @order: how many pages, as an order; not 0
 *
 * Context: Any but with a slot locked. Interrupts are off during each copy.
 *
 * Return: the first of the slots, or %CLEANCACHE_NO_SLOT if there is no run of
 * so many.
 */
u32 cleancache_slot_fill_run(struct address_space *mapping, pgoff_t index,
			     const void *pages, unsigned int order)
{
	struct cleancache_region *region;
	int nid = numa_mem_id();
	u32 slot;

	for (region = nearest_region(nid); region;
	     region = next_nearest_region(region, nid)) {
		slot = fill_run_in(region, mapping, index, pages, BIT(order));
		if (slot != CLEANCACHE_NO_SLOT)
			return slot;
	}
	return CLEANCACHE_NO_SLOT;
}

/**
 * cleancache_slot_publish() - note the shadow of a page whose entry is placed
 * @slot: the slot that was filled
 * @mapping: the owner's mapping
 * @index: the owner's index
 * @shadow: its workingset shadow
 *
 * If the slot was emptied or allocated meanwhile, the entry is stale from the
 * start, and worth as much as the shadow. If it was even filled anew, the
 * shadow is lost.
 *
 * Context: Interrupts off, under the owner's i_pages lock.
 */
void cleancache_slot_publish(u32 slot, struct address_space *mapping,
			     pgoff_t index, void *shadow)
{
	struct cleancache_region *region;
	u32 offset;

	region = lock_slot(slot, &offset, mapping, index);
	if (!region)
		return;
	WRITE_ONCE(region->slots[offset].shadow, shadow);
	slot_unlock(region, offset);
}

/*
 * Copy a page out of a locked slot. Memory that has failed, or no longer holds
 * what was put there, is not used again: the caller does not free the slot.
 */
static bool copy_out(struct cleancache_region *region, u32 offset, void *page)
{
	if (range_poisoned(region, offset, offset + 1))
		return false;
	copy_page(page, slot_address(region, offset));
	return cleancache_checksum_matches(&region->slots[offset].checksum,
					   page);
}

/* The page of a slot that is not to be used again is gone. */
static void lose_page(struct cleancache_region *region, u32 offset,
		      struct address_space *mapping, pgoff_t index)
{
	if (slot_lost())
		return;
	cleancache_dropped(region->first_slot + offset, 1,
			   CLEANCACHE_DROP_FAILED);
	if (!range_poisoned(region, offset, offset + 1))
		cleancache_report_damage(region->first_slot + offset, mapping,
					 index);
}

/**
 * cleancache_slot_restore() - copy a page out of its slot and free the slot
 * @slot: the slot its entry named
 * @mapping: the owner's mapping
 * @index: the owner's index
 * @page: where to copy it
 * @shadow: set to its workingset shadow, or NULL if that is lost
 *
 * Context: Any but with a slot locked. Interrupts are off during the copy.
 *
 * Return: whether @page has the content now.
 */
bool cleancache_slot_restore(u32 slot, struct address_space *mapping,
			     pgoff_t index, void *page, void **shadow)
{
	struct cleancache_region *region;
	bool held = false, good = false;
	unsigned long flags;
	u32 offset;

	*shadow = NULL;
	local_irq_save(flags);
	region = lock_slot(slot, &offset, mapping, index);
	if (region) {
		*shadow = region->slots[offset].shadow;
		WRITE_ONCE(region->slots[offset].mapping, NULL);
		held = slot_usable(region, offset);
		if (held) {
			slot_step();
			good = copy_out(region, offset, page);
			clear_bit(offset, region->cached);
		}
		slot_unlock(region, offset);
	}
	local_irq_restore(flags);

	if (good)
		slot_set_free(region, offset);
	else if (held)
		lose_page(region, offset, mapping, index);
	return good;
}

/* Drop the page of a locked slot, and unlock the slot. */
static bool drop_and_unlock(struct cleancache_region *region, u32 offset)
{
	bool held = slot_usable(region, offset);

	slot_step();
	if (held)
		clear_bit(offset, region->cached);
	slot_unlock(region, offset);
	if (held)
		slot_set_free(region, offset);
	return held;
}

/**
 * cleancache_slot_forget() - drop a page on behalf of its owner
 * @slot: the slot its entry named
 * @mapping: the owner's mapping
 * @index: the owner's index
 *
 * Context: Any but with a slot locked.
 *
 * Return: whether the slot still held the page.
 */
bool cleancache_slot_forget(u32 slot, struct address_space *mapping,
			    pgoff_t index)
{
	struct cleancache_region *region;
	unsigned long flags;
	bool held = false;
	u32 offset;

	local_irq_save(flags);
	region = lock_owned_slot(slot, &offset, mapping, index);
	if (region) {
		WRITE_ONCE(region->slots[offset].mapping, NULL);
		held = drop_and_unlock(region, offset);
	}
	local_irq_restore(flags);
	return held;
}

/**
 * cleancache_slot_shadow() - the workingset shadow behind an entry
 * @slot: the slot the entry names
 * @mapping: the owner's mapping
 * @index: the owner's index
 *
 * The slot is not locked: cachestat(2) may ask about one page over and over,
 * and an allocation that wants the slot must not have to wait for that.
 *
 * Context: Any.
 *
 * Return: the shadow, or NULL if the slot has another owner by now.
 */
void *cleancache_slot_shadow(u32 slot, struct address_space *mapping,
			     pgoff_t index)
{
	struct cleancache_region *region;
	void *shadow;
	u32 offset;

	region = find_region(slot, &offset);
	if (!region || !slot_owned_by(region, offset, mapping, index))
		return NULL;
	slot_step();
	shadow = READ_ONCE(region->slots[offset].shadow);
	slot_step();
	/*
	 * Another owner's shadow comes after its record, with the barrier in
	 * slot_lock() between.
	 */
	smp_rmb();
	return slot_owned_by(region, offset, mapping, index) ? shadow : NULL;
}

/**
 * cleancache_slot_evict() - empty a slot to make room
 * @slot: any number
 *
 * The owner's entry stays behind. It is found out when it is next looked up,
 * and still leads to the shadow as long as the slot was not filled anew.
 *
 * Context: Any but with a slot locked.
 *
 * Return: whether the slot held a page and is free now.
 */
bool cleancache_slot_evict(u32 slot)
{
	struct cleancache_region *region;
	unsigned long flags;
	bool held = false;
	u32 offset;

	region = find_region(slot, &offset);
	if (!region || !slot_usable(region, offset))
		return false;

	local_irq_save(flags);
	slot_lock(region, offset);
	held = drop_and_unlock(region, offset);
	local_irq_restore(flags);
	return held;
}

/**
 * cleancache_slot_cached() - whether a slot holds a page right now
 * @slot: any number
 *
 * Context: Any.
 *
 * Return: whether it does; without a lock, so only a hint.
 */
bool cleancache_slot_cached(u32 slot)
{
	struct cleancache_region *region;
	u32 offset;

	region = find_region(slot, &offset);
	return region && slot_usable(region, offset);
}

/**
 * cleancache_slot_holds() - whether a slot holds the page of this owner
 * @slot: the slot an entry names
 * @mapping: the owner's mapping
 * @index: the owner's index
 *
 * Context: Any.
 *
 * Return: whether it does; without a lock, so only a hint.
 */
bool cleancache_slot_holds(u32 slot, struct address_space *mapping,
			   pgoff_t index)
{
	struct cleancache_region *region;
	u32 offset;

	region = find_region(slot, &offset);
	return region && slot_owned_by(region, offset, mapping, index) &&
	       slot_usable(region, offset);
}

/**
 * cleancache_slot_run() - the run a slot is part of
 * @slot: any number
 * @order: how long the run is to be, as an order
 *
 * Context: Any.
 *
 * Return: the first slot of the run, or %CLEANCACHE_NO_SLOT if there is none,
 * or part of it is allocated, or bad memory that no run can be put into.
 */
u32 cleancache_slot_run(u32 slot, unsigned int order)
{
	struct cleancache_region *region;
	u32 nr = 1U << order, offset;

	region = find_region(slot, &offset);
	if (!region)
		return CLEANCACHE_NO_SLOT;
	offset = ALIGN_DOWN(offset, nr);
	if (offset + nr > region->nr_slots ||
	    find_next_bit(region->taken, offset + nr, offset) < offset + nr ||
	    (order && range_poisoned(region, offset, offset + nr)))
		return CLEANCACHE_NO_SLOT;
	return region->first_slot + offset;
}

/**
 * cleancache_slot_run_freed() - have the next search for a run begin here
 * @slot: the first slot of a run that was emptied
 *
 * Context: Any.
 */
void cleancache_slot_run_freed(u32 slot)
{
	struct cleancache_region *region;
	u32 offset;

	region = find_region(slot, &offset);
	if (region)
		WRITE_ONCE(region->run_hint, offset);
}

/**
 * cleancache_next_cached() - find a slot that holds a page
 * @slot: where to start
 *
 * Context: Any.
 *
 * Return: the first such slot from @slot on, or %CLEANCACHE_NO_SLOT.
 */
u32 cleancache_next_cached(u32 slot)
{
	struct cleancache_region *region = first_region();
	u32 offset;

	for (; region; region = next_region(region)) {
		offset = slot > region->first_slot ?
			 slot - region->first_slot : 0;
		/* Beyond the last slot, nothing is found. */
		offset = find_next_bit(region->cached, region->nr_slots,
				       offset);
		if (offset < region->nr_slots)
			return region->first_slot + offset;
	}
	return CLEANCACHE_NO_SLOT;
}

/**
 * cleancache_region_cached() - how many pages a region holds now
 * @region: a region, or NULL
 *
 * Context: Any.
 *
 * Return: that number, exact only while nothing is stored or dropped.
 */
unsigned long cleancache_region_cached(const struct cleancache_region *region)
{
	return region ? bitmap_weight(region->cached, region->nr_slots) : 0;
}

/**
 * cleancache_nr_cached() - how many pages are cached now
 *
 * Context: Any.
 *
 * Return: that number, exact only while nothing is stored or dropped.
 */
unsigned long cleancache_nr_cached(void)
{
	struct cleancache_region *region = first_region();
	unsigned long cached = 0;

	for (; region; region = next_region(region))
		cached += cleancache_region_cached(region);
	return cached;
}

static void clear_if_unused(struct cleancache_region *region, u32 offset)
{
	unsigned long flags;

	local_irq_save(flags);
	slot_lock(region, offset);
	if (!test_bit_acquire(offset, region->taken) &&
	    !test_bit(offset, region->cached) &&
	    !range_poisoned(region, offset, offset + 1)) {
		slot_step();
		clear_page(slot_address(region, offset));
	}
	slot_unlock(region, offset);
	local_irq_restore(flags);
}

/**
 * cleancache_clear_unused() - write zeros to pages that hold nothing
 *
 * Context: Process context. May sleep.
 */
void cleancache_clear_unused(void)
{
	struct cleancache_region *region = first_region();
	u32 offset;

	for (; region; region = next_region(region)) {
		for (offset = 0; offset < region->nr_slots; offset++) {
			clear_if_unused(region, offset);
			cond_resched();
		}
	}
}

unsigned long __cleancache_nr_slots(void)
{
	return READ_ONCE(total_slots);
}

/*
 * The three below work on bits @start to @end - 1. Words at the edges are
 * shared with neighbours, whole words are not.
 */
static void set_bits(unsigned long *map, unsigned long start, unsigned long end)
{
	unsigned long word, mask;

	for (word = BIT_WORD(start); word <= BIT_WORD(end - 1); word++) {
		mask = word_mask(word, start, end);
		slot_step();
		if (mask == ~0UL)
			WRITE_ONCE(map[word], mask);
		else
			atomic_long_or(mask, (atomic_long_t *)&map[word]);
	}
}

static void clear_bits(unsigned long *map, unsigned long start,
		       unsigned long end)
{
	unsigned long word, mask;

	for (word = BIT_WORD(start); word <= BIT_WORD(end - 1); word++) {
		mask = word_mask(word, start, end);
		slot_step();
		if (mask == ~0UL)
			WRITE_ONCE(map[word], 0);
		else
			atomic_long_andnot(mask, (atomic_long_t *)&map[word]);
	}
}

static unsigned long count_bits(const unsigned long *map, unsigned long start,
				unsigned long end)
{
	unsigned long word, count = 0;

	for (word = BIT_WORD(start); word <= BIT_WORD(end - 1); word++)
		count += hweight_long(READ_ONCE(map[word]) &
				      word_mask(word, start, end));
	return count;
}

/*
 * Wait until each slot of a word was seen unlocked once. Whoever locks one
 * later sees that it is taken and leaves it alone.
 */
static unsigned long wait_not_busy(struct cleancache_region *region,
				   unsigned long word, unsigned long mask)
{
	unsigned long busy, waited;

	slot_step();
	busy = READ_ONCE(region->busy[word]) & mask;
	waited = hweight_long(busy);
	while (busy) {
		slot_relax();
		busy &= READ_ONCE(region->busy[word]);
	}
	return waited;
}

static unsigned long wait_for_holders(struct cleancache_region *region,
				      unsigned long start, unsigned long end)
{
	unsigned long word, waited = 0;

	for (word = BIT_WORD(start); word <= BIT_WORD(end - 1); word++)
		waited += wait_not_busy(region, word,
					word_mask(word, start, end));
	return waited;
}

/**
 * cleancache_take() - take pages back for an allocation
 * @region: the region
 * @pfn: the first page
 * @nr_pages: how many
 * @waited: incremented by the number of slots that had to be waited for
 *
 * Cached pages are dropped. No inode, index or page is touched. The caller owns
 * the range already, so that no other allocation overlaps.
 *
 * Context: Any in which no slot is locked. Spins for one page copy at most for
 * each slot in use; does not sleep.
 *
 * Return: how many cached pages were dropped.
 */
unsigned long cleancache_take(struct cleancache_region *region,
			      unsigned long pfn, unsigned long nr_pages,
			      unsigned long *waited)
{
	unsigned long start = pfn - region->first_pfn;
	unsigned long end = start + nr_pages;
	unsigned long dropped;

	set_bits(region->taken, start, end);

	/* Pairs with the barrier in slot_lock(). */
	smp_mb();
	*waited += wait_for_holders(region, start, end);

	/* Whatever the last holders of the slots did is done. */
	smp_mb();
	dropped = count_bits(region->cached, start, end);
	clear_bits(region->cached, start, end);
	clear_bits(region->free, start, end);

	count_vm_events(CLEANCACHE_ALLOCATED, dropped);
	if (dropped)
		cleancache_note(CLEANCACHE_EV_ALLOCATED,
				region->first_slot + start, nr_pages);
	trace_cleancache_take(region->first_slot + start, nr_pages);
	return dropped;
}

/**
 * cleancache_next_taken() - find a page that is not lent
 * @region: the region
 * @pfn: where to start
 * @end: where to end
 *
 * Context: Any.
 *
 * Return: the page frame number of the first such page from @pfn on, or @end.
 */
unsigned long cleancache_next_taken(struct cleancache_region *region,
				    unsigned long pfn, unsigned long end)
{
	return region->first_pfn + find_next_bit(region->taken,
						 end - region->first_pfn,
						 pfn - region->first_pfn);
}

/**
 * cleancache_range_poisoned() - whether memory of a range has failed
 * @region: the region
 * @pfn: the first page
 * @nr_pages: how many
 *
 * Context: Any.
 *
 * Return: whether a page of it is marked so.
 */
bool cleancache_range_poisoned(struct cleancache_region *region,
			       unsigned long pfn, unsigned long nr_pages)
{
	unsigned long start = pfn - region->first_pfn;

	return range_poisoned(region, start, start + nr_pages);
}

/**
 * cleancache_give() - lend pages to the cleancache, for the first time or again
 * @region: the region
 * @pfn: the first page
 * @nr_pages: how many
 *
 * Context: Any in which no slot is locked.
 */
void cleancache_give(struct cleancache_region *region, unsigned long pfn,
		     unsigned long nr_pages)
{
	unsigned long start = pfn - region->first_pfn;
	unsigned long end = start + nr_pages;
	unsigned long word;

	trace_cleancache_give(region->first_slot + start, nr_pages);

	/* The user's last writes, and the cached bits cleared, come first. */
	smp_mb();
	clear_bits(region->taken, start, end);

	/* Whoever claims one of the slots finds it not taken. */
	smp_mb();
	set_bits(region->free, start, end);

	/* For announce_free(). */
	smp_mb();
	for (word = BIT_WORD(start); word <= BIT_WORD(end - 1); word++)
		announce_free(region, word);
}

static void free_region(struct cleancache_region *region)
{
	kvfree(region->slots);
	kvfree(region->free);
	kvfree(region->free_words);
	kvfree(region->cached);
	kvfree(region->busy);
	kvfree(region->taken);
	kfree(region);
}

static unsigned long *alloc_map(unsigned long bits)
{
	return kvcalloc(BITS_TO_LONGS(bits), sizeof(unsigned long), GFP_KERNEL);
}

static struct cleancache_region *alloc_region(unsigned long nr_pages)
{
	struct cleancache_region *region;

	region = kzalloc(sizeof(*region), GFP_KERNEL);
	if (!region)
		return NULL;
	/* Page by page: kvcalloc() would round up to a power of two. */
	region->slots = vcalloc(nr_pages, sizeof(*region->slots));
	region->free = alloc_map(nr_pages);
	region->free_words = alloc_map(BITS_TO_LONGS(nr_pages));
	region->cached = alloc_map(nr_pages);
	region->busy = alloc_map(nr_pages);
	region->taken = alloc_map(nr_pages);
	if (region->slots && region->free && region->free_words &&
	    region->cached && region->busy && region->taken)
		return region;
	free_region(region);
	return NULL;
}

/**
 * cleancache_add_region() - lend a range of pages to the cleancache
 * @pfn: the first page
 * @nr_pages: how many; all in the direct map, none in use
 *
 * Context: Initialisation, before there is a file system, one caller at a time.
 * May sleep.
 *
 * Return: the region, or NULL if it cannot be managed.
 */
struct cleancache_region *__init
cleancache_add_region(unsigned long pfn, unsigned long nr_pages)
{
	struct cleancache_region *region, **link = &regions;

	if (nr_pages >= CLEANCACHE_MAX_SLOTS - total_slots)
		return NULL;

	region = alloc_region(nr_pages);
	if (!region)
		return NULL;
	region->base = page_address(pfn_to_page(pfn));
	region->first_pfn = pfn;
	region->first_slot = total_slots;
	region->nr_slots = nr_pages;
	region->nid = pfn_to_nid(pfn);
	cleancache_give(region, pfn, nr_pages);

	while (*link)
		link = &(*link)->next;
	WRITE_ONCE(total_slots, total_slots + nr_pages);
	smp_store_release(link, region); /* for whoever follows the link */
	static_branch_enable(&cleancache_key);
	return region;
}

#ifdef CONFIG_CLEANCACHE_KUNIT_TEST
#include "slots_test.c"
#endif
