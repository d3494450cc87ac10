// SPDX-License-Identifier: GPL-2.0
/*
 * What comes back: the content of folios that were just added to the index, and
 * how large these are best made.
 */

#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/pagemap.h>
#include <linux/vmstat.h>
#include <trace/events/cleancache.h>

#include "internal.h"

/* Whether slots from @slot on hold pages from @index on; only a hint. */
static bool run_held(struct address_space *mapping, pgoff_t index, u32 slot,
		     unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (!cleancache_slot_holds(slot + i, mapping, index + i))
			return false;
	return true;
}

/*
 * A large folio comes back whole or not at all. Pages copied although another
 * was gone are dropped, as are those behind it.
 */
static noinline bool restore_large(struct folio *folio, void *entry,
				   void **shadow)
{
	unsigned int i, nr = folio_nr_pages(folio);
	struct address_space *mapping = folio->mapping;
	pgoff_t index = folio->index;
	u32 slot = entry_slot(entry, index);
	void *other;

	if (!run_held(mapping, index, slot, nr)) {
		*shadow = cleancache_slot_shadow(slot, mapping, index);
		cleancache_forget_pages(mapping, index, nr, entry,
					CLEANCACHE_DROP_REPLACED);
		return false;
	}
	for (i = 0; i < nr; i++)
		if (!cleancache_slot_restore(slot + i, mapping, index + i,
					     folio_address(folio) +
					     i * PAGE_SIZE,
					     i ? &other : shadow))
			break;
	if (i == nr)
		return true;
	cleancache_forget_pages(mapping, index + i, nr - i, entry,
				CLEANCACHE_DROP_PARTIAL);
	if (i)
		cleancache_dropped(slot, i, CLEANCACHE_DROP_PARTIAL);
	return false;
}

/* Return whether @folio got its content from the slots @entry names. */
static bool restore_content(struct folio *folio, void *entry, u32 slot,
			    void **shadow)
{
	if (folio_test_large(folio))
		return restore_large(folio, entry, shadow);
	return cleancache_slot_restore(slot, folio->mapping, folio->index,
				       folio_address(folio), shadow);
}

/* Set @shadow to the workingset shadow behind @entry. */
static void restore_entry(struct folio *folio, void *entry, gfp_t gfp,
			  void **shadow)
{
	u32 slot = entry_slot(entry, folio->index);
	bool hit = restore_content(folio, entry, slot, shadow);

	if (hit) {
		cleancache_verify_disk(folio, entry, gfp);
		flush_dcache_folio(folio);
		folio_mark_uptodate(folio);
		count_vm_events(CLEANCACHE_RESTORED, folio_nr_pages(folio));
		if (policy_has(CLEANCACHE_OP_EVENTS))
			cleancache_note_restored(folio, slot);
	} else {
		count_vm_events(CLEANCACHE_STALE, folio_nr_pages(folio));
		count_vm_events(CLEANCACHE_MISSED, folio_nr_pages(folio));
	}
	trace_cleancache_restore(folio, slot, hit);
}

/*
 * A file system that adds a page to write to it may go on to change what is
 * behind the page, as the exchange of extents does, and reads the page after
 * that if it has to. A page brought back before would be the old one.
 */
static bool added_to_read(gfp_t gfp)
{
	return !(gfp & __GFP_WRITE);
}

/* There was no entry. What is not kept now may have been with more slots. */
static void restore_nothing(struct folio *folio, gfp_t gfp)
{
	if (!cleancache_mapping_eligible(folio->mapping))
		return;
	if (added_to_read(gfp)) {
		count_vm_events(CLEANCACHE_MISSED, folio_nr_pages(folio));
		trace_cleancache_miss(folio);
	} else {
		trace_cleancache_replace(folio);
	}
}

void __cleancache_restore(struct folio *folio, void **shadow, gfp_t gfp)
{
	void *entry = *shadow;

	if (!cleancache_is_entry(entry)) {
		restore_nothing(folio, gfp);
		return;
	}
	if (added_to_read(gfp) && cleancache_mapping_trusted(folio->mapping)) {
		restore_entry(folio, entry, gfp, shadow);
		return;
	}
	*shadow = NULL;
	cleancache_forget_pages(folio->mapping, folio->index,
				folio_nr_pages(folio), entry,
				CLEANCACHE_DROP_REPLACED);
	trace_cleancache_replace(folio);
}

static bool entry_held(struct address_space *mapping, pgoff_t index,
		       void *entry, unsigned int order)
{
	return run_held(mapping, index, entry_slot(entry, index), BIT(order));
}

/* How many pages from @index on, up to @max, have nothing to come back. */
static unsigned long run_of_misses(struct address_space *mapping, pgoff_t index,
				   unsigned long max)
{
	unsigned long nr = max;
	pgoff_t at = index;
	void *entry;

	xa_for_each_range(&mapping->i_pages, at, entry, index,
			  index + max - 1) {
		if (!cleancache_is_entry(entry))
			continue;
		at = max(at, index);
		if (entry_held(mapping, at, entry, 0)) {
			nr = at - index;
			break;
		}
	}
	return nr;
}

unsigned int __cleancache_fit_order(struct address_space *mapping,
				    pgoff_t index, unsigned int order,
				    unsigned int min_order)
{
	unsigned long misses;
	void *entry;

	if (order <= min_order)
		return order;
	entry = xa_load(&mapping->i_pages, index);
	if (cleancache_is_entry(entry) &&
	    entry_held(mapping, index, entry, 0)) {
		order = min_t(unsigned int, order,
			      xa_get_order(&mapping->i_pages, index));
		while (order && !entry_held(mapping, index, entry, order))
			order--;
	} else {
		/* None, if the page at @index was evicted just now. */
		misses = run_of_misses(mapping, index, BIT(order));
		order = misses ? ilog2(misses) : 0;
	}
	return max(order, min_order);
}
