/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cleancache - keep clean file pages after reclaim in memory that can be taken
 * back at once.
 *
 * A page that reclaim evicts is copied into a slot, and a value entry naming
 * the slot takes the place of the page in mapping->i_pages, where otherwise the
 * workingset shadow would be. This header is all the page cache sees of it.
 */
#ifndef _LINUX_CLEANCACHE_H
#define _LINUX_CLEANCACHE_H

#include <linux/bits.h>
#include <linux/cleancache_policy.h>
#include <linux/jump_label.h>
#include <linux/pagemap.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct mem_cgroup;
struct xa_node;

#define CLEANCACHE_NO_SLOT	U32_MAX

/**
 * enum cleancache_drop_reason - why a page was dropped
 * @CLEANCACHE_DROP_INVALIDATED: its entry was deleted, or part of it truncated
 * @CLEANCACHE_DROP_REPLACED: a page was added that does not want its content
 * @CLEANCACHE_DROP_SHRUNK: the shadow shrinker freed the node of its entry
 * @CLEANCACHE_DROP_FLUSHED: everything was to be dropped
 * @CLEANCACHE_DROP_PARTIAL: another page of its folio could not come back
 * @CLEANCACHE_DROP_FAILED: its memory has failed, or holds something else
 */
enum cleancache_drop_reason {
	CLEANCACHE_DROP_INVALIDATED,
	CLEANCACHE_DROP_REPLACED,
	CLEANCACHE_DROP_SHRUNK,
	CLEANCACHE_DROP_FLUSHED,
	CLEANCACHE_DROP_PARTIAL,
	CLEANCACHE_DROP_FAILED,
};

/**
 * struct cleancache_store - a folio being stored while it is evicted
 * @slot: the first slot of the copy, or %CLEANCACHE_NO_SLOT
 * @order: of the folio
 * @mapping: the mapping it leaves; compared, never followed once it has left
 * @index: where in the mapping
 * @described: whether @page is filled in
 * @page: what a policy is told of its first page
 */
struct cleancache_store {
	u32 slot;
	unsigned int order;
	struct address_space *mapping;
	pgoff_t index;
	bool described;
	struct cleancache_page page;
};

#ifdef CONFIG_CLEANCACHE

/*
 * The highest bit a value entry can carry tells a cleancache entry from a
 * workingset shadow, which leaves that bit clear (see EVICTION_SHIFT).
 */
#define CLEANCACHE_ENTRY_BITS	1
#define CLEANCACHE_ENTRY	BIT(BITS_PER_XA_VALUE - 1)

/*
 * Switched on with the first region, before there is a file system whose pages
 * could be evicted; so never between the calls that conclude one eviction.
 */
DECLARE_STATIC_KEY_FALSE(cleancache_key);

void __cleancache_store_begin(struct cleancache_store *store,
			      struct address_space *mapping,
			      struct folio *folio);
void *__cleancache_publish(struct cleancache_store *store, void *shadow);
void __cleancache_store_undo(struct cleancache_store *store);
void __cleancache_restore(struct folio *folio, void **shadow, gfp_t gfp);
void __cleancache_forget_batch(struct address_space *mapping,
			       const struct folio_batch *batch,
			       const pgoff_t *indices);
bool __cleancache_forget_index(struct address_space *mapping, pgoff_t index);
void *__cleancache_replace(struct address_space *mapping, struct xa_state *xas,
			   void *entry, unsigned int order);
bool __cleancache_outrun(struct address_space *mapping, pgoff_t index,
			 void *entry);
unsigned int __cleancache_fit_order(struct address_space *mapping,
				    pgoff_t index, unsigned int order,
				    unsigned int min_order);
void __cleancache_forget_node(struct address_space *mapping,
			      struct xa_node *node);
void *__cleancache_shadow(struct address_space *mapping, pgoff_t index,
			  void *entry);
void __cleancache_forget_from(struct address_space *mapping, loff_t pos);
void __cleancache_change_failed(struct address_space *mapping, loff_t pos,
				loff_t len);
unsigned long __cleancache_nodes_to_keep(struct mem_cgroup *memcg,
					 unsigned long nodes);
unsigned long __cleancache_nr_slots(void);

static inline bool cleancache_active(void)
{
	return static_branch_unlikely(&cleancache_key);
}

static inline bool cleancache_is_entry(const void *entry)
{
	return xa_is_value(entry) && (xa_to_value(entry) & CLEANCACHE_ENTRY);
}

