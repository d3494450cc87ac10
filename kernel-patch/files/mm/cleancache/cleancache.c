// SPDX-License-Identifier: GPL-2.0
/*
 * The page cache's side of the cleancache: what is stored, and what becomes of
 * the entries that stand in mapping->i_pages for stored pages.
 */

#include <linux/fs.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/pagemap.h>
#include <linux/swap.h>
#include <linux/vmstat.h>

#include "internal.h"

#define CREATE_TRACE_POINTS
#include <trace/events/cleancache.h>

DEFINE_STATIC_KEY_FALSE(cleancache_key);

static void *slot_to_entry(u32 slot)
{
	return xa_mk_value(CLEANCACHE_ENTRY | slot);
}

static u32 entry_to_slot(const void *entry)
{
	return (u32)xa_to_value(entry);
}

/*
 * Regular files of file systems that said they can be cached. What is encrypted
 * must not leave plaintext behind when its key is removed, what is verified
 * must be verified when it comes in, and the rest has no page cache that
 * mirrors the disk.
 */
static bool mapping_eligible(struct address_space *mapping)
{
	struct inode *inode = mapping->host;

	return (inode->i_sb->s_type->fs_flags & FS_CLEANCACHE) &&
	       S_ISREG(inode->i_mode) && !IS_ENCRYPTED(inode) &&
	       !IS_VERITY(inode) && !IS_DAX(inode) && !IS_SWAPFILE(inode);
}

/* After a write error a page differs from the disk though it is clean. */
static bool mapping_storable(struct address_space *mapping)
{
	return !READ_ONCE(mapping->wb_err) && mapping_eligible(mapping);
}

static bool folio_clean(struct folio *folio)
{
	return folio_test_uptodate(folio) && !folio_test_dirty(folio) &&
	       !folio_test_writeback(folio) && !folio_test_hwpoison(folio);
}

/*
 * A reference beyond those of reclaim and the page cache means that the
 * eviction will fail, so that a copy would be wasted.
 */
static bool folio_eligible(struct folio *folio)
{
	struct address_space *mapping = folio_mapping(folio);

	return mapping && folio_is_file_lru(folio) && folio_clean(folio) &&
	       !folio_test_large(folio) && folio_ref_count(folio) == 2 &&
	       !mapping_exiting(mapping) && mapping_storable(mapping);
}

static u32 folio_memcg_id(struct folio *folio)
{
	struct mem_cgroup *memcg = folio_memcg(folio);

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
		.memcg = folio_memcg_id(folio),
		.flags = page_flags_of(folio),
	};
}

static u32 fill_slot(struct folio *folio)
{
	return cleancache_slot_fill(folio->mapping, folio->index,
				    folio_address(folio));
}

void __cleancache_store_begin(struct cleancache_store *store,
			      struct folio *folio)
{
	if (!folio_eligible(folio))
		return;

	describe_folio(&store->page, folio);
	if (!cleancache_admit(&store->page)) {
		count_vm_event(CLEANCACHE_REJECTED);
		return;
	}

	store->mapping = folio->mapping;
	store->slot = fill_slot(folio);
	if (store->slot == CLEANCACHE_NO_SLOT && cleancache_make_room())
		store->slot = fill_slot(folio);
}

/*
 * What the copy was made under may have changed until the page was frozen: the
 * end of a failed writeback notes the error before it lets go of the page.
 */
void *__cleancache_publish(struct cleancache_store *store, void *shadow)
{
	if (mapping_storable(store->mapping) &&
	    cleancache_slot_publish(store->slot, store->mapping,
				    store->page.index, shadow))
		return slot_to_entry(store->slot);
	return shadow;
}

/*
 * A page that did not get its entry is dropped again, as if it had never been
 * stored; unless it was evicted or allocated meanwhile, and so counted there.
 */
void __cleancache_store_end(struct cleancache_store *store, void *entry)
{
	bool published = cleancache_is_entry(entry);

	if (!published && cleancache_slot_forget(store->slot, store->mapping,
						 store->page.index))
		return;
	count_vm_event(CLEANCACHE_STORED);
	if (!published)
		return;
	trace_cleancache_store(&store->page, store->slot);
	cleancache_note_stored(store->slot, &store->page);
}

