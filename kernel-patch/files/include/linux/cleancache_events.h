/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counters of the cleancache in /proc/vmstat, for whoever defines
 * CLEANCACHE_EVENT(item, name) and includes this where a list is wanted.
 */
#ifdef CONFIG_CLEANCACHE
CLEANCACHE_EVENT(CLEANCACHE_STORED, "cleancache_stored")
CLEANCACHE_EVENT(CLEANCACHE_RESTORED, "cleancache_restored")
CLEANCACHE_EVENT(CLEANCACHE_MISSED, "cleancache_missed")
CLEANCACHE_EVENT(CLEANCACHE_STALE, "cleancache_stale")
CLEANCACHE_EVENT(CLEANCACHE_REJECTED, "cleancache_rejected")
CLEANCACHE_EVENT(CLEANCACHE_EVICTED, "cleancache_evicted")
CLEANCACHE_EVENT(CLEANCACHE_INVALIDATED, "cleancache_invalidated")
CLEANCACHE_EVENT(CLEANCACHE_ALLOCATED, "cleancache_allocated")
CLEANCACHE_EVENT(CLEANCACHE_FALLBACK, "cleancache_fallback")
#endif
#ifdef CONFIG_GCMA
CLEANCACHE_EVENT(GCMA_ALLOC, "gcma_alloc")
CLEANCACHE_EVENT(GCMA_ALLOC_FAIL, "gcma_alloc_fail")
#endif
#undef CLEANCACHE_EVENT