/**
 * cleancache_store_begin() - copy a page that is about to be evicted
 * @store: set up for the two calls that follow
 * @mapping: the mapping it is in, or that of the swap cache
 * @folio: the locked folio, unmapped and off the LRU
 * @reclaimed: whether reclaim evicts it, as __remove_mapping() is told
 *
 * Whatever becomes of the eviction, cleancache_store_end() must follow.
 *
 * Context: Before the locks of the mapping are taken. Does not sleep.
 */
static inline void cleancache_store_begin(struct cleancache_store *store,
					  struct address_space *mapping,
					  struct folio *folio, bool reclaimed)
{
	if (cleancache_active()) {
		store->slot = CLEANCACHE_NO_SLOT;
		if (reclaimed)
			__cleancache_store_begin(store, mapping, folio);
	}
}

/**
 * cleancache_publish() - choose what takes the place of an evicted page
 * @store: what cleancache_store_begin() set up
 * @shadow: the workingset shadow of the folio
 *
 * The copy was made before the reference count was frozen and the folio found
 * clean. It is still true: the folio was locked and unmapped since, and whoever
 * changed it through a reference of their own would have left it dirty.
 *
 * Context: Under the i_pages lock.
 *
 * Return: the entry to put in the index: @shadow, or a cleancache entry which
 * keeps @shadow for the day the page comes back.
 */
static inline void *cleancache_publish(struct cleancache_store *store,
				       void *shadow)
{
	if (cleancache_active() && store->slot != CLEANCACHE_NO_SLOT)
		return __cleancache_publish(store, shadow);
	return shadow;
}

/**
 * cleancache_store_end() - conclude what cleancache_store_begin() began
 * @store: what cleancache_store_begin() set up
 * @entry: what went into the index in place of the page, NULL if it stayed
 *
 * Context: After the locks of the mapping are released. Does not sleep.
 */
static inline void cleancache_store_end(struct cleancache_store *store,
					void *entry)
{
	if (cleancache_active() && store->slot != CLEANCACHE_NO_SLOT &&
	    !cleancache_is_entry(entry))
		__cleancache_store_undo(store);
}

/**
 * cleancache_restore() - bring back the content of a page just added
 * @folio: the locked folio, already in the index
 * @shadow: the value entry it replaced, or NULL; set to the workingset shadow
 *	to refault with, or NULL if none is known
 * @gfp: the flags the folio was added with; tells reads from writes
 *
 * If *@shadow is a cleancache entry whose slots still hold all of @folio, the
 * content is copied into it, it is then uptodate, and the slots are free again.
 * A folio added for writing is not restored, only its slots are freed.
 *
 * Context: Process context, @folio locked, no spinlock held. Sleeps only with
 * CONFIG_CLEANCACHE_VERIFY.
 */
static inline void cleancache_restore(struct folio *folio, void **shadow,
				      gfp_t gfp)
{
	if (cleancache_active())
		__cleancache_restore(folio, shadow, gfp);
}

/**
 * cleancache_filled() - whether a page need not be read
 * @folio: a locked folio just added to be read
 *
 * Return: true if cleancache_restore() has brought back its content.
 */
static inline bool cleancache_filled(struct folio *folio)
{
	return cleancache_active() && folio_test_uptodate(folio);
}

/**
 * cleancache_unlock_filled() - unlock a page that need not be read
 * @folio: a locked folio just added to be read
 *
 * Return: as cleancache_filled(); if true, it is unlocked.
 */
static inline bool cleancache_unlock_filled(struct folio *folio)
{
	if (!cleancache_filled(folio))
		return false;
	folio_unlock(folio);
	return true;
}

/**
 * cleancache_skip() - let go of a page that need not be read
 * @folio: a locked folio just added to be read, with a reference
 *
 * Return: as cleancache_unlock_filled(); if true, the reference is put.
 */
static inline bool cleancache_skip(struct folio *folio)
{
	if (!cleancache_unlock_filled(folio))
		return false;
	folio_put(folio);
	return true;
}

/**
 * cleancache_forget_batch() - give back the slots of entries to be deleted
 * @mapping: the mapping
 * @batch: what was found in the index; only its value entries matter
 * @indices: where
 *
 * An entry without its slots is as good as a shadow, so that nothing goes wrong
 * between this and the deletion. If its page comes back and is evicted again in
 * between, to the same slot, the slot stays in use for nothing until its turn
 * comes. A folio of hundreds of pages takes its time, for which no lock is to
 * be held.
 *
 * Context: Process context, no spinlock held. May sleep.
 */
static inline void cleancache_forget_batch(struct address_space *mapping,
					   const struct folio_batch *batch,
					   const pgoff_t *indices)
{
	if (cleancache_active())
		__cleancache_forget_batch(mapping, batch, indices);
}

