// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations of every kind on one file, checked against a model in
 * memory, while one process reclaims all the time and another allocates from
 * the guaranteed area. Guards every invalidation at once; it also finds what
 * no other test thought of. (Mutant no-copy.)
 *
 * usage: random_ops DIR [OPERATIONS [SEED]]
 * With a SEED, to repeat a failure, every operation is named.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/heap.h"
#include "lib/model.h"

#define CAPACITY	(128 * PAGE_SIZE)
#define MAX_LEN		(9 * PAGE_SIZE)
#define OPERATIONS	3000
#define VERIFY_EVERY	500
#define PROGRESS_EVERY	50000

/*
 * Asked for more than there is, the kernel tries 16 times over and drains the
 * per-CPU lists before it gives up. Asked for one page, it evicts a batch.
 */
#define RECLAIM		PAGE_SIZE

static u64 rnd;
static bool verbose;
/* Operations done so far; the other processes look at it. */
static volatile u64 *done;

static size_t below(size_t n)
{
	return next_random(&rnd) % n;
}

/* A range inside the file, never empty. */
static size_t some_range(struct model *m, size_t *len)
{
	size_t pos = below(m->size);

	*len = 1 + below(min_size(MAX_LEN, m->size - pos));
	return pos;
}

static void op_read(struct model *m)
{
	size_t len, pos = some_range(m, &len);

	model_read(m, pos, len);
}

static void op_mmap_read(struct model *m)
{
	size_t len, pos = some_range(m, &len);

	model_mmap_read(m, pos, len);
}

static void op_direct_read(struct model *m)
{
	size_t len, pos = some_range(m, &len);

	model_direct_read(m, pos, len);
}

static void op_write(struct model *m)
{
	size_t pos = below(m->capacity - MAX_LEN);

	model_write(m, pos, 1 + below(MAX_LEN));
}

static void op_mmap_write(struct model *m)
{
	size_t len, pos = some_range(m, &len);

	model_mmap_write(m, pos, len);
}

static void op_direct_write(struct model *m)
{
	size_t pos = below(m->capacity - MAX_LEN);

	model_direct_write(m, pos, 1 + below(MAX_LEN - PAGE_SIZE));
}

static void op_truncate(struct model *m)
{
	model_truncate(m, 1 + below(m->capacity - 1));
}

static void op_punch(struct model *m)
{
	size_t len, pos = some_range(m, &len);

	model_zero(m, pos, len, FALLOC_FL_PUNCH_HOLE);
}

static void op_zero(struct model *m)
{
	size_t len, pos = some_range(m, &len);

	model_zero(m, pos, len, FALLOC_FL_ZERO_RANGE);
}

/* Whole pages, and something must remain behind the removed part. */
static void op_collapse(struct model *m)
{
	size_t pages = m->size / PAGE_SIZE, pos;

	if (pages < 3)
		return;
	pos = below(pages - 2);
	model_collapse(m, pos * PAGE_SIZE, PAGE_SIZE);
}

static void op_insert(struct model *m)
{
	size_t pages = m->size / PAGE_SIZE;

	if (!pages || m->size + PAGE_SIZE > m->capacity)
		return;
	model_insert(m, below(pages) * PAGE_SIZE, PAGE_SIZE);
}

/* Whole pages from one place to another. */
static void op_clone(struct model *m)
{
	size_t pages = m->size / PAGE_SIZE, from, to, nr;

	if (pages < 2)
		return;
	nr = 1 + below(min_size(pages / 2, MAX_LEN / PAGE_SIZE));
	from = below(pages - 2 * nr + 1);
	to = from + nr + below(pages - from - 2 * nr + 1);
	model_clone(m, from * PAGE_SIZE, to * PAGE_SIZE, nr * PAGE_SIZE);
}

static void op_fsync(struct model *m)
{
	check(!fsync(m->fd), "fsync: %m");
}

/*
 * A range: the whole file would leave little to restore, and holes beside
 * pages that are cached say more.
 */
static void op_forget(struct model *m)
{
	size_t len, pos = some_range(m, &len);
	int err = posix_fadvise(m->fd, pos, len, POSIX_FADV_DONTNEED);

	check(!err, "fadvise: %s", strerror(err));
}

/* Only clean pages are stored; a commit of the journal would clean no more. */
static void op_reclaim(struct model *m)
{
	check(!sync_file_range(m->fd, 0, 0, SYNC_FILE_RANGE_WRITE_AND_WAIT),
	      "sync_file_range: %m");
	cgroup_reclaim(RECLAIM);
}

static struct {
	const char *name;
	void (*run)(struct model *m);
	int weight;
} ops[] = {
	{ "read", op_read, 20 },
	{ "mmap_read", op_mmap_read, 10 },
	{ "direct_read", op_direct_read, 6 },
	{ "write", op_write, 14 },
	{ "mmap_write", op_mmap_write, 8 },
	{ "direct_write", op_direct_write, 10 },
	{ "truncate", op_truncate, 5 },
	{ "punch", op_punch, 6 },
	{ "zero", op_zero, 4 },
	{ "collapse", op_collapse, 2 },
	{ "insert", op_insert, 2 },
	{ "clone", op_clone, 4 },
	{ "fsync", op_fsync, 3 },
	{ "forget", op_forget, 2 },
	{ "reclaim", op_reclaim, 8 },
};

