// SPDX-License-Identifier: GPL-2.0
/*
 * The entries that stand in mapping->i_pages for stored pages, and what becomes
 * of their slots when they go.
 */

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/vmstat.h>

#include "internal.h"

#define CREATE_TRACE_POINTS
#include <trace/events/cleancache.h>

DEFINE_STATIC_KEY_FALSE(cleancache_key);

/**
 * cleancache_forget_run() - drop pages on behalf of their owner
 * @mapping: the owner's mapping
 * @index: the index of the first
 * @slot: the slot of the first, the others follow
 * @nr: how many
 * @reason: what to tell those who trace it
 *
 * Slots that do not hold these pages are left alone.
 *
 * Context: Any but with a slot locked.
 */
void cleancache_forget_run(struct address_space *mapping, pgoff_t index,
			   u32 slot, unsigned long nr,
			   enum cleancache_drop_reason reason)
{
	unsigned long i;

	for (i = 0; i < nr; i++) {
		if (!cleancache_slot_forget(slot + i, mapping, index + i))
			continue;
		count_vm_event(CLEANCACHE_INVALIDATED);
		trace_cleancache_drop(slot + i, reason);
	}
}

void __cleancache_forget_index(struct address_space *mapping, pgoff_t index)
{
	void *entry = xa_load(&mapping->i_pages, index);

	/* The entry may stay: without its slot it is as good as a shadow. */
	if (cleancache_is_entry(entry))
		cleancache_forget_run(mapping, index, entry_slot(entry, index),
				      1, CLEANCACHE_DROP_INVALIDATED);
}

/* The offset of the topmost node is not set; only those below one count. */
static pgoff_t node_first_index(struct xarray *xa, struct xa_node *node)
{
	struct xa_node *parent;
	pgoff_t index = 0;

	for (; (parent = xa_parent_locked(xa, node)); node = parent)
		index |= (pgoff_t)node->offset << parent->shift;
	return index;
}

/* Drop what an entry holds that stands for @nr indices from @index on. */
static void forget_entry(struct address_space *mapping, pgoff_t index,
			 unsigned long nr, void *entry,
			 enum cleancache_drop_reason reason)
{
	cleancache_forget_run(mapping, index, entry_slot(entry, index), nr,
			      reason);
}

/*
 * The first index of the entry the cursor is at. Where the cursor was moved by
 * a walk over conflicts, its own index still is that of the first of them.
 */
static pgoff_t cursor_index(struct xa_state *xas)
{
	if (!xas->xa_node)
		return 0;
	return node_first_index(xas->xa, xas->xa_node) +
	       ((pgoff_t)xas->xa_offset << xas->xa_node->shift);
}

void __cleancache_forget(struct address_space *mapping, struct xa_state *xas,
			 void *entry)
{
	forget_entry(mapping, cursor_index(xas), BIT(xas_get_order(xas)), entry,
		     CLEANCACHE_DROP_INVALIDATED);
}

void *__cleancache_replace(struct address_space *mapping, struct xa_state *xas,
			   void *entry, unsigned int order)
{
	pgoff_t index = cursor_index(xas);
	void *shadow;

	if (xas_get_order(xas) >= order)
		return entry;
	shadow = __cleancache_shadow(mapping, index, entry);
	forget_entry(mapping, index, BIT(xas_get_order(xas)), entry,
		     CLEANCACHE_DROP_REPLACED);
	return shadow;
}

bool __cleancache_outrun(struct address_space *mapping, pgoff_t index,
			 void *entry)
{
	return xa_load(&mapping->i_pages, index) != entry ||
	       xa_get_order(&mapping->i_pages, index) < entry_order(entry);
}

/* An entry takes several places in a node if siblings follow it. */
static unsigned int entry_places(struct xarray *xa, struct xa_node *node,
				 unsigned int offset)
{
	unsigned int nr = 1;

	while (offset + nr < XA_CHUNK_SIZE &&
	       xa_is_sibling(xa_entry_locked(xa, node, offset + nr)))
		nr++;
	return nr;
}

void __cleancache_forget_node(struct address_space *mapping,
			      struct xa_node *node)
{
	pgoff_t first = node_first_index(&mapping->i_pages, node);
	unsigned int i, places;
	void *entry;

	for (i = 0; i < XA_CHUNK_SIZE; i += places) {
		entry = xa_entry_locked(&mapping->i_pages, node, i);
		places = entry_places(&mapping->i_pages, node, i);
		if (cleancache_is_entry(entry))
			forget_entry(mapping,
				     first + ((pgoff_t)i << node->shift),
				     (unsigned long)places << node->shift,
				     entry, CLEANCACHE_DROP_SHRUNK);
	}
}

void *__cleancache_shadow(struct address_space *mapping, pgoff_t index,
			  void *entry)
{
	return cleancache_slot_shadow(entry_slot(entry, index), mapping, index);
}
