// SPDX-License-Identifier: GPL-2.0
/* The kernel's event counters, one snapshot at a time. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util.h"
#include "vmstat.h"

bool vmstat_parse(const char *text, struct vmstat *stat)
{
	stat->nr = 0;
	while (*text) {
		const char *end = strchrnul(text, '\n');
		typeof(*stat->item) *item = &stat->item[stat->nr];

		if (stat->nr == VMSTAT_MAX ||
		    sscanf(text, "%47s %" SCNu64, item->name,
			   &item->value) != 2)
			return false;
		stat->nr++;
		text = *end ? end + 1 : end;
	}
	return true;
}

void vmstat_read(struct vmstat *stat)
{
	static char text[32768];
	int len;

	len = read_text("/proc/vmstat", text, sizeof(text));
	if (len < 0)
		die("/proc/vmstat: %s; mount proc", strerror(-len));
	if (!vmstat_parse(text, stat))
		die("/proc/vmstat is not a list of names and numbers");
}

bool vmstat_find(const struct vmstat *stat, const char *name, uint64_t *value)
{
	size_t i;

	for (i = 0; i < stat->nr; i++) {
		if (strcmp(stat->item[i].name, name))
			continue;
		*value = stat->item[i].value;
		return true;
	}
	return false;
}

uint64_t vmstat_get(const struct vmstat *stat, const char *name)
{
	uint64_t value;

	if (!vmstat_find(stat, name, &value))
		die("this kernel does not count %s; boot the kernel that fits these tools",
		    name);
	return value;
}

uint64_t vmstat_delta(const struct vmstat *before, const struct vmstat *after,
		      const char *name)
{
	return vmstat_get(after, name) - vmstat_get(before, name);
}
