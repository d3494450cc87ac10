/* SPDX-License-Identifier: GPL-2.0 */
/* Hash tables of a fixed number of entries, as BPF's maps are. */
#ifndef GCMA_HASH_H
#define GCMA_HASH_H

#include <stdbool.h>
#include <stdint.h>

struct hash;

/* One that is full refuses new keys, or gives up the least recently used. */
struct hash *hash_new(uint32_t entries, uint32_t key_size, uint32_t value_size,
		      bool lru);
/* The value, or NULL. */
void *hash_lookup(struct hash *hash, const void *key);
/* 0, -EEXIST or -ENOENT as the flags demand, -E2BIG if it is full. */
int hash_update(struct hash *hash, const void *key, const void *value,
		uint64_t flags);
/* 0 or -ENOENT */
int hash_delete(struct hash *hash, const void *key);
void hash_free(struct hash *hash);

#endif
