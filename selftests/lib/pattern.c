// SPDX-License-Identifier: GPL-2.0
/* File content in which every word says where it belongs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pattern.h"

#define WORDS		(PAGE_SIZE / sizeof(u64))
#define CHUNK_PAGES	64

/* file:12 page:20 generation:23 word:9 */
static u64 word_of(u32 file, u32 index, u32 generation, u32 word)
{
	return (u64)file << 52 | (u64)index << 32 |
	       (u64)(generation & 0x7fffff) << 9 | word;
}

static u32 generation_of(u64 word)
{
	return (word >> 9) & 0x7fffff;
}

static const char *name_of(u64 word, char *buf, size_t len)
{
	if (!word)
		snprintf(buf, len, "zeros");
	else
		snprintf(buf, len, "file %u page %u generation %u word %u",
			 (u32)(word >> 52), (u32)(word >> 32) & 0xfffff,
			 generation_of(word), (u32)word & 0x1ff);
	return buf;
}

void pattern_fill(void *page, u32 file, u32 index, u32 generation)
{
	u64 *words = page;
	u32 i;

	for (i = 0; i < WORDS; i++)
		words[i] = word_of(file, index, generation, i);
}

static void wrong(u64 want, u64 got)
{
	char a[80], b[80];

	fail("%s expected, %s (%#llx) found", name_of(want, a, sizeof(a)),
	     name_of(got, b, sizeof(b)), (unsigned long long)got);
}

void pattern_check(const void *page, u32 file, u32 index, u32 generation)
{
	const u64 *words = page;
	u32 i;

	for (i = 0; i < WORDS; i++) {
		u64 want = word_of(file, index, generation, i);

		if (words[i] != want)
			wrong(want, words[i]);
	}
}

/*
 * Each byte of the word is of one of these generations: who reads while it is
 * written may see a part of it changed, as copies go byte by byte at their ends
 * and in emulated CPUs. So it is on btrfs without any cleancache: with
 * generations that differ in all bytes, seven of eight runs met such a word.
 */
static bool word_between(u64 word, u32 file, u32 index, u32 oldest, u32 newest,
			 u32 i)
{
	u32 generation = generation_of(word);
	u64 left = ~0ull, differing, byte;

	if (word == word_of(file, index, generation, i) &&
	    generation >= oldest && generation <= newest)
		return true;
	for (generation = oldest; generation <= newest; generation++) {
		differing = word ^ word_of(file, index, generation, i);
		for (byte = 0xff; byte; byte <<= 8)
			if (!(differing & byte))
				left &= ~byte;
	}
	return !left;
}

void pattern_check_between(const void *page, u32 file, u32 index, u32 oldest,
			   u32 newest)
{
	const u64 *words = page;
	u32 i;

	for (i = 0; i < WORDS; i++) {
		if (!word_between(words[i], file, index, oldest, newest, i)) {
			note("generations %u to %u are possible", oldest,
			     newest);
			wrong(word_of(file, index, oldest, i), words[i]);
		}
	}
}

void pattern_compare(const void *got, const void *want, size_t len, u64 pos,
		     const char *how)
{
	const u8 *g = got, *w = want;
	size_t i;

	if (!memcmp(got, want, len))
		return;
	for (i = 0; g[i] == w[i]; i++)
		;
	fail("%s: byte %llu (page %llu + %llu) is %#x, not %#x", how,
	     (unsigned long long)(pos + i),
	     (unsigned long long)((pos + i) / PAGE_SIZE),
	     (unsigned long long)((pos + i) % PAGE_SIZE), g[i], w[i]);
}

int pattern_file(const char *dir, u32 file, u32 pages, u32 generation)
{
	u8 *chunk = xaligned(CHUNK_PAGES * PAGE_SIZE);
	int fd = xopen(O_RDWR | O_CREAT | O_TRUNC, "%s/file%u", dir, file);
	u32 index, n, i;

	for (index = 0; index < pages; index += n) {
		n = min_size(pages - index, CHUNK_PAGES);
		for (i = 0; i < n; i++)
			pattern_fill(chunk + i * PAGE_SIZE, file, index + i,
				     generation);
		xwrite_at(fd, chunk, n * PAGE_SIZE, index * PAGE_SIZE);
	}
	check(!fsync(fd), "fsync: %m");
	free(chunk);
	return fd;
}

void pattern_verify(int fd, u32 file, u32 pages, u32 generation)
{
	u8 *chunk = xaligned(CHUNK_PAGES * PAGE_SIZE);
	u32 index, n, i;

	for (index = 0; index < pages; index += n) {
		n = min_size(pages - index, CHUNK_PAGES);
		xread_at(fd, chunk, n * PAGE_SIZE, index * PAGE_SIZE);
		for (i = 0; i < n; i++)
			pattern_check(chunk + i * PAGE_SIZE, file, index + i,
				      generation);
	}
	free(chunk);
}

void pattern_same_as_disk(int fd, const char *path, u32 pages)
{
	int direct_fd = xopen(O_RDONLY | O_DIRECT, "%s", path);
	u8 page[PAGE_SIZE], *disk = xaligned(PAGE_SIZE);
	u32 i;

	for (i = 0; i < pages; i++) {
		xread_at(fd, page, PAGE_SIZE, i * PAGE_SIZE);
		xread_at(direct_fd, disk, PAGE_SIZE, i * PAGE_SIZE);
		pattern_compare(page, disk, PAGE_SIZE, i * PAGE_SIZE,
				"against the disk");
	}
	free(disk);
	close(direct_fd);
}
