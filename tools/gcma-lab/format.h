/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The trace format of gcma-lab: a header, then records of one size, the last of
 * which says how many there were. All numbers are little-endian. Whoever
 * records includes this too; docs/lab.md tells what the fields mean.
 */
#ifndef GCMA_TRACE_FORMAT_H
#define GCMA_TRACE_FORMAT_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define GCMA_TRACE_MAGIC	"GCMATRCE"
#define GCMA_TRACE_VERSION	1

/* What the records tell. */
enum gcma_trace_kind {
	GCMA_TRACE_ACCESSES,	/* what programs read: above the page cache */
	GCMA_TRACE_BELOW,	/* what the cleancache saw: below it */
};

/* What the times of the records count. */
enum gcma_trace_clock {
	GCMA_TRACE_MONOTONIC,	/* nanoseconds of the machine's clock */
	GCMA_TRACE_SECONDS,	/* nanoseconds, but known by the second only */
	GCMA_TRACE_MADE_UP,	/* nanoseconds that nobody measured */
};

struct gcma_trace_header {
	char magic[8];
	__u32 version;
	__u32 record_size;
	__u32 page_size;
	__u32 kind;
	__u32 clock;
	__u32 slots;
	__u64 unused[4];
};

enum gcma_trace_type {
	GCMA_TRACE_ACCESS = 1,
	GCMA_TRACE_LOOKUP,
	GCMA_TRACE_OFFER,
	GCMA_TRACE_INVALIDATE,
	GCMA_TRACE_TAKE,
	GCMA_TRACE_RELEASE,
	GCMA_TRACE_LOST,
	GCMA_TRACE_END,
	GCMA_TRACE_NR_TYPES,
};

/* In a record's flags, beside enum cleancache_page_flags. */
#define GCMA_TRACE_PAGE_FLAGS	1
#define GCMA_TRACE_HIT		0x100
#define GCMA_TRACE_FLAGS	(GCMA_TRACE_PAGE_FLAGS | GCMA_TRACE_HIT)

/* How many pages or slots one record can name. */
#define GCMA_TRACE_MAX_NR	0x1000000

struct gcma_trace_record {
	__u64 time;
	__u64 ino;
	__u64 index;
	__u32 dev;
	__u32 memcg;
	__u32 nr;
	__u8 type;
	__u8 order;
	__u16 flags;
};

#endif
