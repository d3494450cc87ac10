// SPDX-License-Identifier: GPL-2.0
/* Buffers from the guaranteed area, through the unchanged dma-buf heap. */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "area.h"
#include "cache.h"
#include "heap.h"

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

u64 area_figure(const char *name)
{
	return area_stat(AREA, name);
}

size_t area_size(void)
{
	return area_pages(AREA) * PAGE_SIZE;
}
