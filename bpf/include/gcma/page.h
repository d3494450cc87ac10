/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Numbers for names: hashes of pages and files, for tables that go by them.
 */
#ifndef GCMA_PAGE_H
#define GCMA_PAGE_H

#include "policy.h"

/* Spread the bits of a number (the finaliser of MurmurHash3). */
static __always_inline __u64 gcma_mix(__u64 number)
{
	number ^= number >> 33;
	number *= 0xff51afd7ed558ccdull;
	number ^= number >> 33;
	number *= 0xc4ceb9fe1a85ec53ull;
	return number ^ number >> 33;
}

static __always_inline __u64 gcma_file_hash(const struct cleancache_page *page)
{
	return gcma_mix(page->ino + ((__u64)page->dev << 40));
}

/* The pages of a folio move together, and go by the name of the first. */
static __always_inline __u64 gcma_page_hash(const struct cleancache_page *page)
{
	return gcma_mix(page->ino * 0x9e3779b97f4a7c15ull + page->index +
			((__u64)page->dev << 40));
}

/* Which of @nr elements a hash falls on; uses its upper half. */
static __always_inline __u32 gcma_pick(__u64 hash, __u32 nr)
{
	return (hash >> 32) * nr >> 32;
}

#endif /* GCMA_PAGE_H */
