/* SPDX-License-Identifier: GPL-2.0 */
/*
 * File content in which every 8-byte word says where it belongs: file, page,
 * generation and place in the page. Any stale, misplaced, foreign or torn
 * piece of a page is thereby found and named.
 */
#ifndef GCMA_PATTERN_H
#define GCMA_PATTERN_H

#include "test.h"

/* A page as it should be. @file is 1 to 4095, @page below 2^20. */
void pattern_fill(void *page, u32 file, u32 index, u32 generation);

/* Fail, naming what was found, unless the whole page is as it should be. */
void pattern_check(const void *page, u32 file, u32 index, u32 generation);

/*
 * The same for a page that is being written meanwhile: every byte must be of
 * a generation from @oldest to @newest.
 */
void pattern_check_between(const void *page, u32 file, u32 index, u32 oldest,
			   u32 newest);

/* Fail, naming the first difference, unless @got equals @want. */
void pattern_compare(const void *got, const void *want, size_t len, u64 pos,
		     const char *how);

/* The same content in a whole file of @pages pages, made durable. */
int pattern_file(const char *dir, u32 file, u32 pages, u32 generation);

/* Read and check every page of such a file. */
void pattern_verify(int fd, u32 file, u32 pages, u32 generation);

/* Buffered reads of the file's first pages agree with direct ones. */
void pattern_same_as_disk(int fd, const char *path, u32 pages);

#endif
