/* SPDX-License-Identifier: GPL-2.0 */
/* The first level: memory with Linux's active and inactive list. */
#ifndef GCMA_MEMORY_H
#define GCMA_MEMORY_H

#include "stream.h"

/*
 * Find out what memory of @size pages offers to the cleancache, and looks up in
 * it, while programs read as in @above. It does not depend on the cleancache.
 * @below shares the pages of @above. Return the number of accesses that found
 * their page in memory.
 */
uint64_t memory_filter(const struct stream *above, uint32_t size,
		       struct stream *below);

#endif
