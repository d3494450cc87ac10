// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to add a page to a file's page cache. Where the cleancache
 * holds it, that includes the hit; the rest is the same on every kernel.
 */

#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/pagemap.h>

#include "bench.h"

/* Where a page is uptodate at once, somebody had it. */
static int add_one(struct address_space *mapping, pgoff_t index)
{
	gfp_t gfp = mapping_gfp_constraint(mapping, GFP_KERNEL);
	struct folio *folio = filemap_alloc_folio(gfp, 0);
	u64 start, cost;
	int err;

	if (!folio)
		return -ENOMEM;
	start = bench_now();
	err = filemap_add_folio(mapping, folio, index, gfp);
	cost = bench_now() - start;
	if (!err) {
		bench_log(folio_test_uptodate(folio) ? "hit" : "miss", cost);
		folio_unlock(folio);
	}
	folio_put(folio);
	return err;
}

int bench_add(const char *text)
{
	unsigned long first, count, i;
	struct file *file;
	int at = 0, err = 0;

	if (sscanf(text, "%lu %lu %n", &first, &count, &at) != 2 || !text[at])
		return -EINVAL;
	file = filp_open(text + at, O_RDONLY | O_LARGEFILE, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	for (i = 0; i < count && !err; i++)
		err = add_one(file->f_mapping, first + i);
	filp_close(file, NULL);
	return err;
}

int bench_copy(const char *text)
{
	void *from = (void *)__get_free_page(GFP_KERNEL | __GFP_ZERO);
	void *to = (void *)__get_free_page(GFP_KERNEL);
	u64 start, cost;
	int i;

	for (i = 0; from && to && i < 3; i++) {
		start = bench_now();
		copy_page(to, from);
		cost = bench_now() - start;
		bench_log("copy", cost);
	}
	free_page((unsigned long)from);
	free_page((unsigned long)to);
	return from && to ? 0 : -ENOMEM;
}
