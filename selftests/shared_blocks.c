// SPDX-License-Identifier: GPL-2.0
/*
 * Files whose blocks are shared or exchanged, with all their pages only in the
 * cleancache: reflink, deduplication, XFS's exchange of extents and ext4's.
 * Guards the dropping of entries before blocks change hands (mutant blind:
 * `reflink`, `swap_extents`; `dedupe` because files that differ only on disk
 * are then taken for equal), and that pages added for writing are not restored
 * (mutant write-restore: `move_extents`), nor stored when blocks have changed
 * beneath them (mutant donor: `move_resident`).
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/model.h"
#include "lib/pattern.h"

#define PAGES		24
#define CAPACITY	(64 * PAGE_SIZE)

/* Blocks of another file take the place of pages, and part again later. */
static void reflink(const char *dir)
{
	struct file_clone_range range = {
		.src_offset = 3 * PAGE_SIZE,
		.src_length = 8 * PAGE_SIZE,
		.dest_offset = 10 * PAGE_SIZE,
	};
	struct model m, source;

	cgroup_enter(0);
	model_create(&m, dir, "model", PAGES * PAGE_SIZE, CAPACITY, 7);
	model_create(&source, dir, "source", PAGES * PAGE_SIZE, CAPACITY, 8);
	model_evict(&source);
	model_evict(&m);
	range.src_fd = source.fd;
	check(!ioctl(m.fd, FICLONERANGE, &range), "FICLONERANGE: %m");
	memcpy(m.want + range.dest_offset, source.want + range.src_offset,
	       range.src_length);
	model_verify(&m);
	model_write(&source, 5 * PAGE_SIZE + 10, 2 * PAGE_SIZE);
	model_verify(&source);
	model_verify(&m);
}

/* Ask for the whole files to share their blocks; the kernel's verdict. */
static int try_dedupe(int from, int to)
{
	struct {
		struct file_dedupe_range range;
		struct file_dedupe_range_info info;
	} request = { .range = {
		.src_length = PAGES * PAGE_SIZE,
		.dest_count = 1,
	} };
	struct file_dedupe_range_info *info = request.range.info;

	info->dest_fd = to;
	check(!ioctl(from, FIDEDUPERANGE, &request), "FIDEDUPERANGE: %m");
	check(info->status != FILE_DEDUPE_RANGE_SAME ||
	      info->bytes_deduped == PAGES * PAGE_SIZE,
	      "only %llu bytes were found equal",
	      (unsigned long long)info->bytes_deduped);
	return info->status;
}

/* A file with the same bytes as another. */
static void model_twin(struct model *twin, const char *dir, const char *name,
		       const struct model *of)
{
	model_create(twin, dir, name, of->size, of->capacity, 1);
	memcpy(twin->want, of->want, of->size);
	xwrite_at(twin->fd, twin->want, twin->size, 0);
	check(!fsync(twin->fd), "fsync: %m");
}

static void dedupe(const char *dir)
{
	struct model m, twin;
	int status;

	cgroup_enter(0);
	model_create(&m, dir, "model", PAGES * PAGE_SIZE, CAPACITY, 9);
	model_twin(&twin, dir, "twin", &m);
	model_evict(&m);
	model_evict(&twin);
	model_direct_write(&m, 7 * PAGE_SIZE, PAGE_SIZE);
	status = try_dedupe(m.fd, twin.fd);
	check(status == FILE_DEDUPE_RANGE_DIFFERS,
	      "files that differ: status %d", status);
	model_verify(&twin);
	model_verify(&m);
	memcpy(twin.want, m.want, m.size);
	xwrite_at(twin.fd, twin.want, twin.size, 0);
	model_evict(&m);
	model_evict(&twin);
	status = try_dedupe(m.fd, twin.fd);
	check(status == FILE_DEDUPE_RANGE_SAME,
	      "files that are equal: status %d", status);
	model_evict(&twin);
	model_write(&m, 2 * PAGE_SIZE + 5, 3 * PAGE_SIZE);
	model_direct_write(&m, 12 * PAGE_SIZE, 2 * PAGE_SIZE);
	model_verify(&twin);
	model_verify(&m);
}

/* What the kernel's fs/xfs/libxfs/xfs_fs.h declares. */
struct xfs_times {
	long sec;
	int nsec;
};

