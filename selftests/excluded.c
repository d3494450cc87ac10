// SPDX-License-Identifier: GPL-2.0
/*
 * Files that are excluded though their file system has opted in, and what
 * becomes of entries that such a file had before.
 *
 * swap_file: swapping changes a file past its page cache, so `swapon` drops
 * its entries (mutant swapon: it does not) and pages read meanwhile are not
 * stored (mutant swap-file: they are), not even afterwards, as `swapoff` drops
 * them (mutant swapoff: it does not). It reads nothing that is cached (mutant
 * hits-header: it does).
 * quota_file: the kernel writes a file that quotas are kept in past its page
 * cache, so pages read meanwhile are not stored (mutant quota-file: they are),
 * and what was there before is dropped when it is an ordinary file again, also
 * if quota was suspended in between (mutant quota-off: it is not).
 * verity: what is read is verified, also what was evicted before (mutant
 * verity: unverified content comes back though the disk was tampered with).
 * encrypted: no plaintext of an encrypted file is kept (mutant encrypted).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/fscrypt.h>
#include <linux/fsverity.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/disk.h"
#include "lib/mount.h"
#include "lib/pattern.h"

#define FILE_ID		13
#define PAGES		64
#define TAMPERED	20
#define SWAP_PAGES	2048

static void expect_not_stored(int fd, const char *what)
{
	u64 stored = vmstat("cleancache_stored");

	evict(fd);
	stored = vmstat("cleancache_stored") - stored;
	check(!stored, "%llu pages of %s went to the cleancache",
	      (unsigned long long)stored, what);
}

/* The first page of a swap area, as mkswap(8) writes it. */
static void make_swap(int fd, const char *path)
{
	u8 page[PAGE_SIZE] = { 0 };
	u32 *info = (u32 *)(page + 1024);

	info[0] = 1;			/* version */
	info[1] = SWAP_PAGES - 1;	/* last page */
	memcpy(page + PAGE_SIZE - 10, "SWAPSPACE2", 10);
	xwrite_at(fd, page, PAGE_SIZE, 0);
	check(!fsync(fd), "fsync: %m");
	check(!chmod(path, 0600), "chmod: %m");
}

/* Push memory of our own out to the swap file. */
static void swap_out(void)
{
	size_t size = SWAP_PAGES / 2 * PAGE_SIZE, i;
	u64 out = vmstat("pswpout");
	u8 *memory = xshared(size);

	for (i = 0; i < size; i += PAGE_SIZE)
		pattern_fill(memory + i, 1, i / PAGE_SIZE, 7);
	cgroup_reclaim(2 * size);
	check(vmstat("pswpout") >= out + SWAP_PAGES / 4,
	      "only %llu pages were swapped",
	      (unsigned long long)(vmstat("pswpout") - out));
	for (i = 0; i < size; i += PAGE_SIZE)
		pattern_check(memory + i, 1, i / PAGE_SIZE, 7);
	munmap(memory, size);
}

static char swap_path[512];

/* However the test ends, the file is no swap file any more. */
static void swap_off(void)
{
	swapoff(swap_path);
}

/* btrfs swaps only to files that it changes in place: new ones of @dir then. */
static void write_in_place(const char *dir, bool on)
{
	int fd = xopen(O_RDONLY | O_DIRECTORY, "%s", dir), flags;

	if (!strcmp(find_mount(dir).type, "btrfs")) {
		check(!ioctl(fd, FS_IOC_GETFLAGS, &flags), "flags: %m");
		flags = on ? flags | FS_NOCOW_FL : flags & ~FS_NOCOW_FL;
		check(!ioctl(fd, FS_IOC_SETFLAGS, &flags), "flags: %m");
	}
	close(fd);
}

/* swapon(2) reads the header, which comes from the cleancache. */
static void start_swapping(const char *dir, int fd, const char *path)
{
	bool counted = strcmp(find_mount(dir).type, "btrfs");
	struct disk_reads before = { 0 }, reads = { 0 };

	if (counted)
		before = disk_reads(dir);
	check(!swapon(path, 0), "swapon: %m");
	if (counted)
		reads = disk_reads_since(dir, before);
	check(!reads.sectors, "swapon read %llu sectors",
	      (unsigned long long)reads.sectors);
}

