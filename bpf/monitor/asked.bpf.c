// SPDX-License-Identifier: GPL-2.0
/*
 * Count the pages of files that programs ask for, cached or not.
 *
 * A read that goes through the page cache in several batches announces what
 * is left of it again and again, and a fault that had to wait comes back: an
 * announcement that continues the task's last one is counted only once. Where
 * a task asks for the same again in between (two reads with one end), a few
 * pages are missed: the count is a close lower bound. File systems without a
 * disk of their own are left out.
 */
#include <stdbool.h>

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "asked.h"

char LICENSE[] SEC("license") = "GPL";

#define PAGE_SHIFT	12
#define MAX_TASKS	8192

struct super_block {
	void *s_bdev;
} __attribute__((preserve_access_index));

struct inode {
	long long i_size;
	struct super_block *i_sb;
} __attribute__((preserve_access_index));

struct address_space {
	struct inode *host;
} __attribute__((preserve_access_index));

enum kind { READ, FAULT, MAP };

struct request {
	const void *mapping;
	__u64 first;
	__u64 last;
	__u64 kind;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_TASKS);
	__type(key, __u32);
	__type(value, struct request);
} last_request SEC(".maps");

struct asked asked;

static bool on_disk(const struct address_space *mapping)
{
	return mapping->host->i_sb->s_bdev;
}

static bool covers(const struct request *outer, const struct request *inner)
{
	return outer->first <= inner->first && inner->last <= outer->last;
}

static bool is_part(const struct request *now, const struct request *before)
{
	if (now->mapping != before->mapping)
		return false;
	switch (now->kind) {
	case READ:
		return before->kind == READ && now->first > before->first &&
		       now->last == before->last;
	case FAULT:
		/* What was mapped around it did not include the page. */
		return before->kind != READ && covers(before, now);
	default:
		/* Back from waiting for the page. */
		return before->kind == FAULT && covers(now, before);
	}
}

/* Remember a request; was it part of this task's last one? */
static bool continues(const struct request *now)
{
	__u32 task = bpf_get_current_pid_tgid();
	struct request *before;
	bool part;

	before = bpf_map_lookup_elem(&last_request, &task);
	part = before && is_part(now, before);
	bpf_map_update_elem(&last_request, &task, now, BPF_ANY);
	return part;
}

static void count_fault(const struct address_space *mapping,
			const struct request *request)
{
	if (on_disk(mapping) && !continues(request))
		__sync_fetch_and_add(&asked.by_fault, 1);
}

SEC("tp_btf/mm_filemap_get_pages")
int BPF_PROG(asked_by_read, struct address_space *mapping, unsigned long first,
	     unsigned long last)
{
	struct request request = { mapping, first, last, READ };
	__u64 end;

	if (!on_disk(mapping) || continues(&request))
		return 0;
	/* Readers ask beyond the end of a small file; no page is there. */
	end = (mapping->host->i_size + (1 << PAGE_SHIFT) - 1) >> PAGE_SHIFT;
	if (last >= end)
		last = end - 1;
	if (end && last >= first)
		__sync_fetch_and_add(&asked.by_read, last - first + 1);
	return 0;
}

SEC("tp_btf/mm_filemap_fault")
int BPF_PROG(asked_by_fault, struct address_space *mapping,
	     unsigned long index)
{
	struct request request = { mapping, index, index, FAULT };

	count_fault(mapping, &request);
	return 0;
}

/* A fault served from pages around it that are cached already. */
SEC("tp_btf/mm_filemap_map_pages")
int BPF_PROG(asked_by_mapping, struct address_space *mapping,
	     unsigned long first, unsigned long last)
{
	struct request request = { mapping, first, last, MAP };

	count_fault(mapping, &request);
	return 0;
}