/**
 * cleancache_outrun() - whether a page may have come back by an entry
 * @mapping: the mapping
 * @index: where the entry was found
 * @entry: what was found there, not necessarily a value entry
 *
 * For an invalidation that found the entry some time ago and is about to delete
 * it. If another page of the same folio came back, the entry was split.
 *
 * Context: Under the i_pages lock.
 *
 * Return: true if what the entry stood for may be in the page cache by now.
 */
static inline bool cleancache_outrun(struct address_space *mapping,
				     pgoff_t index, void *entry)
{
	return cleancache_active() && cleancache_is_entry(entry) &&
	       __cleancache_outrun(mapping, index, entry);
}

/**
 * cleancache_lock_folio() - lock a folio, or drop what is kept for its page
 * @mapping: the mapping
 * @index: the page that is about to change on disk without being read
 *
 * For truncation inside a page: a resident page is zeroed in part, one that is
 * only in a slot must go. It may be evicted or come back at any moment.
 *
 * Context: Process context. May sleep.
 *
 * Return: as filemap_lock_folio() does, the folio with a reference or an error;
 * then nothing was kept for the page at a moment when no folio was there.
 */
static inline struct folio *cleancache_lock_folio(struct address_space *mapping,
						  pgoff_t index)
{
	struct folio *folio;

	do {
		folio = filemap_lock_folio(mapping, index);
	} while (IS_ERR(folio) && cleancache_active() &&
		 !__cleancache_forget_index(mapping, index));
	return folio;
}

/**
 * cleancache_replace() - have a folio take the place of a value entry
 * @mapping: the mapping
 * @xas: a cursor at @entry, which is still in the index
 * @entry: any value entry
 * @folio: the folio
 *
 * The slots of an entry that covers only a part of the folio are given back. An
 * entry that covers all of it, as any does for a single page, is left to
 * cleancache_restore().
 *
 * Context: Under the i_pages lock.
 *
 * Return: what the folio replaces: @entry, or the workingset shadow behind it.
 */
static inline void *cleancache_replace(struct address_space *mapping,
				       struct xa_state *xas, void *entry,
				       struct folio *folio)
{
	if (cleancache_active() && folio_test_large(folio) &&
	    cleancache_is_entry(entry))
		return __cleancache_replace(mapping, xas, entry,
					    folio_order(folio));
	return entry;
}

/**
 * cleancache_fit_order() - fit a folio to be read to what need not be read
 * @mapping: the mapping
 * @index: where the folio is to be added
 * @order: its order; @index is a multiple of its length
 * @min_order: the least the mapping allows
 *
 * Context: Process context. Does not sleep.
 *
 * Return: the largest order up to @order with which the folio either can come
 * back whole or covers nothing that could.
 */
static inline unsigned int cleancache_fit_order(struct address_space *mapping,
						pgoff_t index,
						unsigned int order,
						unsigned int min_order)
{
	if (cleancache_active())
		return __cleancache_fit_order(mapping, index, order, min_order);
	return order;
}

/**
 * cleancache_forget_node() - give back the slots of a node about to be freed
 * @mapping: the mapping whose index the node belongs to
 * @node: a node that holds nothing but value entries
 *
 * Context: Under the i_pages lock.
 */
static inline void cleancache_forget_node(struct address_space *mapping,
					  struct xa_node *node)
{
	if (cleancache_active())
		__cleancache_forget_node(mapping, node);
}

/**
 * cleancache_shadow() - look through an entry at the shadow behind it
 * @mapping: the mapping whose index holds @entry
 * @index: where it is
 * @entry: any value entry
 *
 * Context: Any. Does not sleep.
 *
 * Return: the workingset shadow, or NULL if @entry has outlived its slot.
 */
static inline void *cleancache_shadow(struct address_space *mapping,
				      pgoff_t index, void *entry)
{
	if (cleancache_active() && cleancache_is_entry(entry))
		return __cleancache_shadow(mapping, index, entry);
	return entry;
}

/**
 * cleancache_forget_from() - drop the clean pages of a file from some point on
 * @mapping: the file's mapping
 * @pos: where to begin, in bytes; the whole page there goes
 *
 * For what the disk may not have any more, or never had. Pages in memory go as
 * well as those in slots.
 *
 * Context: Process context. May sleep.
 */
static inline void cleancache_forget_from(struct address_space *mapping,
					  loff_t pos)
{
	if (cleancache_active())
		__cleancache_forget_from(mapping, pos);
}

