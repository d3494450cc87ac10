/* SPDX-License-Identifier: GPL-2.0 */
/* A set of files of the pattern, to fill areas with. */
#ifndef GCMA_FILES_H
#define GCMA_FILES_H

#include "test.h"

#define MAX_FILES	16

struct file_set {
	int fds[MAX_FILES];
	u32 files;
	u32 pages;	/* of each */
};

/* Together they have at least @pages pages. */
void files_create(struct file_set *set, const char *dir, u64 pages);

/* Read one, or each of them, and check every byte. */
void files_verify_one(const struct file_set *set, u32 file);
void files_verify(const struct file_set *set);

/* Read, check and evict each: what fits is in the cleancache then. */
void files_store(const struct file_set *set);

/*
 * The same, from nothing; fails unless that fills nearly every slot that is
 * not allocated.
 */
void files_fill(const struct file_set *set, u64 slots);

/*
 * From nothing, store as many pages as there are slots: fails unless each slot
 * takes one.
 */
void files_fill_exactly(const struct file_set *set, u64 slots);

/* spawn() with this: read, check and evict without end. */
void files_churn(void *set);

#endif
