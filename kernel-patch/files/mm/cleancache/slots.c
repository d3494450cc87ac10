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
 *	taken	belongs to whoever allocated it
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
 */

#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmstat.h>

#include "internal.h"

/* Entries carry a slot in 32 bits; the last number means none. */
#define CLEANCACHE_MAX_SLOTS	((unsigned long)CLEANCACHE_NO_SLOT)

/* How many slots a store tries before it gives up to an allocation. */
#define FILL_ATTEMPTS		4

/**
 * struct cleancache_slot - the owner record of a slot
 * @mapping: which mapping the page was in; compared, never followed
 * @index: its index there
 * @shadow: the workingset shadow it left behind
 */
struct cleancache_slot {
	struct address_space *mapping;
	pgoff_t index;
	void *shadow;
};

/**
 * struct cleancache_region - contiguous pages lent to the cleancache
 * @base: address of the first page
 * @first_pfn: its page frame number
 * @first_slot: number of the first slot
 * @nr_slots: how many there are
 * @slots: owner records
 * @free: slots that may be filled
 * @free_words: words of @free that may have a bit set
 * @cached: slots that hold a page
 * @busy: slots being worked on
 * @taken: slots that are allocated
 * @free_hint: word of @free_words to search from
 * @next: the region with the slots behind these
 */
struct cleancache_region {
	void *base;
	unsigned long first_pfn;
	u32 first_slot;
	u32 nr_slots;
	struct cleancache_slot *slots;
	unsigned long *free;
	unsigned long *free_words;
	unsigned long *cached;
	unsigned long *busy;
	unsigned long *taken;
	unsigned long free_hint;
	struct cleancache_region *next;
};

/* In the order of their slots; regions come and never go. */
static struct cleancache_region *regions;
static u32 total_slots;

