// SPDX-License-Identifier: GPL-2.0
/*
 * Record what the cleancache is offered and asked for, and what is invalidated.
 *
 * A page costs a few thousand instructions to evict and to bring back, and two
 * records; so these go straight into memory that the reader shares, not through
 * a ring buffer of the kernel's, whose lock and wake-ups cost more than all of
 * the rest. That has one order for all CPUs, too.
 *
 * What is invalidated goes unseen by the cleancache if it holds nothing of it,
 * but a larger one might have: hence the hooks on the functions by which ranges
 * of pages leave a file.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "record.h"

char LICENSE[] SEC("license") = "GPL";

#define PAGE_SHIFT	12
#define MAX_RECORDS	16		/* for one range */
#define FS_CLEANCACHE	64
#define S_IFMT		0170000
#define S_IFREG		0100000
#define XA_NODE_MASK	3ul
#define XA_NODE_TAG	2ul
#define XA_SLOTS	64

/* Only files of this device, as the kernel numbers it; 0: of all. */
const volatile u32 only_device;

struct gcma_record_ring ring;

/* Only there to wake the reader, which need not look at what it got. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} alarm SEC(".maps");

static __noinline int wake_reader(void)
{
	char nothing = 0;

	return bpf_ringbuf_output(&alarm, &nothing, sizeof(nothing),
				  BPF_RB_FORCE_WAKEUP);
}

static __noinline int read_clock(u64 tick)
{
	*(volatile u64 *)&ring.now = bpf_ktime_get_ns();
	*(volatile u64 *)&ring.tick = tick;
	return 0;
}

/*
 * To read the clock for each record would be a quarter of its cost. This comes
 * before anything else, or all of that would have to be kept over the call.
 */
static __always_inline void keep_time(void)
{
	u64 tick = bpf_jiffies64();

	if (*(volatile u64 *)&ring.tick != tick)
		read_clock(tick);
}

/* Set the number of a new record, unless it is lost. */
static __always_inline bool reserve(u64 *number)
{
	u64 head = *(volatile u64 *)&ring.head;

	/* In this order: the tail may have overtaken the head as it was. */
	if ((s64)(head - *(volatile u64 *)&ring.tail) >= GCMA_RECORD_LIMIT) {
		__sync_fetch_and_add(&ring.lost, 1);
		return false;
	}
	*number = __sync_fetch_and_add(&ring.head, 1);
	return true;
}

static __always_inline struct gcma_trace_record *record_of(u64 number)
{
	return &ring.records[number & (GCMA_RECORD_SLOTS - 1)];
}

/* What the last word of a record is made of. */
static __always_inline u64 word_of(u32 nr, u64 type, u64 order, u64 flags)
{
	return nr | type << 32 | order << 40 | flags << 48;
}

/* The last word is written all at once and after the others: see record.h. */
static __always_inline int publish(u64 number, u64 word)
{
	struct gcma_trace_record *record = record_of(number);

	record->time = ring.now;
	__sync_lock_test_and_set((u64 *)&record->nr, word);
	return number & (GCMA_RECORD_WAKE - 1) ? 0 : wake_reader();
}

static __always_inline bool wanted(u32 dev)
{
	return !only_device || dev == only_device;
}

static __always_inline int put_page(const struct cleancache_page *page)
{
	u64 word = word_of(1, GCMA_TRACE_OFFER, 0, 0);
	struct gcma_trace_record *record;
	u64 number;
	u64 flags;

	if (!wanted(page->dev))
		return 0;
	if (page->order)
		word = word_of(1u << (page->order & 31), GCMA_TRACE_OFFER,
			       page->order & 31, 0);
	if (!reserve(&number))
		return 0;
	record = record_of(number);
	record->ino = page->ino;
	record->index = page->index;
	record->dev = page->dev;
	record->memcg = page->memcg;
	flags = page->flags & GCMA_TRACE_PAGE_FLAGS;
	return publish(number, word | flags << 48);
}

static __always_inline bool folio_large(const struct folio *folio)
{
	return folio->flags & 1ul << bpf_core_enum_value(enum pageflags,
							 PG_head);
}

/* Its cgroup is three pointers away, which is too far for what it is worth. */
static __always_inline int put_folio(const struct folio *folio, u64 type,
				     u64 flags)
{
	u64 word = word_of(1, type, 0, flags);
	struct gcma_trace_record *record;
	const struct inode *inode;
	u32 dev, order;
	u64 number;

	inode = folio->mapping->host;
	dev = inode->i_sb->s_dev;
	if (!wanted(dev))
		return 0;
	if (folio_large(folio)) {
		order = folio->_flags_1 & 31;
		word = word_of(1u << order, type, order, flags);
	}
	if (!reserve(&number))
		return 0;
	record = record_of(number);
	record->ino = inode->i_ino;
	record->index = folio->index;
	record->dev = dev;
	record->memcg = 0;
	return publish(number, word);
}

