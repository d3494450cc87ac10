/* SPDX-License-Identifier: GPL-2.0 */
/* How long each of this process's CMA allocations takes, in the kernel. */
#ifndef GCMA_LATENCY_H
#define GCMA_LATENCY_H

#include "stats.h"

struct latency {
	struct samples granted;		/* ns */
	struct samples refused;		/* ns */
	uint64_t lost;			/* records the ring had no room for */
};

/* NULL once allocations are timed, else why they cannot be. */
const char *latency_start(void);
/* Take in what the ring holds; call it before the ring can fill. */
void latency_drain(struct latency *latency);
/* Take in and throw away: what came before does not count. */
void latency_reset(struct latency *latency);
void latency_stop(void);

#endif
