/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The traces called oracleGeneral of libCacheSim: records of 24 bytes, packed
 * and little-endian, with nothing before or behind them.
 */
#ifndef GCMA_ORACLE_H
#define GCMA_ORACLE_H

#include "trace.h"

/* An object's number is a file's, and below that, this many bits of index. */
#define ORACLE_INDEX_BITS	32

struct oracle_record {
	uint32_t seconds;
	uint64_t object;
	uint32_t size;
	int64_t next;		/* number of the next access to it, or -1 */
} __attribute__((packed));

/* The number of the object that a page is, if it has one. */
static inline bool oracle_object(uint32_t dev, uint64_t ino, uint64_t index,
				 unsigned int bits, uint64_t *object)
{
	*object = ino << bits | index;
	return !dev && ino >> (64 - bits) == 0 && index >> bits == 0;
}

#endif
