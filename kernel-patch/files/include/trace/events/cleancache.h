/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM cleancache

#if !defined(_TRACE_CLEANCACHE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_CLEANCACHE_H

#include <linux/cleancache.h>
#include <linux/kdev_t.h>
#include <linux/tracepoint.h>

TRACE_DEFINE_ENUM(CLEANCACHE_DROP_INVALIDATED);
TRACE_DEFINE_ENUM(CLEANCACHE_DROP_REPLACED);
TRACE_DEFINE_ENUM(CLEANCACHE_DROP_SHRUNK);
TRACE_DEFINE_ENUM(CLEANCACHE_DROP_FLUSHED);
TRACE_DEFINE_ENUM(CLEANCACHE_DROP_PARTIAL);
TRACE_DEFINE_ENUM(CLEANCACHE_DROP_FAILED);

TRACE_EVENT(cleancache_store,

	TP_PROTO(const struct cleancache_page *page, u32 slot),

	TP_ARGS(page, slot),

	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, ino)
		__field(u64, index)
		__field(u32, slot)
		__field(u32, order)
	),

	TP_fast_assign(
		__entry->dev = page->dev;
		__entry->ino = page->ino;
		__entry->index = page->index;
		__entry->slot = slot;
		__entry->order = page->order;
	),

	TP_printk("dev=%d:%d ino=%llu index=%llu slot=%u order=%u",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->ino,
		  __entry->index, __entry->slot, __entry->order)
);

TRACE_EVENT(cleancache_reject,

	TP_PROTO(const struct cleancache_page *page, bool admitted),

	TP_ARGS(page, admitted),

	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, ino)
		__field(u64, index)
		__field(u32, order)
		__field(bool, admitted)
	),

	TP_fast_assign(
		__entry->dev = page->dev;
		__entry->ino = page->ino;
		__entry->index = page->index;
		__entry->order = page->order;
		__entry->admitted = admitted;
	),

	TP_printk("dev=%d:%d ino=%llu index=%llu order=%u admitted=%d",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->ino,
		  __entry->index, __entry->order, __entry->admitted)
);

TRACE_EVENT(cleancache_restore,

	TP_PROTO(const struct folio *folio, u32 slot, bool hit),

	TP_ARGS(folio, slot, hit),

	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, ino)
		__field(u64, index)
		__field(u32, slot)
		__field(u32, order)
		__field(bool, hit)
	),

	TP_fast_assign(
		__entry->dev = folio->mapping->host->i_sb->s_dev;
		__entry->ino = folio->mapping->host->i_ino;
		__entry->index = folio->index;
		__entry->slot = slot;
		__entry->order = folio_order(folio);
		__entry->hit = hit;
	),

	TP_printk("dev=%d:%d ino=%llu index=%llu slot=%u order=%u hit=%d",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->ino,
		  __entry->index, __entry->slot, __entry->order, __entry->hit)
);

DECLARE_EVENT_CLASS(cleancache_added,

	TP_PROTO(const struct folio *folio),

	TP_ARGS(folio),

	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, ino)
		__field(u64, index)
		__field(u32, order)
	),

	TP_fast_assign(
		__entry->dev = folio->mapping->host->i_sb->s_dev;
		__entry->ino = folio->mapping->host->i_ino;
		__entry->index = folio->index;
		__entry->order = folio_order(folio);
	),

	TP_printk("dev=%d:%d ino=%llu index=%llu order=%u",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->ino,
		  __entry->index, __entry->order)
);

DEFINE_EVENT(cleancache_added, cleancache_miss,
	TP_PROTO(const struct folio *folio),
	TP_ARGS(folio)
);

DEFINE_EVENT(cleancache_added, cleancache_replace,
	TP_PROTO(const struct folio *folio),
	TP_ARGS(folio)
);

TRACE_EVENT(cleancache_evict,

	TP_PROTO(u32 slot, bool builtin),

	TP_ARGS(slot, builtin),

	TP_STRUCT__entry(
		__field(u32, slot)
		__field(bool, builtin)
	),

	TP_fast_assign(
		__entry->slot = slot;
		__entry->builtin = builtin;
	),

	TP_printk("slot=%u builtin=%d", __entry->slot, __entry->builtin)
);

TRACE_EVENT(cleancache_drop,

	TP_PROTO(u32 slot, enum cleancache_drop_reason reason),

	TP_ARGS(slot, reason),

	TP_STRUCT__entry(
		__field(u32, slot)
		__field(u32, reason)
	),

	TP_fast_assign(
		__entry->slot = slot;
		__entry->reason = reason;
	),

	TP_printk("slot=%u reason=%s", __entry->slot,
		  __print_symbolic(__entry->reason,
			{ CLEANCACHE_DROP_INVALIDATED, "invalidated" },
			{ CLEANCACHE_DROP_REPLACED, "replaced" },
			{ CLEANCACHE_DROP_SHRUNK, "shrunk" },
			{ CLEANCACHE_DROP_FLUSHED, "flushed" },
			{ CLEANCACHE_DROP_PARTIAL, "partial" },
			{ CLEANCACHE_DROP_FAILED, "failed" }))
);

DECLARE_EVENT_CLASS(cleancache_range,

	TP_PROTO(u32 slot, u32 nr),

	TP_ARGS(slot, nr),

	TP_STRUCT__entry(
		__field(u32, slot)
		__field(u32, nr)
	),

	TP_fast_assign(
		__entry->slot = slot;
		__entry->nr = nr;
	),

	TP_printk("slot=%u nr=%u", __entry->slot, __entry->nr)
);

DEFINE_EVENT(cleancache_range, cleancache_take,
	TP_PROTO(u32 slot, u32 nr),
	TP_ARGS(slot, nr)
);

DEFINE_EVENT(cleancache_range, cleancache_give,
	TP_PROTO(u32 slot, u32 nr),
	TP_ARGS(slot, nr)
);

#endif /* _TRACE_CLEANCACHE_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
