// SPDX-License-Identifier: GPL-2.0
/* Takes records out of the ring that record.bpf.c fills, into a trace. */
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "record_ring.h"
#include "util.h"

/* The loops over all records are a part of what recording costs. */
#define UNROLLED	_Pragma("GCC unroll 8")

/* A millisecond each, for records that were begun and have no end yet. */
#define MAX_TRIES	1000

static int ignore(void *context, void *data, size_t size)
{
	(void)context;
	(void)data;
	(void)size;
	return 0;
}

const char *record_ring_open(struct record_ring *ring, struct tracer *tracer,
			     struct trace *trace)
{
	int alarm = bpf_object__find_map_fd_by_name(tracer->object, "alarm");

	*ring = (struct record_ring) { .trace = trace };
	ring->shared = tracer_data(tracer, ".bss", sizeof(*ring->shared));
	ring->alarm = ring_buffer__new(alarm, ignore, NULL, NULL);
	if (!ring->shared || !ring->alarm)
		return "record.bpf.o is another version's; run 'make bpf'";
	return NULL;
}

int record_ring_fd(const struct record_ring *ring)
{
	return ring_buffer__epoll_fd(ring->alarm);
}

/* How many of up to @max records are there, without a gap. */
static unsigned int count_ready(const struct gcma_trace_record *records,
				unsigned int max)
{
	unsigned int i;

	UNROLLED
	for (i = 0; i < max; i++)
		if (!__atomic_load_n(&records[i].type, __ATOMIC_ACQUIRE))
			break;
	return i;
}

/* Of the records up to @head, write those that lie side by side. */
static unsigned int take_some(struct record_ring *ring, uint64_t head)
{
	uint64_t at = ring->tail & (GCMA_RECORD_SLOTS - 1);
	struct gcma_trace_record *records = &ring->shared->records[at];
	uint64_t max = GCMA_RECORD_SLOTS - at;
	unsigned int i, nr;

	if (max > head - ring->tail)
		max = head - ring->tail;
	nr = count_ready(records, max);
	if (!nr)
		return 0;
	trace_add_all(ring->trace, records, nr);
	ring->last = records[nr - 1].time;
	UNROLLED
	for (i = 0; i < nr; i++)
		records[i].type = 0;
	ring->tail += nr;
	return nr;
}

/* The time is that of the record before. */
static void tell_lost(struct record_ring *ring, uint64_t lost)
{
	struct gcma_trace_record record = {
		.time = ring->last,
		.type = GCMA_TRACE_LOST,
	};

	ring->told += lost;
	for (; lost; lost -= record.nr) {
		record.nr = lost < GCMA_TRACE_MAX_NR ? lost :
						       GCMA_TRACE_MAX_NR;
		trace_add(ring->trace, &record);
	}
}

static void give_back(struct record_ring *ring)
{
	__atomic_store_n(&ring->shared->tail, ring->tail, __ATOMIC_RELEASE);
}

static uint64_t head_of(const struct record_ring *ring)
{
	return __atomic_load_n(&ring->shared->head, __ATOMIC_ACQUIRE);
}

/* How many were lost of which the trace does not tell yet. */
static uint64_t untold(const struct record_ring *ring)
{
	return __atomic_load_n(&ring->shared->lost, __ATOMIC_ACQUIRE) -
	       ring->told;
}

/*
 * What was lost came after all that fills the ring, which stays full meanwhile,
 * as no room is made for records that came later.
 */
static void take_up_to_loss(struct record_ring *ring)
{
	uint64_t head = head_of(ring);

	while (take_some(ring, head))
		;
	if (ring->tail == head)
		tell_lost(ring, untold(ring));
}

/* The alarms first: those that come later are of what this may not see. */
void record_ring_take(struct record_ring *ring)
{
	uint64_t head;

	ring_buffer__consume(ring->alarm);
	head = head_of(ring);
	while (!untold(ring) && take_some(ring, head))
		give_back(ring);
	if (untold(ring))
		take_up_to_loss(ring);
	give_back(ring);
}

static bool all_taken(const struct record_ring *ring)
{
	return ring->tail == head_of(ring) && !untold(ring);
}

void record_ring_finish(struct record_ring *ring, uint64_t missed)
{
	int tries;

	/* Programs that still run on another CPU come to their end. */
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	record_ring_take(ring);
	for (tries = 0; !all_taken(ring) && tries < MAX_TRIES; tries++) {
		sleep_ns(NSEC_PER_MSEC);
		record_ring_take(ring);
	}
	tell_lost(ring, missed + untold(ring) + head_of(ring) - ring->tail);
	ring_buffer__free(ring->alarm);
}