/* BPF_PROG() would load the arguments first, and keep them over a call. */
SEC("tp_btf/cleancache_store")
int record_store(u64 *ctx)
{
	keep_time();
	return put_page((void *)ctx[0]);
}

SEC("tp_btf/cleancache_reject")
int record_reject(u64 *ctx)
{
	keep_time();
	return put_page((void *)ctx[0]);
}

SEC("tp_btf/cleancache_restore")
int record_restore(u64 *ctx)
{
	keep_time();
	return put_folio((void *)ctx[0], GCMA_TRACE_LOOKUP,
			 (ctx[2] & 1) * GCMA_TRACE_HIT);
}

SEC("tp_btf/cleancache_miss")
int record_miss(u64 *ctx)
{
	keep_time();
	return put_folio((void *)ctx[0], GCMA_TRACE_LOOKUP, 0);
}

SEC("tp_btf/cleancache_replace")
int record_replace(u64 *ctx)
{
	keep_time();
	return put_folio((void *)ctx[0], GCMA_TRACE_INVALIDATE, 0);
}

static __always_inline void put_part(u64 ino, u32 dev, u64 first, u64 word)
{
	struct gcma_trace_record *record;
	u64 number;

	if (!reserve(&number))
		return;
	record = record_of(number);
	record->ino = ino;
	record->index = first;
	record->dev = dev;
	record->memcg = 0;
	publish(number, word);
}

/* What does not fit so many records is further than any trace will reach. */
static __noinline int put_range(u64 ino, u32 dev, u64 first, u64 nr, u64 type)
{
	int i;

	keep_time();
	for (i = 0; i < MAX_RECORDS && nr; i++) {
		u32 part = nr < GCMA_TRACE_MAX_NR ? nr : GCMA_TRACE_MAX_NR;

		put_part(ino, dev, first, word_of(part, type, 0, 0));
		first += part;
		nr -= part;
	}
	return 0;
}

SEC("tp_btf/cleancache_take")
int BPF_PROG(record_take, u32 slot, u32 nr)
{
	return put_range(0, 0, slot, nr, GCMA_TRACE_TAKE);
}

SEC("tp_btf/cleancache_give")
int BPF_PROG(record_give, u32 slot, u32 nr)
{
	return put_range(0, 0, slot, nr, GCMA_TRACE_RELEASE);
}

/* The end of what the index of a file knows, rounded up within its root. */
static __noinline u64 known_end(u64 root)
{
	u64 node = root - XA_NODE_TAG, slot = 0;
	u64 slots = node + bpf_core_field_offset(struct xa_node, slots);
	u8 shift = 0;
	int i;

	if ((root & XA_NODE_MASK) != XA_NODE_TAG)
		return 1;
	bpf_probe_read_kernel(&shift, sizeof(shift),
			      (void *)(node + bpf_core_field_offset(
					struct xa_node, shift)));
	for (i = XA_SLOTS; i > 0 && !slot; i--)
		bpf_probe_read_kernel(&slot, sizeof(slot),
				      (void *)(slots + (i - 1) * sizeof(slot)));
	return (u64)(i + 1) << (shift & 63);
}

/*
 * The pages from the one with byte @start to @last are no more. The size of a
 * file that is cut is the new one already, and that of a sparse one may be
 * anything: its index tells how far it went.
 */
static __always_inline int put_invalid(const struct address_space *mapping,
				       u64 start, u64 last)
{
	const struct inode *inode = mapping->host;
	u64 root = (u64)mapping->i_pages.xa_head;
	u64 first = start >> PAGE_SHIFT, end;
	u64 size = inode->i_size;
	u32 dev = inode->i_sb->s_dev;

	if (!root || (inode->i_mode & S_IFMT) != S_IFREG || !wanted(dev) ||
	    !(inode->i_sb->s_type->fs_flags & FS_CLEANCACHE))
		return 0;
	end = known_end(root);
	if (start < size && (size - 1) >> PAGE_SHIFT < end)
		end = ((size - 1) >> PAGE_SHIFT) + 1;
	if (last < end)
		end = last + 1;
	if (first < end)
		put_range(inode->i_ino, dev, first, end - first,
			  GCMA_TRACE_INVALIDATE);
	return 0;
}

/* truncate(), holes, unlink(), and inodes that leave memory. */
SEC("fentry/truncate_inode_pages_range")
int BPF_PROG(record_truncate, struct address_space *mapping, loff_t start,
	     loff_t last)
{
	return put_invalid(mapping, start, (u64)last >> PAGE_SHIFT);
}

/* Direct writes. */
SEC("fentry/invalidate_inode_pages2_range")
int BPF_PROG(record_invalidate, struct address_space *mapping,
	     unsigned long first, unsigned long last)
{
	return put_invalid(mapping, first << PAGE_SHIFT, last);
}

/* drop_caches and POSIX_FADV_DONTNEED. */
SEC("fentry/mapping_try_invalidate")
int BPF_PROG(record_drop, struct address_space *mapping, unsigned long first,
	     unsigned long last)
{
	return put_invalid(mapping, first << PAGE_SHIFT, last);
}
