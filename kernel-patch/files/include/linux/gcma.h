/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guaranteed CMA: areas whose memory is lent to the cleancache only, so that it
 * can be taken back at once.
 */
#ifndef _LINUX_GCMA_H
#define _LINUX_GCMA_H

#include <linux/errno.h>
#include <linux/gfp_types.h>
#include <linux/types.h>

struct cma;

#ifdef CONFIG_GCMA
void gcma_reserve(phys_addr_t limit);
void gcma_activate(struct cma *cma);
int gcma_alloc_range(struct cma *cma, unsigned long pfn, unsigned long count,
		     unsigned int align, gfp_t gfp);
void gcma_free_range(struct cma *cma, unsigned long pfn, unsigned long count);
void gcma_count_failure(struct cma *cma);
#else
static inline void gcma_reserve(phys_addr_t limit)
{
}

static inline void gcma_activate(struct cma *cma)
{
}

static inline int gcma_alloc_range(struct cma *cma, unsigned long pfn,
				   unsigned long count, unsigned int align,
				   gfp_t gfp)
{
	return -EOPNOTSUPP;
}

static inline void gcma_free_range(struct cma *cma, unsigned long pfn,
				   unsigned long count)
{
}

static inline void gcma_count_failure(struct cma *cma)
{
}
#endif

#endif /* _LINUX_GCMA_H */
