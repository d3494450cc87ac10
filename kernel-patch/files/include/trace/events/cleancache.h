/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM cleancache

#if !defined(_TRACE_CLEANCACHE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_CLEANCACHE_H

#include <linux/cleancache_policy.h>
#include <linux/kdev_t.h>
#include <linux/tracepoint.h>

TRACE_EVENT(cleancache_store,

	TP_PROTO(const struct cleancache_page *page, u32 slot),

	TP_ARGS(page, slot),

	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, ino)
		__field(u64, index)
		__field(u32, slot)
	),

	TP_fast_assign(
		__entry->dev = page->dev;
		__entry->ino = page->ino;
		__entry->index = page->index;
		__entry->slot = slot;
	),

	TP_printk("dev=%d:%d ino=%llu index=%llu slot=%u",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->ino,
		  __entry->index, __entry->slot)
);

TRACE_EVENT(cleancache_restore,

	TP_PROTO(dev_t dev, u64 ino, u64 index, u32 slot, bool hit),

	TP_ARGS(dev, ino, index, slot, hit),

	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, ino)
		__field(u64, index)
		__field(u32, slot)
		__field(bool, hit)
	),

	TP_fast_assign(
		__entry->dev = dev;
		__entry->ino = ino;
		__entry->index = index;
		__entry->slot = slot;
		__entry->hit = hit;
	),

	TP_printk("dev=%d:%d ino=%llu index=%llu slot=%u hit=%d",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->ino,
		  __entry->index, __entry->slot, __entry->hit)
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

#endif /* _TRACE_CLEANCACHE_H */

/* This part must be outside protection */
#include <trace/define_trace.h>