static void swap_file(const char *dir)
{
	char *path = swap_path;
	u8 page[PAGE_SIZE], *map;
	u64 cached;
	u32 i;
	int fd;

	disk_verify_off();
	snprintf(path, sizeof(swap_path), "%s/file%u", dir, FILE_ID);
	cgroup_enter(0);
	write_in_place(dir, true);
	fd = pattern_file(dir, FILE_ID, SWAP_PAGES, 1);
	write_in_place(dir, false);
	make_swap(fd, path);
	only_in_cleancache(fd, SWAP_PAGES);
	cached = cleancache_cached();
	start_swapping(dir, fd, path);
	check(!atexit(swap_off), "atexit");
	check(cleancache_cached() + SWAP_PAGES <= cached,
	      "swapon left %llu of %llu slots in use",
	      (unsigned long long)cleancache_cached(),
	      (unsigned long long)cached);
	for (i = 0; i < SWAP_PAGES; i++)
		xread_at(fd, page, PAGE_SIZE, i * PAGE_SIZE);
	expect_not_stored(fd, "a swap file");
	map = map_file(fd, SWAP_PAGES * PAGE_SIZE, PROT_READ);
	check(!mlock(map, SWAP_PAGES * PAGE_SIZE), "mlock: %m");
	swap_out();
	munmap(map, SWAP_PAGES * PAGE_SIZE);
	check(!swapoff(path), "swapoff: %m");
	evict(fd);
	pattern_same_as_disk(fd, path, SWAP_PAGES);
	only_in_cleancache(fd, SWAP_PAGES);
	pattern_same_as_disk(fd, path, SWAP_PAGES);
}

/*
 * A file in which no quota is kept yet, as quotacheck(8) makes it, and some
 * blocks behind it.
 */
static void make_quota(int fd)
{
	u8 page[PAGE_SIZE] = { 0 };
	u32 *info = (u32 *)page;

	info[0] = 0xd9c01f11;	/* of users */
	info[1] = 1;		/* version */
	info[5] = 2;		/* blocks in use: these words and the root */
	xwrite_at(fd, page, PAGE_SIZE, 0);
	check(!fsync(fd), "fsync: %m");
}

static char quota_device[128];

static int user_quota(int command, u32 id, void *arg)
{
	return quotactl(QCMD(command, USRQUOTA), quota_device, id, arg);
}

/* However the test ends, the kernel has let go of the file. */
static void quota_off(void)
{
	user_quota(Q_QUOTAOFF, 0, NULL);
}

static void start_quota(char *path)
{
	check(!user_quota(Q_QUOTAON, QFMT_VFS_V1, path), "quotaon: %m");
}

static void stop_quota(void)
{
	check(!user_quota(Q_QUOTAOFF, 0, NULL), "quotaoff: %m");
}

/* The kernel writes this limit to the file. */
static void limit_user(u32 user)
{
	struct dqblk limit = { .dqb_bsoftlimit = 12345,
			       .dqb_valid = QIF_BLIMITS };

	check(!user_quota(Q_SETQUOTA, user, &limit), "setquota: %m");
}

/* The first page, past the page cache. */
static void read_direct(const char *path, u8 *page)
{
	int fd = xopen(O_RDONLY | O_DIRECT, "%s", path);

	xread_at(fd, page, PAGE_SIZE, 0);
	close(fd);
}

static void quota_file(const char *dir)
{
	u8 *before = xaligned(PAGE_SIZE), *page = xaligned(PAGE_SIZE);
	char path[512];
	u32 i;
	int fd;

	snprintf(quota_device, sizeof(quota_device), "%s",
		 find_mount(dir).device);
	snprintf(path, sizeof(path), "%s/file%u", dir, FILE_ID);
	remount_with(dir, 0, "usrquota");
	cgroup_enter(0);
	fd = pattern_file(dir, FILE_ID, PAGES, 1);
	make_quota(fd);
	close(fd);
	fd = xopen(O_RDONLY, "%s", path);
	read_direct(path, before);
	only_in_cleancache(fd, PAGES);
	check(!atexit(quota_off), "atexit");
	start_quota(path);
	limit_user(1000);
	remount(dir, MS_RDONLY);
	stop_quota();
	read_direct(path, page);
	check(memcmp(before, page, PAGE_SIZE), "no quota was written");
	pattern_same_as_disk(fd, path, PAGES);

	remount(dir, 0);
	start_quota(path);
	for (i = 0; i < PAGES; i++)
		xread_at(fd, page, PAGE_SIZE, i * PAGE_SIZE);
	expect_not_stored(fd, "a quota file");
	stop_quota();
	only_in_cleancache(fd, PAGES);
	pattern_same_as_disk(fd, path, PAGES);
}

