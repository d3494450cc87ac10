/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's own figures, as docs/abi.md names them. */
#ifndef GCMA_KERNEL_H
#define GCMA_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "vmstat.h"

#define POLICY_BUILTIN	"builtin"

struct cleancache {
	uint64_t slots;
	uint64_t cached;
	uint64_t enable_seq;
	char policy[32];
};

/*
 * How the last policy that ended did so. The kind is a word of the kernel:
 * "none" if none has ended yet.
 */
struct policy_end {
	bool known;		/* false: this kernel does not tell */
	uint64_t ejected;	/* how many policies were, since boot */
	char text[4200];	/* what the parts below point into */
	const char *policy;
	const char *kind;
	const char *message;
	const char *backtrace;	/* one call a line */
};

/* The cleancache_* and gcma_* events, without their prefix. */
extern const char *const cleancache_events[];	/* NULL at the end */
extern const char *const gcma_events[];		/* NULL at the end */

/* False on a kernel without cleancache. */
bool cleancache_read(struct cleancache *cc);
/* The same, but ends the program and says what to do. */
void cleancache_require(struct cleancache *cc);

void policy_end_read(struct policy_end *end);
/* Whether the kernel put the policy out of force, and not somebody. */
bool policy_was_ejected(const struct policy_end *end);

/* Events counted under "PREFIX_NAME"; the counter must exist. */
uint64_t cleancache_event(const struct vmstat *stat, const char *name);
uint64_t gcma_event(const struct vmstat *stat, const char *name);

/* A field of /proc/meminfo in KiB; false if it is not there. */
bool meminfo_kib(const char *field, uint64_t *kib);
/* A device as the kernel has it in memory; user space's has another layout. */
static inline uint32_t kernel_dev(unsigned int major, unsigned int minor)
{
	return major << 20 | minor;
}

/* uname -r */
const char *kernel_release(void);
/* Now, as RFC 3339 in UTC. */
const char *date_now(void);

#endif
