// SPDX-License-Identifier: GPL-2.0
/* A file together with what it should hold, byte for byte. */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cache.h"
#include "model.h"
#include "pattern.h"

#define DIRECT_ALIGN	512

/*
 * New bytes into the model; never zero, so that zeros are always telling. A
 * word at a time: emulated, a random number costs as much as copying many.
 */
static void renew(struct model *m, size_t pos, size_t len)
{
	size_t n;
	u64 word;

	for (; len; pos += n, len -= n) {
		word = next_random(&m->seed) | 0x0101010101010101ULL;
		n = min_size(len, sizeof(word));
		memcpy(m->want + pos, &word, n);
	}
}

static void grow(struct model *m, size_t size)
{
	check(size <= m->capacity, "the model has no room for %zu", size);
	if (size > m->size)
		m->size = size;
}

void model_create(struct model *m, const char *dir, const char *name,
		  size_t size, size_t capacity, u64 seed)
{
	memset(m, 0, sizeof(*m));
	m->fd = xopen(O_RDWR | O_CREAT | O_TRUNC, "%s/%s", dir, name);
	m->direct_fd = xopen(O_RDWR | O_DIRECT, "%s/%s", dir, name);
	m->capacity = capacity;
	m->want = xmalloc(capacity);
	m->buf = xaligned(capacity);
	m->seed = seed;
	model_write(m, 0, size);
	check(!fsync(m->fd), "fsync: %m");
}

void model_close(struct model *m)
{
	close(m->fd);
	close(m->direct_fd);
	free(m->want);
	free(m->buf);
}

void model_write(struct model *m, size_t pos, size_t len)
{
	grow(m, pos + len);
	renew(m, pos, len);
	xwrite_at(m->fd, m->want + pos, len, pos);
}

static u8 *map_range(struct model *m, size_t pos, size_t len, int prot,
		     size_t *maplen)
{
	size_t start = pos & ~(PAGE_SIZE - 1);
	u8 *map;

	*maplen = pos + len - start;
	map = mmap(NULL, *maplen, prot, MAP_SHARED, m->fd, start);
	check(map != MAP_FAILED, "mmap: %m");
	/* One page a fault: what is around is for the other tests. */
	check(!madvise(map, *maplen, MADV_RANDOM), "MADV_RANDOM: %m");
	return map;
}

void model_mmap_write(struct model *m, size_t pos, size_t len)
{
	size_t maplen;
	u8 *map;

	len = min_size(len, m->size - pos);
	renew(m, pos, len);
	map = map_range(m, pos, len, PROT_READ | PROT_WRITE, &maplen);
	memcpy(map + pos % PAGE_SIZE, m->want + pos, len);
	munmap(map, maplen);
}

void model_direct_write(struct model *m, size_t pos, size_t len)
{
	pos &= ~(DIRECT_ALIGN - 1UL);
	len = (len + DIRECT_ALIGN - 1) & ~(DIRECT_ALIGN - 1UL);
	len = min_size(len, m->capacity - pos);
	grow(m, pos + len);
	renew(m, pos, len);
	memcpy(m->buf, m->want + pos, len);
	xwrite_at(m->direct_fd, m->buf, len, pos);
}

void model_truncate(struct model *m, size_t size)
{
	if (size < m->size)
		memset(m->want + size, 0, m->size - size);
	m->size = size;
	check(!ftruncate(m->fd, size), "truncate to %zu: %m", size);
}

void model_zero(struct model *m, size_t pos, size_t len, int mode)
{
	len = min_size(len, m->size - pos);
	memset(m->want + pos, 0, len);
	check(!fallocate(m->fd, mode | FALLOC_FL_KEEP_SIZE, pos, len),
	      "fallocate mode %d: %m", mode);
}

void model_collapse(struct model *m, size_t pos, size_t len)
{
	check(!fallocate(m->fd, FALLOC_FL_COLLAPSE_RANGE, pos, len),
	      "collapse: %m");
	memmove(m->want + pos, m->want + pos + len, m->size - pos - len);
	m->size -= len;
	memset(m->want + m->size, 0, len);
}

void model_insert(struct model *m, size_t pos, size_t len)
{
	check(!fallocate(m->fd, FALLOC_FL_INSERT_RANGE, pos, len),
	      "insert: %m");
	memmove(m->want + pos + len, m->want + pos, m->size - pos);
	memset(m->want + pos, 0, len);
	grow(m, m->size + len);
}

void model_clone(struct model *m, size_t from, size_t to, size_t len)
{
	struct file_clone_range range = {
		.src_fd = m->fd,
		.src_offset = from,
		.src_length = len,
		.dest_offset = to,
	};

	check(!ioctl(m->fd, FICLONERANGE, &range), "FICLONERANGE: %m");
	memcpy(m->want + to, m->want + from, len);
	grow(m, to + len);
}

void model_read(struct model *m, size_t pos, size_t len)
{
	len = min_size(len, m->size - pos);
	xread_at(m->fd, m->buf, len, pos);
	pattern_compare(m->buf, m->want + pos, len, pos, "buffered read");
}

/* The rest of the last page must read as zeros. */
void model_mmap_read(struct model *m, size_t pos, size_t len)
{
	size_t maplen, last;
	u8 *map;

	len = min_size(len, m->size - pos);
	map = map_range(m, pos, len, PROT_READ, &maplen);
	pattern_compare(map + pos % PAGE_SIZE, m->want + pos, len, pos,
			"mapped read");
	if (pos + len == m->size)
		for (last = maplen; last % PAGE_SIZE; last++)
			check(!map[last], "mapped read: %#x beyond the end",
			      map[last]);
	munmap(map, maplen);
}

/* Direct reads want whole sectors; one at the end of the file is cut short. */
void model_direct_read(struct model *m, size_t pos, size_t len)
{
	ssize_t n;

	pos &= ~(DIRECT_ALIGN - 1UL);
	len = (len + DIRECT_ALIGN - 1) & ~(DIRECT_ALIGN - 1UL);
	len = min_size(len, m->capacity - pos);
	n = pread(m->direct_fd, m->buf, len, pos);
	check(n >= 0, "direct read of %zu bytes at %zu: %m", len, pos);
	check((size_t)n == min_size(len, m->size - pos),
	      "direct read of %zu bytes at %zu: got %zd", len, pos, n);
	pattern_compare(m->buf, m->want + pos, n, pos, "direct read");
}

void model_evict(struct model *m)
{
	only_in_cleancache(m->fd, (m->size + PAGE_SIZE - 1) / PAGE_SIZE);
}

static void compare(struct model *m)
{
	model_read(m, 0, m->size);
	model_mmap_read(m, 0, m->size);
	check(!fsync(m->fd), "fsync: %m");
	model_direct_read(m, 0, m->size);
}

void model_verify(struct model *m)
{
	if (!m->size)
		return;
	compare(m);
	model_evict(m);
	compare(m);
}
