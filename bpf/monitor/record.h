/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The ring of records that record.bpf.c fills and gcma-lab empties. */
#ifndef GCMA_RECORD_H
#define GCMA_RECORD_H

#include "../../tools/gcma-lab/format.h"

/* A power of two: 5 MiB of records. */
#define GCMA_RECORD_SLOTS	0x20000
/*
 * The rest stays free for those who saw room and have not taken it yet; there
 * are fewer of them than this.
 */
#define GCMA_RECORD_LIMIT	(GCMA_RECORD_SLOTS - 0x1000)
/* The reader is woken whenever so many more are filled. */
#define GCMA_RECORD_WAKE	(GCMA_RECORD_SLOTS / 4)

/* On a cache line of its own: each is written by someone else. */
#define GCMA_RECORD_APART	__attribute__((aligned(64)))

/*
 * A record's number, of all since the start, is taken from @head and is its
 * place, by the number of slots. It is there once its type is not 0, which is
 * written last; the reader puts 0 there again and then moves @tail on.
 */
struct gcma_record_ring {
	GCMA_RECORD_APART __u64 head;
	GCMA_RECORD_APART __u64 lost;	/* records that found no room */
	GCMA_RECORD_APART __u64 tail;
	GCMA_RECORD_APART __u64 tick;	/* of the kernel's clock … */
	__u64 now;			/* … and the time at its start */
	GCMA_RECORD_APART struct gcma_trace_record records[GCMA_RECORD_SLOTS];
};

#endif
