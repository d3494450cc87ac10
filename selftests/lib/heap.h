/* SPDX-License-Identifier: GPL-2.0 */
/* Buffers from the guaranteed area, through the unchanged dma-buf heap. */
#ifndef GCMA_HEAP_H
#define GCMA_HEAP_H

#include "test.h"

/* The default area, which the heap allocates from. */
#define AREA		"reserved"

/* A buffer's file descriptor, or a negative errno. */
int heap_try_alloc(size_t size);

/* The same; fails the test if it cannot be had. */
int heap_alloc(size_t size);

/* Map a buffer and fill it with words that @seed names. */
void *heap_fill(int buffer, size_t size, u32 seed);

/* Fail unless the buffer holds what heap_fill() wrote. */
void heap_check(const void *map, size_t size, u32 seed);

/* The size of the whole area in bytes. */
size_t area_size(void);

/* A figure of the area's sysfs directory. */
u64 area_figure(const char *name);

#endif
