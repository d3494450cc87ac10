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
struct page;

#ifdef CONFIG_GCMA
int gcma_init_reserved_mem(phys_addr_t base, phys_addr_t size,
			   const char *name, struct cma **res_cma);
void gcma_reserve(phys_addr_t limit);
bool gcma_wanted(struct cma *cma);
void gcma_activate(struct cma *cma);
int gcma_alloc_range(struct cma *cma, unsigned long pfn, unsigned long count,
		     unsigned int align, gfp_t gfp);
void gcma_free_range(struct cma *cma, unsigned long pfn, unsigned long count);
void gcma_count_failure(struct cma *cma);
struct page *gcma_alloc_atomic(struct cma *cma, unsigned long count,
			       unsigned int align);
#else
static inline int gcma_init_reserved_mem(phys_addr_t base, phys_addr_t size,
					 const char *name, struct cma **res_cma)
{
	return -EOPNOTSUPP;
}

static inline void gcma_reserve(phys_addr_t limit)
{
}

static inline bool gcma_wanted(struct cma *cma)
{
	return false;
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

static inline struct page *gcma_alloc_atomic(struct cma *cma,
					     unsigned long count,
					     unsigned int align)
{
	return NULL;
}
#endif

#endif /* _LINUX_GCMA_H */
