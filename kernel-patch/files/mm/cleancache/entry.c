// SPDX-License-Identifier: GPL-2.0
/*
 * The entries that stand in mapping->i_pages for stored pages, and what becomes
 * of their slots when they go.
 */

#include <linux/export.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagevec.h>
#include <linux/vmstat.h>

#include "internal.h"

#define CREATE_TRACE_POINTS
#include <trace/events/cleancache.h>

DEFINE_STATIC_KEY_FALSE(cleancache_key);
EXPORT_SYMBOL_GPL(cleancache_key); /* file systems skip what came back */

/**
 * cleancache_dropped() - count and tell that slots lost their pages
 * @slot: the first slot
 * @nr: how many
 * @reason: why
 *
 * Context: Any but with a slot locked.
 */
void cleancache_dropped(u32 slot, u32 nr, enum cleancache_drop_reason reason)
{
	u32 i;

	count_vm_events(CLEANCACHE_INVALIDATED, nr);
	for (i = 0; i < nr; i++)
		trace_cleancache_drop(slot + i, reason);
	cleancache_note(CLEANCACHE_EV_INVALIDATED, slot, nr);
}

/**
 * cleancache_forget_pages() - drop pages on behalf of their owner
 * @mapping: the owner's mapping
 * @index: the index of the first
 * @nr: how many
 * @entry: what stands, or stood, at these indices
 * @reason: what to tell those who trace it
 *
 * Slots that do not hold these pages are left alone.
 *
 * Context: Any but with a slot locked.
 */
void cleancache_forget_pages(struct address_space *mapping, pgoff_t index,
			     unsigned long nr, void *entry,
			     enum cleancache_drop_reason reason)
{
	u32 slot = entry_slot(entry, index);
	unsigned long i;

	for (i = 0; i < nr; i++)
		if (cleancache_slot_forget(slot + i, mapping, index + i))
			cleancache_dropped(slot + i, 1, reason);
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

/* Any part of the folio that came back has split the entry since it was put. */
static void forget_found(struct address_space *mapping, pgoff_t index,
			 void *entry)
{
	unsigned int order = min_t(unsigned int, entry_order(entry),
				   xa_get_order(&mapping->i_pages, index));

	cleancache_forget_pages(mapping, round_down(index, BIT(order)),
				BIT(order), entry, CLEANCACHE_DROP_INVALIDATED);
}

void __cleancache_forget_batch(struct address_space *mapping,
			       const struct folio_batch *batch,
			       const pgoff_t *indices)
{
	unsigned int i;

	for (i = 0; i < batch->nr; i++) {
		if (cleancache_is_entry(batch->folios[i]))
			forget_found(mapping, indices[i], batch->folios[i]);
		cleancache_tell_if_due();
		cond_resched();
	}
}

/*
 * Return whether there was no page at a moment when nothing was kept for it.
 * The lock keeps a page from coming back while its slot is dropped. The entry
 * may stay: without its slot it is as good as a shadow.
 */
bool __cleancache_forget_index(struct address_space *mapping, pgoff_t index)
{
	void *entry = xa_load(&mapping->i_pages, index);

	if (cleancache_is_entry(entry)) {
		xa_lock_irq(&mapping->i_pages);
		entry = xa_load(&mapping->i_pages, index);
		if (cleancache_is_entry(entry))
			cleancache_forget_pages(mapping, index, 1, entry,
						CLEANCACHE_DROP_INVALIDATED);
		xa_unlock_irq(&mapping->i_pages);
	}
	return !entry || xa_is_value(entry);
}

void *__cleancache_replace(struct address_space *mapping, struct xa_state *xas,
			   void *entry, unsigned int order)
{
	pgoff_t index = cursor_index(xas);
	void *shadow;

	if (xas_get_order(xas) >= order)
		return entry;
	shadow = __cleancache_shadow(mapping, index, entry);
	cleancache_forget_pages(mapping, index, BIT(xas_get_order(xas)), entry,
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
	pgoff_t index = node_first_index(&mapping->i_pages, node);
	unsigned long places;
	unsigned int i;
	void *entry;

	for (i = 0; i < XA_CHUNK_SIZE; i += places) {
		entry = xa_entry_locked(&mapping->i_pages, node, i);
		places = entry_places(&mapping->i_pages, node, i);
		if (cleancache_is_entry(entry))
			cleancache_forget_pages(mapping, index,
						places << node->shift, entry,
						CLEANCACHE_DROP_SHRUNK);
		index += places << node->shift;
	}
}

void *__cleancache_shadow(struct address_space *mapping, pgoff_t index,
			  void *entry)
{
	return cleancache_slot_shadow(entry_slot(entry, index), mapping, index);
}
