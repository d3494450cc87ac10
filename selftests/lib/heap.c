// SPDX-License-Identifier: GPL-2.0
/* Buffers from the guaranteed area, through the unchanged dma-buf heap. */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "area.h"
#include "cache.h"
#include "heap.h"

/* In pages; CONFIG_CMA_ALIGNMENT as a power of two. */
#define BUFFER_ALIGN	256ULL

int heap_try_alloc(size_t size)
{
	struct dma_heap_allocation_data data = {
		.len = size,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};
	static int heap = -1;

	if (heap < 0)
		heap = xopen(O_RDWR, "/dev/dma_heap/reserved");
	if (ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data))
		return -errno;
	return data.fd;
}

int heap_alloc(size_t size)
{
	int buffer = heap_try_alloc(size);

	check(buffer >= 0, "allocation of %zu KiB: %s", size / 1024,
	      strerror(-buffer));
	return buffer;
}

static u64 heap_word(size_t i, u32 seed)
{
	return (u64)seed << 40 ^ i * 0x9e3779b97f4a7c15ULL;
}

void *heap_fill(int buffer, size_t size, u32 seed)
{
	u64 *map = map_file(buffer, size, PROT_READ | PROT_WRITE);
	size_t i;

	for (i = 0; i < size / sizeof(*map); i++) {
		check(!map[i], "word %zu of a new buffer is %#llx, not zero",
		      i, (unsigned long long)map[i]);
		map[i] = heap_word(i, seed);
	}
	return map;
}

void heap_check(const void *map, size_t size, u32 seed)
{
	const u64 *words = map;
	size_t i;

	for (i = 0; i < size / sizeof(*words); i++)
		check(words[i] == heap_word(i, seed),
		      "somebody wrote %#llx to page %zu of a buffer",
		      (unsigned long long)words[i],
		      i * sizeof(*words) / PAGE_SIZE);
}

/* Pages that no large buffer can have, as it would not be aligned there. */
static u64 pages_before_buffer(void)
{
	u64 used = area_pages_at_boot(AREA), base, first;

	if (!used)
		return 0;
	base = area_debug(AREA, "base_pfn");
	first = (base + used + BUFFER_ALIGN - 1) & ~(BUFFER_ALIGN - 1);
	return first - base - used;
}

size_t area_size(void)
{
	return (area_pages_left(AREA) - pages_before_buffer()) * PAGE_SIZE;
}

int heap_alloc_whole(void)
{
	u64 before = pages_before_buffer();
	int buffer = heap_alloc(area_size());

	if (before)
		area_alloc(AREA, before);
	return buffer;
}

void heap_free_whole(int buffer)
{
	close(buffer);
	area_free(AREA, pages_before_buffer());
}