static void trace_restore(struct folio *folio, u32 slot, bool hit)
{
	struct inode *inode = folio->mapping->host;

	trace_cleancache_restore(inode->i_sb->s_dev, inode->i_ino, folio->index,
				 slot, hit);
}

/* Return whether @folio got its content from the slot @entry names. */
static bool restore_entry(struct folio *folio, void *entry, void **shadow)
{
	u32 slot = entry_to_slot(entry);
	bool hit;

	hit = cleancache_slot_restore(slot, folio->mapping, folio->index,
				      folio_address(folio), shadow);
	trace_restore(folio, slot, hit);
	if (!hit) {
		count_vm_event(CLEANCACHE_STALE);
		return false;
	}
	flush_dcache_folio(folio);
	folio_mark_uptodate(folio);
	count_vm_event(CLEANCACHE_RESTORED);
	cleancache_note_restored(slot);
	return true;
}

/*
 * A file system that adds a page to write to it may go on to change what is
 * behind the page, as the exchange of extents does, and reads the page after
 * that if it has to. A page brought back before would be the old one.
 */
static bool may_restore(struct folio *folio, gfp_t gfp)
{
	return !(gfp & __GFP_WRITE) && !folio_test_large(folio) &&
	       mapping_eligible(folio->mapping);
}

static void *restore_or_forget(struct folio *folio, void *entry, gfp_t gfp,
			       bool *hit)
{
	void *shadow = NULL;

	if (may_restore(folio, gfp))
		*hit = restore_entry(folio, entry, &shadow);
	else if (!folio_test_large(folio)) /* or forgotten as a conflict */
		cleancache_forget(folio->mapping, folio->index, entry);
	return shadow;
}

void *__cleancache_restore(struct folio *folio, void *shadow, gfp_t gfp)
{
	bool hit = false;

	if (cleancache_is_entry(shadow))
		shadow = restore_or_forget(folio, shadow, gfp, &hit);
	if (!hit && !(gfp & __GFP_WRITE) && mapping_eligible(folio->mapping))
		count_vm_events(CLEANCACHE_MISSED, folio_nr_pages(folio));
	return shadow;
}

void __cleancache_forget(struct address_space *mapping, pgoff_t index,
			 void *entry)
{
	u32 slot = entry_to_slot(entry);

	if (cleancache_slot_forget(slot, mapping, index))
		count_vm_event(CLEANCACHE_INVALIDATED);
}

/* The entry may stay: without its slot it is as good as a shadow. */
void __cleancache_forget_index(struct address_space *mapping, pgoff_t index)
{
	cleancache_forget(mapping, index, xa_load(&mapping->i_pages, index));
}

static pgoff_t node_first_index(struct xarray *xa, struct xa_node *node)
{
	pgoff_t index = 0;

	while (node) {
		index |= (pgoff_t)node->offset << node->shift << XA_CHUNK_SHIFT;
		node = xa_parent_locked(xa, node);
	}
	return index;
}

/* The cursor of a walk over conflicts moves, its index stays at the first. */
void __cleancache_forget_conflict(struct address_space *mapping,
				  struct xa_state *xas, void *entry)
{
	pgoff_t index = 0;

	if (xas->xa_node)
		index = node_first_index(xas->xa, xas->xa_node) +
			xas->xa_offset;
	__cleancache_forget(mapping, index, entry);
}

/* Entries are for single pages, so only a node of single pages has any. */
void __cleancache_forget_node(struct address_space *mapping,
			      struct xa_node *node)
{
	pgoff_t first = node_first_index(&mapping->i_pages, node);
	unsigned int i;

	if (node->shift)
		return;
	for (i = 0; i < XA_CHUNK_SIZE; i++)
		cleancache_forget(mapping, first + i,
				  xa_entry_locked(&mapping->i_pages, node, i));
}

void *__cleancache_shadow(struct address_space *mapping, pgoff_t index,
			  void *entry)
{
	return cleancache_slot_shadow(entry_to_slot(entry), mapping, index);
}
