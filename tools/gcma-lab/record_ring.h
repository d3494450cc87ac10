/* SPDX-License-Identifier: GPL-2.0 */
/* Takes records out of the ring that record.bpf.c fills, into a trace. */
#ifndef GCMA_RECORD_RING_H
#define GCMA_RECORD_RING_H

#include <stdint.h>

#include "record.h"
#include "trace.h"
#include "tracer.h"

struct record_ring {
	struct gcma_record_ring *shared;
	struct trace *trace;
	struct ring_buffer *alarm;
	uint64_t tail;
	uint64_t told;		/* how many lost records the trace tells of */
	uint64_t last;		/* time of the last record */
};

/* For a tracer that is loaded. NULL, or why it cannot be done. */
const char *record_ring_open(struct record_ring *ring, struct tracer *tracer,
			     struct trace *trace);
/* What a poll() for reading tells that there is much to be taken. */
int record_ring_fd(const struct record_ring *ring);
/* Take what is there. */
void record_ring_take(struct record_ring *ring);
/*
 * Take all, once nothing is recorded any more, and give the ring up. So many
 * records more were @missed.
 */
void record_ring_finish(struct record_ring *ring, uint64_t missed);

#endif
