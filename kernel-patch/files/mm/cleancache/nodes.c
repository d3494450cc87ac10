// SPDX-License-Identifier: GPL-2.0
/*
 * How many nodes of the index are worth the memory they take, of those that
 * hold nothing but entries and shadows. A node may lead to 64 cached pages or,
 * where a file is read here and there, to one that has left its slot long ago;
 * and it is memory that its cgroup has to do without.
 */

#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/vmstat.h>

#include "internal.h"

/* Whether a cgroup, or one around it, has less than an eighth of it left. */
static bool memory_is_tight(struct mem_cgroup *memcg)
{
#ifdef CONFIG_MEMCG
	unsigned long limit;

	for (; memcg; memcg = parent_mem_cgroup(memcg)) {
		limit = min(READ_ONCE(memcg->memory.max),
			    READ_ONCE(memcg->memory.high));
		if (page_counter_read(&memcg->memory) > limit - limit / 8)
			return true;
	}
#endif
	return false;
}

/* For one NUMA node of them all. */
static unsigned long nodes_if_tight(struct mem_cgroup *memcg)
{
#ifdef CONFIG_MEMCG
	return page_counter_read(&memcg->memory) / 2 / num_online_nodes();
#else
	return ULONG_MAX;
#endif
}

/*
 * All together, no more nodes can be of use than there are slots, and one for
 * each eighth page of memory is what shadows may have; each list has its share
 * of that. In a cgroup that needs the memory, it is one for every other page in
 * use: a node takes a seventh of a page, if pages have 4 KiB. A cgroup whose
 * pages were all reclaimed uses little and has room, so it keeps what leads to
 * them.
 */
unsigned long __cleancache_nodes_to_keep(struct mem_cgroup *memcg,
					 unsigned long nodes)
{
	unsigned long all = global_node_page_state(WORKINGSET_NODES);
	unsigned long most = min(cleancache_nr_slots(), totalram_pages() / 8);

	if (all > most)
		nodes = mult_frac(nodes, most, all);
	if (memory_is_tight(memcg))
		nodes = min(nodes, nodes_if_tight(memcg));
	return nodes;
}
