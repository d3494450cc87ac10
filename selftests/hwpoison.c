// SPDX-License-Identifier: GPL-2.0
/*
 * A page of a guaranteed area goes bad. Guards that its content is not used
 * any more (the file is read from disk instead), that nothing is put there
 * again, and that allocations go around it. Fails when a restore, a store or
 * an allocation does not look at the page's flag; and when what goes with it
 * leaves without an event (mutant drop-large).
 *
 * The page stays bad for as long as the machine runs, so each case has an
 * area of its own.
 *
 * usage: hwpoison DIR CASE, booted with gcma=…,bad1:SIZE,bad2:SIZE,bad3:SIZE
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/area.h"
#include "lib/cache.h"
#include "lib/files.h"
#include "lib/pattern.h"
#include "lib/trace.h"

#define INJECT		"/sys/kernel/debug/hwpoison/corrupt-pfn"
#define KPF_HWPOISON	19
#define BAD_OFFSET	37
#define FILE_ID		41
#define DROP		"cleancache/cleancache_drop"

static bool is_bad(u64 pfn)
{
	u64 flags;
	int fd = xopen(O_RDONLY, "/proc/kpageflags");

	xread_at(fd, &flags, sizeof(flags), pfn * sizeof(flags));
	close(fd);
	return flags >> KPF_HWPOISON & 1;
}

/* The kernel may say that it cannot do anything about the page. */
static void make_bad(u64 pfn)
{
	int fd = xopen(O_WRONLY, INJECT);
	char text[32];
	int len = snprintf(text, sizeof(text), "%#llx",
			   (unsigned long long)pfn);

	check(write(fd, text, len) == len || errno == EBUSY || errno == EIO,
	      INJECT ": %m");
	close(fd);
	check(is_bad(pfn), "page %#llx is not marked bad",
	      (unsigned long long)pfn);
}

static u64 bad_pfn(const char *area)
{
	return area_debug(area, "base_pfn") + BAD_OFFSET;
}

/* Only this area is used, and no page of it is bad yet. */
static void use_only(const char *area)
{
	check(!is_bad(bad_pfn(area)), "the page is bad already");
	areas_take_others(&area, 1);
	cgroup_enter(0);
}

/* All of the area in use, then one page goes bad. */
static void start(struct file_set *set, const char *dir, const char *area)
{
	use_only(area);
	files_create(set, dir, area_pages(area));
	files_fill_exactly(set, area_pages(area));
}

/* It is read once more, in the order that makes no page push another out. */
static void cached_page(const char *dir)
{
	const char *area = "bad1";
	struct file_set set;
	u64 restored;
	u32 i;

	start(&set, dir, area);
	make_bad(bad_pfn(area));
	trace_start(DROP, NULL);
	restored = vmstat("cleancache_restored");
	for (i = set.files; i--;)
		files_verify_one(&set, i);
	restored = vmstat("cleancache_restored") - restored;
	check(restored == area_pages(area) - 1,
	      "%llu hits, with one bad page of %llu",
	      (unsigned long long)restored,
	      (unsigned long long)area_pages(area));
	check(trace_count("reason=failed") == 1, "%llu pages dropped as bad",
	      (unsigned long long)trace_count("reason=failed"));
	trace_stop(DROP);
	/* The bad page is not used for that. */
	files_fill_exactly(&set, area_pages(area) - 1);
	area_check_balance("at the end");
	areas_free_others(&area, 1);
}

static void read_ahead(int fd, u32 pages)
{
	check(!posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL), "fadvise");
	pattern_verify(fd, FILE_ID, pages, 1);
}

/*
 * Of a large folio, the bad page is one of the lot: it is lost, and all others
 * are dropped, those before it after they were copied.
 */
static void large_folio(const char *dir)
{
	const char *area = "bad3";
	u64 pages = area_pages(area) / 2, failed, partial;
	int fd;

	use_only(area);
	fd = pattern_file(dir, FILE_ID, pages, 1);
	forget(fd);
	read_ahead(fd, pages);
	evict(fd);
	make_bad(bad_pfn(area));
	trace_start(DROP, NULL);
	read_ahead(fd, pages);
	failed = trace_count("reason=failed");
	partial = trace_count("reason=partial");
	note("%llu pages dropped with the bad one",
	     (unsigned long long)partial);
	check(failed == 1, "%llu pages dropped as bad",
	      (unsigned long long)failed);
	check(partial && !((partial + 1) & partial),
	      "%llu pages dropped with it, which make no folio",
	      (unsigned long long)partial);
	trace_stop(DROP);
	area_check_balance("at the end");
	areas_free_others(&area, 1);
}

/* All pages but the bad one can be had, but no range with it in. */
static void allocations(const char *dir)
{
	const char *area = "bad2";
	u64 total = area_pages(area), got = 0;
	struct file_set set;

	start(&set, dir, area);
	make_bad(bad_pfn(area));
	check(area_try_alloc(area, total) == -ENOMEM ||
	      area_try_alloc(area, total) == -EBUSY,
	      "the whole area was had, bad page and all");
	area_alloc(area, total - BAD_OFFSET - 1);
	area_free(area, total);
	while (!area_try_alloc(area, 1))
		got++;
	check(got == total - 1, "%llu of %llu pages were had",
	      (unsigned long long)got, (unsigned long long)total);
	area_free(area, total);
	files_verify(&set);
	/* The bad page is not used for that. */
	files_fill_exactly(&set, area_pages(area) - 1);
	areas_free_others(&area, 1);
}

static const struct test_case cases[] = {
	{ "cached", cached_page },
	{ "large", large_folio },
	{ "allocations", allocations },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
