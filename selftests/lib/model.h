/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file together with what it should hold, byte for byte. Every operation is
 * done to both; model_verify() compares them along every way of reading.
 */
#ifndef GCMA_MODEL_H
#define GCMA_MODEL_H

#include "test.h"

struct model {
	int fd;
	int direct_fd;
	size_t size;
	size_t capacity;
	u8 *want;
	u8 *buf;	/* aligned, @capacity bytes */
	u64 seed;
};

/* A new file of @size random bytes, room to grow up to @capacity. */
void model_create(struct model *m, const char *dir, const char *name,
		  size_t size, size_t capacity, u64 seed);
void model_close(struct model *m);

void model_write(struct model *m, size_t pos, size_t len);
void model_mmap_write(struct model *m, size_t pos, size_t len);
void model_direct_write(struct model *m, size_t pos, size_t len);
void model_truncate(struct model *m, size_t size);

/* Modes of fallocate(2); collapse and insert need whole file system blocks. */
void model_zero(struct model *m, size_t pos, size_t len, int mode);
void model_collapse(struct model *m, size_t pos, size_t len);
void model_insert(struct model *m, size_t pos, size_t len);

/* Share whole blocks within the file; the two ranges must not overlap. */
void model_clone(struct model *m, size_t from, size_t to, size_t len);

void model_read(struct model *m, size_t pos, size_t len);
void model_mmap_read(struct model *m, size_t pos, size_t len);
void model_direct_read(struct model *m, size_t pos, size_t len);

/* Evict every page, and fail unless all of them went to the cleancache. */
void model_evict(struct model *m);

/* Compare everything: buffered, mapped, direct, and again after eviction. */
void model_verify(struct model *m);

#endif
