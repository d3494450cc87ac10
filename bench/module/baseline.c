// SPDX-License-Identifier: GPL-2.0
/*
 * Other ways to contiguous memory, measured beside CMA: blocks of the buddy
 * allocator, and alloc_contig_pages(). Also what fragments memory for them.
 */

#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kprobes.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/nodemask.h>

#include "bench.h"

#define MAX_HELD	512

/* Input clock of the timer chip is 1193182 Hz; channel 0, rate generator. */
#define TIMER_MODE	0x43
#define TIMER_COUNT	0x40
#define TIMER_RATE	0x34

typedef struct page *(*contig_fn)(unsigned long nr, gfp_t gfp, int node,
				  nodemask_t *nodes);

static gfp_t block_gfp(const char *how)
{
	if (!strcmp(how, "none"))
		return GFP_NOWAIT | __GFP_NOWARN;
	if (!strcmp(how, "compact"))
		return GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN;
	return 0;
}

static struct page *time_block(gfp_t gfp, unsigned int order)
{
	struct page *page;
	u64 start, cost;

	start = bench_now();
	page = alloc_pages(gfp, order);
	cost = bench_now() - start;
	bench_log(page ? "granted" : "refused", cost);
	return page;
}

int bench_blocks(const char *text)
{
	static struct page *held[MAX_HELD];
	unsigned int order, count, i, nr = 0;
	char how[16];
	gfp_t gfp;

	if (sscanf(text, "%u %u %15s", &order, &count, how) != 3 ||
	    order > MAX_PAGE_ORDER || count > MAX_HELD)
		return -EINVAL;
	gfp = block_gfp(how);
	if (!gfp)
		return -EINVAL;
	for (i = 0; i < count; i++) {
		held[nr] = time_block(gfp, order);
		if (held[nr])
			nr++;
	}
	while (nr--)
		__free_pages(held[nr], order);
	return 0;
}

/* It is not exported to modules. */
static contig_fn find_contig(void)
{
	struct kprobe probe = { .symbol_name = "alloc_contig_pages_noprof" };
	contig_fn fn;

	if (register_kprobe(&probe))
		return NULL;
	fn = (contig_fn)probe.addr;
	unregister_kprobe(&probe);
	return fn;
}

int bench_contig(const char *text)
{
	unsigned long pages, count, i;
	struct page *page;
	contig_fn alloc;
	u64 start, cost;

	if (sscanf(text, "%lu %lu", &pages, &count) != 2 || !pages)
		return -EINVAL;
	alloc = find_contig();
	if (!alloc)
		return -ENOENT;
	for (i = 0; i < count; i++) {
		start = bench_now();
		page = alloc(pages, GFP_KERNEL | __GFP_NOWARN, 0,
			     &node_online_map);
		cost = bench_now() - start;
		bench_log(page ? "granted" : "refused", cost);
		if (page)
			free_contig_range(page_to_pfn(page), pages);
	}
	return 0;
}

/* Unmovable pages with gaps between them, kept until the guest ends. */
int bench_pin(const char *text)
{
	unsigned long pages, every, i;
	struct page *page, *next;
	LIST_HEAD(spare);

	if (sscanf(text, "%lu %lu", &pages, &every) != 2 || !every)
		return -EINVAL;
	for (i = 0; i < pages; i++) {
		page = alloc_page(GFP_KERNEL | __GFP_NOWARN |
				  __GFP_RETRY_MAYFAIL);
		if (!page)
			break;
		if (i % every)
			list_add(&page->lru, &spare);
	}
	list_for_each_entry_safe(page, next, &spare, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
	return 0;
}

/*
 * An emulator that runs its CPUs in turn switches when its next timer is due.
 * A timer chip that nobody listens to makes that often.
 */
int bench_slice(const char *text)
{
	unsigned int ticks;

	if (kstrtouint(text, 10, &ticks) || !ticks || ticks > 0xffff)
		return -EINVAL;
	outb(TIMER_RATE, TIMER_MODE);
	outb(ticks & 0xff, TIMER_COUNT);
	outb(ticks >> 8, TIMER_COUNT);
	return 0;
}
