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

#include "internal.h"

/**
 * cleancache_mapping_eligible() - whether pages of a mapping may be kept
 * @mapping: the mapping
 *
 * Regular files of file systems that said they can be cached. What is encrypted
 * must not leave plaintext behind when its key is removed, what is verified
 * must be verified when it comes in, and the rest has no page cache that
 * mirrors the disk. After a write error no page of the file can be trusted to:
 * some are clean and differ.
 *
 * Context: Any.
 *
 * Return: whether they may.
 */
bool cleancache_mapping_eligible(struct address_space *mapping)
{
	struct inode *inode = mapping->host;

	return (inode->i_sb->s_type->fs_flags & FS_CLEANCACHE) &&
	       S_ISREG(inode->i_mode) &&
	       !(inode->i_flags & (S_ENCRYPTED | S_VERITY | S_DAX |
				   S_SWAPFILE | S_NOQUOTA)) &&
	       !READ_ONCE(mapping->wb_err);
}

/* Uptodate, clean and of a file, all at one look. */
static bool folio_clean(struct folio *folio)
{
	const unsigned long mask = BIT(PG_uptodate) | BIT(PG_dirty) |
				   BIT(PG_writeback) | BIT(PG_swapbacked) |
				   __PG_HWPOISON;

	return (READ_ONCE(folio->flags) & mask) == BIT(PG_uptodate) &&
	       !(folio_test_large(folio) && folio_test_has_hwpoisoned(folio));
}

/*
 * A reference beyond those of reclaim and the page cache means that the
 * eviction will fail, so that a copy would be wasted.
 */
static bool folio_eligible(struct address_space *mapping, struct folio *folio)
{
	return folio_clean(folio) &&
	       folio_ref_count(folio) == 1 + folio_nr_pages(folio) &&
	       !mapping_exiting(mapping) &&
	       cleancache_mapping_eligible(mapping);
}

static u32 memcg_id(struct mem_cgroup *memcg)
{
	return memcg ? mem_cgroup_id(memcg) : 0;
}

static u32 page_flags_of(struct folio *folio)
{
	u32 flags = 0;

	if (folio_test_workingset(folio))
		flags |= CLEANCACHE_PAGE_WORKINGSET;
	if (folio_test_referenced(folio))
		flags |= CLEANCACHE_PAGE_REFERENCED;
	return flags;
}

static void describe_folio(struct cleancache_page *page, struct folio *folio)
{
	struct inode *inode = folio->mapping->host;

	*page = (struct cleancache_page) {
		.ino = inode->i_ino,
		.index = folio->index,
		.dev = inode->i_sb->s_dev,
		.memcg = memcg_id(folio_memcg(folio)),
		.flags = page_flags_of(folio),
		.order = folio_order(folio),
	};
}

static u32 fill_slots(struct address_space *mapping, struct folio *folio)
{
	if (folio_test_large(folio))
		return cleancache_slot_fill_run(mapping, folio->index,
						folio_address(folio),
						folio_order(folio));
	return cleancache_slot_fill(mapping, folio->index,
				    folio_address(folio));
}

/* Most of what is known of a page is only for policies and tracing. */
static bool description_wanted(void)
{
	return cleancache_policy_active() || trace_cleancache_store_enabled();
}

void __cleancache_store_begin(struct cleancache_store *store,
			      struct address_space *mapping,
			      struct folio *folio)
{
	if (!folio_eligible(mapping, folio) || cleancache_paused())
		return;

	store->mapping = mapping;
	store->index = folio->index;
	store->order = folio_order(folio);
	store->described = description_wanted();
	if (store->described) {
		describe_folio(&store->page, folio);
		if (!cleancache_admit(&store->page)) {
			count_vm_events(CLEANCACHE_REJECTED,
					folio_nr_pages(folio));
			return;
		}
	}

	store->slot = fill_slots(mapping, folio);
	if (store->slot == CLEANCACHE_NO_SLOT &&
	    cleancache_make_room(store->order))
		store->slot = fill_slots(mapping, folio);
}

static bool publish_slots(struct cleancache_store *store, void *shadow)
{
	unsigned int i, nr = 1U << store->order;

	for (i = 0; i < nr; i++)
		if (!cleancache_slot_publish(store->slot + i, store->mapping,
					     store->index + i, shadow))
			return false;
	return true;
}

/* What the copy was made under may have changed until the page was frozen. */
void *__cleancache_publish(struct cleancache_store *store, void *shadow)
{
	if (cleancache_mapping_eligible(store->mapping) &&
	    publish_slots(store, shadow))
		return make_entry(store->slot, store->order);
	return shadow;
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

static void announce(struct cleancache_store *store)
{
	struct cleancache_page page = store->page;
	unsigned int i, nr = 1U << store->order;

	trace_cleancache_store(&page, store->slot);
	for (i = 0; i < nr; i++, page.index++)
		cleancache_note_stored(store->slot + i, &page);
}

void __cleancache_store_end(struct cleancache_store *store, void *entry)
{
	if (!cleancache_is_entry(entry)) {
		count_vm_events(CLEANCACHE_STORED, unstore(store));
		return;
	}
	count_vm_events(CLEANCACHE_STORED, 1U << store->order);
	if (store->described)
		announce(store);
}
