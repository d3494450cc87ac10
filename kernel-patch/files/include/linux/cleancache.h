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
#include <linux/types.h>
#include <linux/xarray.h>

struct address_space;
struct folio;
struct xa_node;

#define CLEANCACHE_NO_SLOT	U32_MAX

/**
 * struct cleancache_store - a page being stored while it is evicted
 * @slot: the slot that holds the copy, or %CLEANCACHE_NO_SLOT
 * @mapping: the mapping it leaves; compared, never followed once it has left
 * @page: what a policy is told of it
 */
struct cleancache_store {
	u32 slot;
	struct address_space *mapping;
	struct cleancache_page page;
};

#ifdef CONFIG_CLEANCACHE

/*
 * The highest bit a value entry can carry tells a cleancache entry from a
 * workingset shadow, which leaves that bit clear (see EVICTION_SHIFT).
 */
#define CLEANCACHE_ENTRY_BITS	1
#define CLEANCACHE_ENTRY	BIT(BITS_PER_XA_VALUE - 1)

DECLARE_STATIC_KEY_FALSE(cleancache_key);

void __cleancache_store_begin(struct cleancache_store *store,
			      struct folio *folio);
void *__cleancache_publish(struct cleancache_store *store, void *shadow);
void __cleancache_store_end(struct cleancache_store *store, void *entry);
void *__cleancache_restore(struct folio *folio, void *shadow, gfp_t gfp);
void __cleancache_forget(struct address_space *mapping, pgoff_t index,
			 void *entry);
void __cleancache_forget_index(struct address_space *mapping, pgoff_t index);
void __cleancache_forget_conflict(struct address_space *mapping,
				  struct xa_state *xas, void *entry);
void __cleancache_forget_node(struct address_space *mapping,
			      struct xa_node *node);
void *__cleancache_shadow(struct address_space *mapping, pgoff_t index,
			  void *entry);
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
 * @folio: the locked folio, unmapped and off the LRU
 * @reclaimed: whether reclaim evicts it, as __remove_mapping() is told
 *
 * Whatever becomes of the eviction, cleancache_store_end() must follow.
 *
 * Context: Before the locks of the mapping are taken. Does not sleep.
 */
static inline void cleancache_store_begin(struct cleancache_store *store,
					  struct folio *folio, bool reclaimed)
{
	store->slot = CLEANCACHE_NO_SLOT;
	if (cleancache_active() && reclaimed)
		__cleancache_store_begin(store, folio);
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
	if (cleancache_active() && store->slot != CLEANCACHE_NO_SLOT)
		__cleancache_store_end(store, entry);
}

/**
 * cleancache_restore() - bring back the content of a page just added
 * @folio: the locked folio, already in the index
 * @shadow: the value entry it replaced, or NULL
 * @gfp: the flags the folio was added with; tells reads from writes
 *
 * If @shadow is a cleancache entry whose slot still holds the page, the content
 * is copied into @folio, which is then uptodate, and the slot is free again. A
 * page added for writing is not restored, only its slot freed.
 *
 * Context: Process context, @folio locked, no spinlock held. Does not sleep.
 *
 * Return: the workingset shadow to refault with, or NULL if none is known.
 */
static inline void *cleancache_restore(struct folio *folio, void *shadow,
				       gfp_t gfp)
{
	if (cleancache_active())
		return __cleancache_restore(folio, shadow, gfp);
	return shadow;
}

/**
 * cleancache_forget() - give back the slot of an entry that leaves the index
 * @mapping: the mapping whose index held @entry
 * @index: where it was
 * @entry: any value entry
 *
 * Context: Any. Does not sleep.
 */
static inline void cleancache_forget(struct address_space *mapping,
				     pgoff_t index, void *entry)
{
	if (cleancache_active() && cleancache_is_entry(entry))
		__cleancache_forget(mapping, index, entry);
}

/**
 * cleancache_forget_index() - drop what is kept for a page not resident
 * @mapping: the mapping
 * @index: the page that is about to change on disk without being read
 *
 * For truncation inside a page: a resident page would have been zeroed in part,
 * one that is only in a slot must go.
 *
 * Context: Process context, interrupts on. Does not sleep.
 */
static inline void cleancache_forget_index(struct address_space *mapping,
					   pgoff_t index)
{
	if (cleancache_active())
		__cleancache_forget_index(mapping, index);
}

/**
 * cleancache_forget_conflict() - give back the slot of an entry replaced
 * @mapping: the mapping
 * @xas: a walk over what a large folio replaces, at @entry
 * @entry: any value entry
 *
 * Context: Under the i_pages lock.
 */
static inline void cleancache_forget_conflict(struct address_space *mapping,
					      struct xa_state *xas, void *entry)
{
	if (cleancache_active() && cleancache_is_entry(entry))
		__cleancache_forget_conflict(mapping, xas, entry);
}

/**
 * cleancache_forget_node() - give back the slots of a node about to be freed
 * @mapping: the mapping whose index the node belongs to
 * @node: a leaf that holds nothing but value entries
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

static inline void *cleancache_restore(struct folio *folio, void *shadow,
				       gfp_t gfp)
{
	return shadow;
}

static inline void cleancache_forget(struct address_space *mapping,
				     pgoff_t index, void *entry)
{
}

static inline void cleancache_forget_index(struct address_space *mapping,
					   pgoff_t index)
{
}

static inline void cleancache_forget_conflict(struct address_space *mapping,
					      struct xa_state *xas, void *entry)
{
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
unsigned long cleancache_region_cached(const struct cleancache_region *region);

#endif /* _LINUX_CLEANCACHE_H */
