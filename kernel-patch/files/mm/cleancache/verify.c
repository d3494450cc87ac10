// SPDX-License-Identifier: GPL-2.0
/*
 * Debugging: check that what comes out of the cleancache is what went in, and,
 * every now and then, that it is what the disk has.
 */

#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/moduleparam.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/xxhash.h>

#include "internal.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "cleancache."

/* Compare one hit in this many with the disk; 0 for none (default 64). */
static unsigned int verify_interval = 64;
module_param(verify_interval, uint, 0644);

/* How many hits were compared with the disk, and agreed. */
static unsigned long verified;
module_param(verified, ulong, 0444);

/* How many pages were damaged or not what the disk had. */
static unsigned long mismatches;
module_param(mismatches, ulong, 0444);

static atomic_t hits;

/*
 * Who reads from disk to compare: one at a time, so that nobody does it anew
 * for a page that comes back in the course of that.
 */
static struct task_struct *reader;

/**
 * cleancache_checksum_set() - note the checksum of a page
 * @checksum: where
 * @page: its content
 *
 * Context: Any.
 */
void cleancache_checksum_set(struct cleancache_checksum *checksum,
			     const void *page)
{
	checksum->sum = xxh64(page, PAGE_SIZE, 0);
}

/**
 * cleancache_checksum_matches() - whether a page has the checksum noted
 * @checksum: what cleancache_checksum_set() noted
 * @page: the content
 *
 * Context: Any.
 *
 * Return: whether it does.
 */
bool cleancache_checksum_matches(const struct cleancache_checksum *checksum,
				 const void *page)
{
	return checksum->sum == xxh64(page, PAGE_SIZE, 0);
}

static void report(const char *what, u32 slot, struct address_space *mapping,
		   pgoff_t index)
{
	WRITE_ONCE(mismatches, mismatches + 1);
	WARN(1, "cleancache: %s: dev %s inode %lu index %lu slot %u\n", what,
	     mapping->host->i_sb->s_id, mapping->host->i_ino, index, slot);
}

/**
 * cleancache_report_damage() - say that a slot has lost its content
 * @slot: the slot
 * @mapping: the owner's mapping
 * @index: the owner's index
 *
 * Context: Any.
 */
void cleancache_report_damage(u32 slot, struct address_space *mapping,
			      pgoff_t index)
{
	report("memory damaged", slot, mapping, index);
}

/* Not within a transaction, whose locks reading might want as well. */
static bool due(gfp_t gfp)
{
	unsigned int interval = READ_ONCE(verify_interval);

	return interval && gfpflags_allow_blocking(gfp) &&
	       !(current->flags & PF_MEMALLOC) && !current->journal_info &&
	       (unsigned int)atomic_inc_return(&hits) % interval == 0;
}

/*
 * Have the file system read into a folio that looks like @folio to it but is
 * not in the index. Return NULL if it could not.
 */
static struct folio *read_twin(struct folio *folio, gfp_t gfp)
{
	struct address_space *mapping = folio->mapping;
	struct folio *twin = folio_alloc(gfp, folio_order(folio));

	if (!twin)
		return NULL;
	__folio_set_locked(twin);
	twin->mapping = mapping;
	twin->index = folio->index;
	if (!mapping->a_ops->read_folio(NULL, twin))
		folio_wait_locked(twin);
	return twin;
}

/* Undo what the file system attached to it. */
static void drop_twin(struct folio *twin)
{
	int tries = HZ;

	folio_lock(twin);
	while (!filemap_release_folio(twin, GFP_KERNEL) && tries--)
		schedule_timeout_uninterruptible(1);
	if (folio_test_private(twin)) {
		/* Rather lose it than free what is still in use. */
		WARN_ONCE(1, "cleancache: a page read to compare is stuck\n");
		return;
	}
	twin->mapping = NULL;
	folio_unlock(twin);
	folio_put(twin);
}

static bool same_content(struct folio *a, struct folio *b)
{
	return !memcmp(folio_address(a), folio_address(b), folio_size(a));
}

/**
 * cleancache_verify_disk() - compare a restored folio with the disk, at times
 * @folio: the folio, locked, with its content restored
 * @entry: the entry it came back by
 * @gfp: the flags it was added with
 *
 * A direct write under way changes the disk before it invalidates the folio, so
 * that a difference means nothing. One that begins now is held up by the lock
 * of the folio before it ends.
 *
 * Context: Where the file system may be asked to read. May sleep.
 */
void cleancache_verify_disk(struct folio *folio, void *entry, gfp_t gfp)
{
	struct inode *inode = folio->mapping->host;
	struct folio *twin;

	if (!due(gfp) || atomic_read(&inode->i_dio_count) ||
	    cmpxchg(&reader, NULL, current))
		return;

	twin = read_twin(folio, gfp);
	WRITE_ONCE(reader, NULL);
	if (!twin)
		return;
	if (folio_test_uptodate(twin) && !atomic_read(&inode->i_dio_count)) {
		if (same_content(folio, twin)) {
			WRITE_ONCE(verified, verified + 1);
		} else {
			report("not what the disk has",
			       entry_slot(entry, folio->index), folio->mapping,
			       folio->index);
			memcpy(folio_address(folio), folio_address(twin),
			       folio_size(folio));
		}
	}
	drop_twin(twin);
}
