/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's event counters, one snapshot at a time. */
#ifndef GCMA_VMSTAT_H
#define GCMA_VMSTAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VMSTAT_MAX	512

struct vmstat {
	size_t nr;
	struct {
		char name[48];
		uint64_t value;
	} item[VMSTAT_MAX];
};

/* "name value" a line; false if any line is not that. */
bool vmstat_parse(const char *text, struct vmstat *stat);
/* Snapshot of /proc/vmstat; ends the program if there is none. */
void vmstat_read(struct vmstat *stat);

/* False if the kernel does not count @name. */
bool vmstat_find(const struct vmstat *stat, const char *name, uint64_t *value);
/* For counters that cleancache_require() has shown to be there. */
uint64_t vmstat_get(const struct vmstat *stat, const char *name);
uint64_t vmstat_delta(const struct vmstat *before, const struct vmstat *after,
		      const char *name);

#endif