/**
 * cleancache_change_failed() - drop pages that may have changed in memory only
 * @mapping: the mapping of a file of which a range was to be changed
 * @pos: where the range begins, in bytes
 * @len: how long it is, in bytes
 *
 * Before a file system makes a hole, it zeroes the part of a page at either end
 * of it that is resident. A write whose copy came up short may be rejected when
 * it has changed the page. In either case the page is clean, and not what the
 * disk has.
 *
 * Context: Process context, no folio locked, no transaction open. May sleep;
 * writes these pages back if they are dirty.
 */
static inline void cleancache_change_failed(struct address_space *mapping,
					    loff_t pos, loff_t len)
{
	if (cleancache_active())
		__cleancache_change_failed(mapping, pos, len);
}

/**
 * cleancache_nodes_to_keep() - how many index nodes are worth their memory
 * @memcg: the cgroup they are charged to, or NULL
 * @nodes: how many there are that hold nothing but value entries
 *
 * Context: Any. Does not sleep.
 *
 * Return: that number of nodes, beyond those that the shadow shrinker keeps for
 * the sake of shadows.
 */
static inline unsigned long cleancache_nodes_to_keep(struct mem_cgroup *memcg,
						     unsigned long nodes)
{
	if (cleancache_active())
		return __cleancache_nodes_to_keep(memcg, nodes);
	return 0;
}

/**
 * cleancache_nr_slots() - how many pages all regions lend to the cleancache
 *
 * Return: that number of pages, those allocated just now included.
 */
static inline unsigned long cleancache_nr_slots(void)
{
	return cleancache_active() ? __cleancache_nr_slots() : 0;
}

#else /* !CONFIG_CLEANCACHE */

#define CLEANCACHE_ENTRY_BITS	0

static inline bool cleancache_is_entry(const void *entry)
{
	return false;
}

static inline void cleancache_store_begin(struct cleancache_store *store,
					  struct address_space *mapping,
					  struct folio *folio, bool reclaimed)
{
}

static inline void *cleancache_publish(struct cleancache_store *store,
				       void *shadow)
{
	return shadow;
}

static inline void cleancache_store_end(struct cleancache_store *store,
					void *entry)
{
}

static inline void cleancache_restore(struct folio *folio, void **shadow,
				      gfp_t gfp)
{
}

static inline bool cleancache_filled(struct folio *folio)
{
	return false;
}

static inline bool cleancache_unlock_filled(struct folio *folio)
{
	return false;
}

static inline bool cleancache_skip(struct folio *folio)
{
	return false;
}

static inline void cleancache_forget_batch(struct address_space *mapping,
					   const struct folio_batch *batch,
					   const pgoff_t *indices)
{
}

static inline bool cleancache_outrun(struct address_space *mapping,
				     pgoff_t index, void *entry)
{
	return false;
}

static inline struct folio *cleancache_lock_folio(struct address_space *mapping,
						  pgoff_t index)
{
	return filemap_lock_folio(mapping, index);
}

static inline void *cleancache_replace(struct address_space *mapping,
				       struct xa_state *xas, void *entry,
				       struct folio *folio)
{
	return entry;
}

static inline unsigned int cleancache_fit_order(struct address_space *mapping,
						pgoff_t index,
						unsigned int order,
						unsigned int min_order)
{
	return order;
}

static inline void cleancache_forget_node(struct address_space *mapping,
					  struct xa_node *node)
{
}

static inline void *cleancache_shadow(struct address_space *mapping,
				      pgoff_t index, void *entry)
{
	return entry;
}

static inline void cleancache_forget_from(struct address_space *mapping,
					  loff_t pos)
{
}

static inline void cleancache_change_failed(struct address_space *mapping,
					    loff_t pos, loff_t len)
{
}

static inline unsigned long cleancache_nodes_to_keep(struct mem_cgroup *memcg,
						     unsigned long nodes)
{
	return 0;
}

static inline unsigned long cleancache_nr_slots(void)
{
	return 0;
}

#endif /* CONFIG_CLEANCACHE */

/* For those who lend memory; described in mm/cleancache/slots.c. */

struct cleancache_region;

struct cleancache_region *cleancache_add_region(unsigned long pfn,
						unsigned long nr_pages);
unsigned long cleancache_take(struct cleancache_region *region,
			      unsigned long pfn, unsigned long nr_pages,
			      unsigned long *waited);
void cleancache_give(struct cleancache_region *region, unsigned long pfn,
		     unsigned long nr_pages);
unsigned long cleancache_next_taken(struct cleancache_region *region,
				    unsigned long pfn, unsigned long end);
bool cleancache_range_poisoned(struct cleancache_region *region,
			       unsigned long pfn, unsigned long nr_pages);
unsigned long cleancache_region_cached(const struct cleancache_region *region);

#endif /* _LINUX_CLEANCACHE_H */
