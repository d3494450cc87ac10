// SPDX-License-Identifier: GPL-2.0
/*
 * Note where the search for free slots, and where the built-in order, began:
 * both go on from where they were, and what they meet depends on that.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "origin.h"

char LICENSE[] SEC("license") = "GPL";

struct origin origin;

SEC("tp_btf/cleancache_store")
int BPF_PROG(origin_store, const struct cleancache_page *page, u32 slot)
{
	if (!origin.stored)
		origin.stored = slot + 1;
	return 0;
}

SEC("tp_btf/cleancache_evict")
int BPF_PROG(origin_evict, u32 slot, bool builtin)
{
	if (builtin && !origin.evicted)
		origin.evicted = slot + 1;
	return 0;
}