struct xfs_swapext {
	s64 version;
	s64 target;
	s64 tmp;
	s64 offset;
	s64 length;
	char pad[16];
	struct {
		u64 ino;
		u32 mode_and_links;
		u32 uid;
		u32 gid;
		u32 rdev;
		u32 blksize;
		s64 size;
		struct xfs_times atime;
		struct xfs_times mtime;
		struct xfs_times ctime;
		s64 blocks;
		u32 rest[10];
	} stat;
};

#define XFS_IOC_SWAPEXT		_IOWR('X', 109, struct xfs_swapext)

/* The call wants to hear when the target was last changed. */
static void swap_whole(int target, int tmp)
{
	struct xfs_swapext swap = {
		.target = target,
		.tmp = tmp,
		.length = PAGES * PAGE_SIZE,
	};
	struct stat st;

	check(!fstat(target, &st), "fstat: %m");
	swap.stat.mtime.sec = st.st_mtim.tv_sec;
	swap.stat.mtime.nsec = st.st_mtim.tv_nsec;
	swap.stat.ctime.sec = st.st_ctim.tv_sec;
	swap.stat.ctime.nsec = st.st_ctim.tv_nsec;
	check(!ioctl(target, XFS_IOC_SWAPEXT, &swap), "XFS_IOC_SWAPEXT: %m");
}

static void exchange_models(struct model *a, struct model *b)
{
	u8 *want = a->want;

	a->want = b->want;
	b->want = want;
}

static void swap_extents(const char *dir)
{
	struct model m, other;

	cgroup_enter(0);
	model_create(&m, dir, "model", PAGES * PAGE_SIZE, CAPACITY, 10);
	model_create(&other, dir, "other", PAGES * PAGE_SIZE, CAPACITY, 11);
	model_evict(&m);
	model_evict(&other);
	swap_whole(m.fd, other.fd);
	exchange_models(&m, &other);
	model_verify(&m);
	model_verify(&other);
	/* Once more, with pages of both kinds in both files. */
	model_evict(&m);
	model_evict(&other);
	model_read(&m, 4 * PAGE_SIZE, 4 * PAGE_SIZE);
	model_read(&other, 8 * PAGE_SIZE, 8 * PAGE_SIZE);
	swap_whole(m.fd, other.fd);
	exchange_models(&m, &other);
	model_verify(&m);
	model_verify(&other);
}

/* What the kernel's fs/ext4/ext4.h declares. */
struct move_extent {
	u32 reserved;
	u32 donor_fd;
	u64 orig_start;
	u64 donor_start;
	u64 len;
	u64 moved_len;
};

#define EXT4_IOC_MOVE_EXT	_IOWR('f', 15, struct move_extent)

/*
 * The defragmenter's call: two files exchange blocks, and the kernel adds the
 * donor's pages for writing before it does so. The donor is left with what is
 * in the blocks it got, whatever that is.
 */
static void move_extents_of(const char *dir, bool donor_resident)
{
	int orig = pattern_file(dir, 1, PAGES, 1);
	int donor = pattern_file(dir, 2, PAGES, 1);
	struct move_extent move = { .donor_fd = donor };
	u32 block_size;
	char path[512];

	snprintf(path, sizeof(path), "%s/file2", dir);
	check(!ioctl(orig, FIGETBSZ, &block_size), "FIGETBSZ: %m");
	move.len = PAGES * PAGE_SIZE / block_size;
	cgroup_enter(0);
	only_in_cleancache(orig, PAGES);
	only_in_cleancache(donor, PAGES);
	if (donor_resident)
		pattern_verify(donor, 2, PAGES, 1);
	check(!ioctl(orig, EXT4_IOC_MOVE_EXT, &move), "EXT4_IOC_MOVE_EXT: %m");
	check(move.moved_len == move.len, "only %llu blocks moved",
	      (unsigned long long)move.moved_len);
	pattern_verify(orig, 1, PAGES, 1);
	if (donor_resident)
		evict(donor);
	pattern_same_as_disk(donor, path, PAGES);
}

static void move_extents(const char *dir)
{
	move_extents_of(dir, false);
}

/* What is in memory of the donor is not what is in the blocks it got. */
static void move_resident(const char *dir)
{
	move_extents_of(dir, true);
}

static const struct test_case cases[] = {
	{ "reflink", reflink },
	{ "dedupe", dedupe },
	{ "swap_extents", swap_extents },
	{ "move_extents", move_extents },
	{ "move_resident", move_resident },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
