// SPDX-License-Identifier: GPL-2.0
/*
 * What is stored: pages of reclaim that the disk has as well.
 */

#include <linux/fs.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/vmstat.h>
#include <trace/events/cleancache.h>

#include "../internal.h"
#include "call.h"
#include "internal.h"

/* Flags that are as they have to be if the disk has the content as well. */
#define CLEAN_MASK	(BIT(PG_uptodate) | BIT(PG_dirty) | \
			 BIT(PG_writeback) | BIT(PG_swapbacked) | \
			 __PG_HWPOISON)

/*
 * Uptodate, clean and of a file. A reference beyond those of reclaim and the
 * page cache means that the eviction will fail, so that a copy would be wasted.
 */
static bool folio_eligible(struct folio *folio, unsigned int *order)
{
	unsigned long flags = READ_ONCE(folio->flags);

	*order = 0;
	if (likely((flags & (CLEAN_MASK | BIT(PG_head))) == BIT(PG_uptodate)))
		return folio_ref_count(folio) == 2;
	if ((flags & CLEAN_MASK) != BIT(PG_uptodate))
		return false;
	*order = folio_order(folio);
	return !folio_test_has_hwpoisoned(folio) &&
	       folio_ref_count(folio) == 1 + folio_nr_pages(folio);
}

/*
 * What user space calls the cgroup: kernfs keeps inode numbers small. A folio
 * pins all cgroups but the root, which gets another when a v1 hierarchy is
 * unmounted; the old one goes after a grace period.
 */
static __always_inline u32 folio_cgroup(struct folio *folio)
{
#ifdef CONFIG_MEMCG
	struct mem_cgroup *memcg = folio_memcg(folio);

	guard(preempt)();
	if (memcg)
		return cgroup_ino(memcg->css.cgroup);
#endif
	return 0;
}

/* Reclaim has cleared PG_referenced, and readahead leaves no mark. */
static __always_inline void describe_folio(struct cleancache_page *page,
					   struct folio *folio,
					   unsigned int order)
{
	struct inode *inode = folio->mapping->host;

	*page = (struct cleancache_page) {
		.ino = inode->i_ino,
		.index = folio->index,
		.dev = inode->i_sb->s_dev,
		.memcg = folio_cgroup(folio),
		.flags = folio_test_workingset(folio) ?
			 CLEANCACHE_PAGE_WORKINGSET : 0,
		.order = order,
	};
}

static __always_inline u32 fill_slots(struct address_space *mapping,
				      struct folio *folio, unsigned int order)
{
	if (order)
		return cleancache_slot_fill_run(mapping, folio->index,
						folio_address(folio), order);
	return cleancache_slot_fill(mapping, folio->index,
				    folio_address(folio));
}

/* What leaves with its inode is not worth another page. */
static noinline u32 fill_after_eviction(struct cleancache_store *store,
					struct folio *folio)
{
	u32 slot = CLEANCACHE_NO_SLOT;

	if (mapping_exiting(store->mapping))
		return slot;
	if (cleancache_make_room(store->order))
		slot = fill_slots(store->mapping, folio, store->order);
	if (slot == CLEANCACHE_NO_SLOT && trace_cleancache_reject_enabled()) {
		if (!store->described)
			describe_folio(&store->page, folio, store->order);
		trace_cleancache_reject(&store->page, true);
	}
	return slot;
}

/*
 * Reclaim puts off the flush of the TLBs for pages it has unmapped until it has
 * a batch of them. That is soon enough for a page that has to be read from disk
 * before it can change; one that comes back at once can be written to while a
 * thread still reads the page it replaces.
 */
static __always_inline void flush_unmapped(void)
{
#ifdef CONFIG_ARCH_WANT_BATCHED_UNMAP_TLB_FLUSH
	if (unlikely(current->tlb_ubc.flush_required))
		try_to_unmap_flush();
#endif
}

/* Most of what is known of a page is only for policies and tracing. */
static bool description_wanted(void)
{
	return policy_in_force() || trace_cleancache_store_enabled();
}

static noinline bool describe_and_admit(struct cleancache_store *store,
					struct folio *folio)
{
	cleancache_tell_if_due();
	describe_folio(&store->page, folio, store->order);
	if (!policy_has(CLEANCACHE_OP_ADMIT) ||
	    likely(cleancache_admit(&store->page)))
		return true;
	count_vm_events(CLEANCACHE_REJECTED, folio_nr_pages(folio));
	trace_cleancache_reject(&store->page, false);
	return false;
}

void __cleancache_store_begin(struct cleancache_store *store,
			      struct address_space *mapping,
			      struct folio *folio)
{
	if (!folio_eligible(folio, &store->order) ||
	    !cleancache_mapping_eligible(mapping) || cleancache_paused())
		return;

	store->mapping = mapping;
	store->index = folio->index;
	store->described = description_wanted();
	if (store->described && !describe_and_admit(store, folio))
		return;
	store->slot = fill_slots(mapping, folio, store->order);
	if (unlikely(store->slot == CLEANCACHE_NO_SLOT))
		store->slot = fill_after_eviction(store, folio);
	flush_unmapped();
}

static noinline void publish_large(struct cleancache_store *store,
				   void *shadow)
{
	unsigned int i, nr = 1U << store->order;

	count_vm_events(CLEANCACHE_STORED, nr);
	for (i = 0; i < nr; i++)
		cleancache_slot_publish(store->slot + i, store->mapping,
					store->index + i, shadow);
}

static void publish_small(struct cleancache_store *store, void *shadow)
{
	count_vm_event(CLEANCACHE_STORED);
	cleancache_slot_publish(store->slot, store->mapping, store->index,
				shadow);
}

/* The policy came after the store began, and has looked for what is cached. */
static noinline void adopt(const struct cleancache_store *store)
{
	unsigned int i;

	for (i = 0; i < 1U << store->order; i++)
		cleancache_queue_adopt(store->slot + i);
}

static void announce(struct cleancache_store *store)
{
	if (policy_has(CLEANCACHE_OP_EVENTS)) {
		if (likely(store->described))
			cleancache_note_stored(&store->page, store->slot);
		else
			adopt(store);
	}
	if (trace_cleancache_store_enabled() && store->described)
		trace_cleancache_store(&store->page, store->slot);
}

/* What the copy was made under may have changed until the page was frozen. */
void *__cleancache_publish(struct cleancache_store *store, void *shadow)
{
	void *entry = make_entry(store->slot, store->order);

	if (!cleancache_mapping_trusted(store->mapping))
		return shadow;
	if (unlikely(store->order))
		publish_large(store, shadow);
	else
		publish_small(store, shadow);
	announce(store);
	return entry;
}

/*
 * Pages that did not get their entry are dropped again, as if they had never
 * been stored; but for those evicted or allocated meanwhile, and so counted
 * there. Return how many pages count as stored.
 */
static unsigned int unstore(struct cleancache_store *store)
{
	unsigned int i, nr = 1U << store->order, gone = nr;

	for (i = 0; i < nr; i++)
		gone -= cleancache_slot_forget(store->slot + i, store->mapping,
					       store->index + i);
	return gone;
}

void __cleancache_store_undo(struct cleancache_store *store)
{
	count_vm_events(CLEANCACHE_STORED, unstore(store));
}