static int enable_verity(const char *dir)
{
	struct fsverity_enable_arg arg = {
		.version = 1,
		.hash_algorithm = FS_VERITY_HASH_ALG_SHA256,
		.block_size = PAGE_SIZE,
	};
	int fd = xopen(O_RDONLY, "%s/file%u", dir, FILE_ID);

	check(!ioctl(fd, FS_IOC_ENABLE_VERITY, &arg),
	      "FS_IOC_ENABLE_VERITY: %m");
	return fd;
}

static void verity(const char *dir)
{
	struct where where = find_mount(dir);
	u8 page[PAGE_SIZE] = { 0 };
	ssize_t n;
	int fd;

	fd = cached_file(dir, FILE_ID, PAGES);
	close(fd);
	fd = enable_verity(dir);
	pattern_verify(fd, FILE_ID, PAGES, 1);
	expect_not_stored(fd, "a verity file");
	expect_message("FILE CORRUPTED");
	write_beneath(where.device, device_offset(fd, TAMPERED), page);
	pattern_verify(fd, FILE_ID, TAMPERED - 8, 1);
	n = pread(fd, page, PAGE_SIZE, TAMPERED * PAGE_SIZE);
	check(n < 0 && errno == EIO,
	      "what was tampered with was read, with result %zd", n);
}

/* Let everything in the directory be encrypted with a key made up here. */
static void encrypt_directory(const char *dir,
			      struct fscrypt_key_specifier *key)
{
	struct fscrypt_policy_v2 policy = {
		.version = FSCRYPT_POLICY_V2,
		.contents_encryption_mode = FSCRYPT_MODE_AES_256_XTS,
		.filenames_encryption_mode = FSCRYPT_MODE_AES_256_CTS,
		.flags = FSCRYPT_POLICY_FLAGS_PAD_32,
	};
	size_t raw = 64, i;
	struct fscrypt_add_key_arg *add = xmalloc(sizeof(*add) + raw);
	int fd = xopen(O_RDONLY | O_DIRECTORY, "%s", dir);

	add->key_spec.type = FSCRYPT_KEY_SPEC_TYPE_IDENTIFIER;
	add->raw_size = raw;
	for (i = 0; i < raw; i++)
		add->raw[i] = 3 * i + 1;
	check(!ioctl(fd, FS_IOC_ADD_ENCRYPTION_KEY, add),
	      "FS_IOC_ADD_ENCRYPTION_KEY: %m");
	*key = add->key_spec;
	memcpy(policy.master_key_identifier, key->u.identifier,
	       sizeof(policy.master_key_identifier));
	check(!ioctl(fd, FS_IOC_SET_ENCRYPTION_POLICY, &policy),
	      "FS_IOC_SET_ENCRYPTION_POLICY: %m");
	free(add);
	close(fd);
}

static void encrypted(const char *dir)
{
	struct fscrypt_remove_key_arg remove = { 0 };
	char secret[256];
	int fd, dir_fd;

	snprintf(secret, sizeof(secret), "%s/secret", dir);
	check(!mkdir(secret, 0700), "%s: %m", secret);
	encrypt_directory(secret, &remove.key_spec);
	cgroup_enter(0);
	fd = pattern_file(secret, FILE_ID, PAGES, 1);
	pattern_verify(fd, FILE_ID, PAGES, 1);
	expect_not_stored(fd, "an encrypted file");
	pattern_verify(fd, FILE_ID, PAGES, 1);
	close(fd);
	dir_fd = xopen(O_RDONLY | O_DIRECTORY, "%s", dir);
	check(!ioctl(dir_fd, FS_IOC_REMOVE_ENCRYPTION_KEY, &remove),
	      "FS_IOC_REMOVE_ENCRYPTION_KEY: %m");
	close(dir_fd);
}

static const struct test_case cases[] = {
	{ "swap_file", swap_file },
	{ "quota_file", quota_file },
	{ "verity", verity },
	{ "encrypted", encrypted },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