static struct cleancache_region *first_region(void)
{
	return READ_ONCE(regions);
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

/* The barrier in test_and_set_bit() pairs with the one in cleancache_take(). */
static void slot_lock(struct cleancache_region *region, u32 offset)
{
	lockdep_assert_irqs_disabled();
	while (test_and_set_bit(offset, region->busy))
		cpu_relax();
}

static void slot_unlock(struct cleancache_region *region, u32 offset)
{
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
static bool slot_usable(struct cleancache_region *region, u32 offset)
{
	return !test_bit_acquire(offset, region->taken) &&
	       test_bit(offset, region->cached);
}

/*
 * Find and lock the slot that belongs to @mapping and @index. Looking before
 * locking keeps the holders of stale entries out of each other's way.
 */
static struct cleancache_region *
lock_owned_slot(u32 slot, u32 *offset, struct address_space *mapping,
		pgoff_t index)
{
	struct cleancache_region *region = find_region(slot, offset);

	if (!region || !slot_owned_by(region, *offset, mapping, index))
		return NULL;
	slot_lock(region, *offset);
	if (slot_owned_by(region, *offset, mapping, index))
		return region;
	slot_unlock(region, *offset);
	return NULL;
}

/*
 * A word of the free map is announced in free_words after its bit is set, and
 * withdrawn before it is looked at once more, with full barriers between; so a
 * free slot is never lost.
 */
static void announce_free(struct cleancache_region *region, unsigned long word)
{
	if (!test_bit(word, region->free_words))
		set_bit(word, region->free_words);
}

static void withdraw_free(struct cleancache_region *region, unsigned long word)
{
	clear_bit(word, region->free_words);
	smp_mb__after_atomic(); /* pairs with the one before announce_free() */
	if (READ_ONCE(region->free[word]))
		set_bit(word, region->free_words);
}

static void slot_set_free(struct cleancache_region *region, u32 offset)
{
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
	struct cleancache_region *region = first_region();

	while (region && !claim_free(region, offset))
		region = next_region(region);
	return region;
}

/*
 * Fill a claimed slot. It may have been allocated since it was claimed, and
 * even been released and claimed by somebody else; then it is not ours.
 */
static bool fill_claimed(struct cleancache_region *region, u32 offset,
			 struct address_space *mapping, pgoff_t index,
			 const void *page)
{
	struct cleancache_slot *slot = &region->slots[offset];
	unsigned long flags;
	bool ours;

	local_irq_save(flags);
	slot_lock(region, offset);
	ours = !test_bit_acquire(offset, region->taken) &&
	       !test_bit(offset, region->cached);
	if (ours) {
		WRITE_ONCE(slot->mapping, mapping);
		WRITE_ONCE(slot->index, index);
		slot->shadow = NULL;
		copy_page(slot_address(region, offset), (void *)page);
		set_bit(offset, region->cached);
	}
	slot_unlock(region, offset);
	local_irq_restore(flags);
	return ours;
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
	struct cleancache_region *region;
	int attempts = FILL_ATTEMPTS;
	u32 offset;

	while (attempts--) {
		region = claim_any_free(&offset);
		if (!region)
			break;
		if (fill_claimed(region, offset, mapping, index, page))
			return region->first_slot + offset;
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
 * Context: Interrupts off, under the owner's i_pages lock.
 *
 * Return: whether the slot still holds the page, so that an entry is worth it.
 */
bool cleancache_slot_publish(u32 slot, struct address_space *mapping,
			     pgoff_t index, void *shadow)
{
	struct cleancache_region *region;
	bool held;
	u32 offset;

	region = lock_owned_slot(slot, &offset, mapping, index);
	if (!region)
		return false;
	held = slot_usable(region, offset);
	region->slots[offset].shadow = shadow;
	slot_unlock(region, offset);
	return held;
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
 * Return: whether the slot still held the page.
 */
bool cleancache_slot_restore(u32 slot, struct address_space *mapping,
			     pgoff_t index, void *page, void **shadow)
{
	struct cleancache_region *region;
	unsigned long flags;
	bool hit = false;
	u32 offset;

	*shadow = NULL;
	local_irq_save(flags);
	region = lock_owned_slot(slot, &offset, mapping, index);
	if (region) {
		*shadow = region->slots[offset].shadow;
		WRITE_ONCE(region->slots[offset].mapping, NULL);
		hit = slot_usable(region, offset);
		if (hit) {
			copy_page(page, slot_address(region, offset));
			clear_bit(offset, region->cached);
		}
		slot_unlock(region, offset);
	}
	local_irq_restore(flags);

	if (hit)
		slot_set_free(region, offset);
	return hit;
}

/* Drop the page of a locked slot, and unlock the slot. */
static bool drop_and_unlock(struct cleancache_region *region, u32 offset)
{
	bool held = slot_usable(region, offset);

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
 * Context: Any but with a slot locked.
 *
 * Return: the shadow, or NULL if the slot has another owner by now.
 */
void *cleancache_slot_shadow(u32 slot, struct address_space *mapping,
			     pgoff_t index)
{
	struct cleancache_region *region;
	unsigned long flags;
	void *shadow = NULL;
	u32 offset;

	local_irq_save(flags);
	region = lock_owned_slot(slot, &offset, mapping, index);
	if (region) {
		shadow = region->slots[offset].shadow;
		slot_unlock(region, offset);
	}
	local_irq_restore(flags);
	return shadow;
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

unsigned long __cleancache_nr_slots(void)
{
	return READ_ONCE(total_slots);
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
 * The three below work on bits @start to @end - 1. Words at the edges are
 * shared with neighbours, whole words are not.
 */
static void set_bits(unsigned long *map, unsigned long start, unsigned long end)
{
	unsigned long word, mask;

	for (word = BIT_WORD(start); word <= BIT_WORD(end - 1); word++) {
		mask = word_mask(word, start, end);
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
	unsigned long busy = READ_ONCE(region->busy[word]) & mask;
	unsigned long waited = hweight_long(busy);

	while (busy) {
		cpu_relax();
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
	return dropped;
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
	region->slots = kvcalloc(nr_pages, sizeof(*region->slots), GFP_KERNEL);
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
 * Context: Initialisation, one caller at a time. May sleep.
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
	cleancache_give(region, pfn, nr_pages);

	while (*link)
		link = &(*link)->next;
	WRITE_ONCE(total_slots, total_slots + nr_pages);
	smp_store_release(link, region); /* for whoever follows the link */
	static_branch_enable(&cleancache_key);
	return region;
}
