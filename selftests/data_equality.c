// SPDX-License-Identifier: GPL-2.0
/*
 * A file set that does not fit into memory, read over and over in several
 * ways while another process reclaims: every byte of every page is checked.
 * Guards invariants 1 and 3 (an entry is honoured only if the slot is cached
 * and its owner is exactly this page of this file). Fails when the comparison
 * of the owner is removed from the restore (mutant owner); that a restore waits
 * for a copy under way is shown where the moment is chosen, in slots_kunit.
 *
 * usage: data_equality DIR FILES MIB_EACH [LIMIT_MIB]
 * The limit is that of the memory cgroup; 0 leaves it to the machine's memory.
 * Without one the files are made and nothing else: where nothing can be made,
 * they must be there.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/pattern.h"

#define RANDOM_BATCH	16

struct set {
	u32 files;
	u32 pages;	/* of each */
	int *fds;
};

static bool read_only(const char *dir)
{
	struct statvfs st;

	check(!statvfs(dir, &st), "%s: %m", dir);
	return st.f_flag & ST_RDONLY;
}

static void make_set(struct set *set, const char *dir)
{
	bool there = read_only(dir);
	u32 i;

	set->fds = xmalloc(set->files * sizeof(*set->fds));
	for (i = 0; i < set->files; i++) {
		set->fds[i] = there ?
			xopen(O_RDONLY, "%s/file%u", dir, i + 1) :
			pattern_file(dir, i + 1, set->pages, 1);
		forget(set->fds[i]);
	}
}

static void read_in_order(struct set *set)
{
	u32 i;

	for (i = 0; i < set->files; i++)
		pattern_verify(set->fds[i], i + 1, set->pages, 1);
}

/* As many pages as the set has, in short runs at random places. */
static void read_at_random(struct set *set)
{
	u32 runs = set->files * set->pages / RANDOM_BATCH, file, index, i;
	u8 *buf = xaligned(RANDOM_BATCH * PAGE_SIZE);
	u64 seed = 1;

	while (runs--) {
		file = next_random(&seed) % set->files;
		index = next_random(&seed) % (set->pages - RANDOM_BATCH);
		xread_at(set->fds[file], buf, RANDOM_BATCH * PAGE_SIZE,
			 index * PAGE_SIZE);
		for (i = 0; i < RANDOM_BATCH; i++)
			pattern_check(buf + i * PAGE_SIZE, file + 1, index + i,
				      1);
	}
	free(buf);
}

/* Faults, backwards, so that readahead does not help. */
static void read_mapped(struct set *set)
{
	u32 i, index;

	for (i = 0; i < set->files; i++) {
		u8 *map = map_file(set->fds[i], set->pages * PAGE_SIZE,
				   PROT_READ);

		for (index = set->pages; index--;)
			pattern_check(map + index * PAGE_SIZE, i + 1, index,
				      1);
		munmap(map, set->pages * PAGE_SIZE);
	}
}

static void pass(struct set *set, const char *how,
		 void (*read)(struct set *set))
{
	u64 restored = vmstat("cleancache_restored"), start = seconds();

	read(set);
	restored = vmstat("cleancache_restored") - restored;
	note("%s: %llu hits, %llu s", how, (unsigned long long)restored,
	     (unsigned long long)(seconds() - start));
	check(restored, "%s: no page came from the cleancache", how);
}

int main(int argc, char **argv)
{
	size_t reclaim = 2 * MIB, limit, mib;
	struct set set = { 0 };
	pid_t reclaimer;

	if (argc != 4 && argc != 5) {
		fprintf(stderr,
			"usage: data_equality DIR FILES MIB_EACH [LIMIT_MIB]\n");
		return 2;
	}
	set.files = strtoul(argv[2], NULL, 0);
	mib = strtoul(argv[3], NULL, 0);
	set.pages = mib * MIB / PAGE_SIZE;
	if (argc == 4) {
		make_set(&set, argv[1]);
		return TEST_PASS;
	}
	limit = strtoul(argv[4], NULL, 0) * MIB;
	check(set.files * mib * MIB > (limit ?: sysconf(_SC_PHYS_PAGES) *
				       PAGE_SIZE), "the set fits into memory");
	cgroup_enter(limit);
	make_set(&set, argv[1]);
	read_in_order(&set);
	reclaimer = spawn(reclaim_for_ever, &reclaim);
	pass(&set, "at random", read_at_random);
	pass(&set, "mapped", read_mapped);
	end(reclaimer);
	pass(&set, "at random, alone", read_at_random);
	return TEST_PASS;
}
