/* SPDX-License-Identifier: GPL-2.0 */
/* Buffers from the guaranteed area, through the unchanged dma-buf heap. */
#ifndef GCMA_HEAP_H
#define GCMA_HEAP_H

#include "area.h"
#include "test.h"

/* The default area, which the heap allocates from. */
#define AREA		DEFAULT_AREA

/* A buffer's file descriptor, or a negative errno. */
int heap_try_alloc(size_t size);

/* The same; fails the test if it cannot be had. */
int heap_alloc(size_t size);

/* Map a buffer and fill it with words that @seed names. */
void *heap_fill(int buffer, size_t size, u32 seed);

/* Fail unless the buffer holds what heap_fill() wrote. */
void heap_check(const void *map, size_t size, u32 seed);

/*
 * The size of the largest buffer in bytes: of the whole area, or of what is
 * left behind the pages that were allocated at boot.
 */
size_t area_size(void);

/*
 * Allocate every page that is left: as large a buffer as there can be, and
 * inside the kernel what lies before it, if anything. Give all of it back.
 */
int heap_alloc_whole(void);
void heap_free_whole(int buffer);

#endif