static void leave_out(void (*op)(struct model *m))
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		if (ops[i].run == op)
			ops[i].weight = 0;
}

/* Leave out what the file system cannot do at all. */
static void choose_ops(const char *dir)
{
	struct file_clone_range range = {
		.src_length = PAGE_SIZE,
		.dest_offset = PAGE_SIZE,
	};
	struct model m;

	model_create(&m, dir, "scratch", 4 * PAGE_SIZE, 4 * PAGE_SIZE, 1);
	range.src_fd = m.fd;
	if (ioctl(m.fd, FICLONERANGE, &range) && errno == EOPNOTSUPP)
		leave_out(op_clone);
	if (fallocate(m.fd, FALLOC_FL_COLLAPSE_RANGE, 0, PAGE_SIZE) &&
	    errno == EOPNOTSUPP) {
		leave_out(op_collapse);
		leave_out(op_insert);
	}
	model_close(&m);
}

static int pick(void)
{
	int total = 0, i, r;

	for (i = 0; i < (int)ARRAY_SIZE(ops); i++)
		total += ops[i].weight;
	r = below(total);
	for (i = 0; r >= ops[i].weight; i++)
		r -= ops[i].weight;
	return i;
}

/* Up to 4 MiB, but small ones more often: the heap zeroes what it gives. */
static size_t some_size(u64 *seed)
{
	return PAGE_SIZE << min_size(next_random(seed) % 11,
				     next_random(seed) % 11);
}

/*
 * Sleep for a random time, so that what follows falls into any moment of an
 * operation, and until another one has been done: on a slow machine the
 * operations are not to starve beside those who disturb them.
 */
static void await_operation(u64 *seed)
{
	u64 before = *done;

	do {
		usleep(50 + next_random(seed) % 500);
	} while (*done == before);
}

static void reclaim_all_along(void *arg)
{
	u64 seed = *(u64 *)arg + 1;

	for (;;) {
		cgroup_reclaim(RECLAIM);
		await_operation(&seed);
	}
}

/* Random sizes, held shortly, so that slots change owners all the time. */
static void allocate_for_ever(void *arg)
{
	u64 seed = *(u64 *)arg;
	int buffer;

	for (;;) {
		buffer = heap_alloc(some_size(&seed));
		await_operation(&seed);
		close(buffer);
		usleep(next_random(&seed) % 500);
	}
}

static void run(struct model *m, u64 operations)
{
	u64 i;
	int op;

	for (i = 0; i < operations; i++) {
		if (i % VERIFY_EVERY == VERIFY_EVERY - 1)
			model_read(m, 0, m->size);
		op = pick();
		if (verbose)
			note("%llu %s size %zu", (unsigned long long)i,
			     ops[op].name, m->size);
		ops[op].run(m);
		if (!m->size)
			model_write(m, 0, PAGE_SIZE);
		*done = i + 1;
		if (*done % PROGRESS_EVERY == 0)
			note("%llu operations done", (unsigned long long)*done);
	}
}

int main(int argc, char **argv)
{
	u64 operations = argc > 2 ? strtoull(argv[2], NULL, 0) : OPERATIONS;
	u64 seed = argc > 3 ? strtoull(argv[3], NULL, 0) :
		   seconds() ^ (u64)getpid() << 32;
	u64 restored, invalidated;
	pid_t reclaimer, allocator;
	struct model m;

	if (argc < 2 || argc > 4 || !operations) {
		fprintf(stderr, "usage: random_ops DIR [OPERATIONS [SEED]]\n");
		return 2;
	}
	rnd = seed;
	verbose = argc > 3;
	note("random_ops %s %llu %#llx", argv[1],
	     (unsigned long long)operations, (unsigned long long)seed);
	done = xshared(sizeof(*done));
	cgroup_enter(0);
	choose_ops(argv[1]);
	model_create(&m, argv[1], "model", CAPACITY / 2, CAPACITY, seed);
	restored = vmstat("cleancache_restored");
	invalidated = vmstat("cleancache_invalidated");
	reclaimer = spawn(reclaim_all_along, &seed);
	allocator = spawn(allocate_for_ever, &seed);
	run(&m, operations);
	end(reclaimer);
	end(allocator);
	model_read(&m, 0, m.size);
	model_verify(&m);
	restored = vmstat("cleancache_restored") - restored;
	invalidated = vmstat("cleancache_invalidated") - invalidated;
	note("%llu hits, %llu pages invalidated", (unsigned long long)restored,
	     (unsigned long long)invalidated);
	check(restored > operations / 20, "too few reads were hits");
	check(invalidated, "nothing was invalidated");
	return TEST_PASS;
}
