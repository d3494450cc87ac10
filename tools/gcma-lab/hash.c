// SPDX-License-Identifier: GPL-2.0
/*
 * Hash tables of a fixed number of entries, as BPF's maps are.
 *
 * Entries are numbers in an array. Those in use form a list from the most to
 * the least recently used, those that are not a list of their own. The kernel's
 * LRU is only roughly one; this one is exact.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "stream.h"

#define NONE	UINT32_MAX

enum { ANY, ONLY_NEW, ONLY_OLD };	/* BPF_ANY, BPF_NOEXIST, BPF_EXIST */

struct entry {
	uint32_t chain;		/* next with the same hash; next unused */
	uint32_t newer;
	uint32_t older;
	uint32_t unused;	/* keeps keys at multiples of 8 */
	char bytes[];		/* the key, then the value */
};

struct hash {
	uint32_t *heads;
	char *entries;
	uint32_t mask;
	uint32_t nr_entries;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t value_at;	/* in an entry's bytes */
	uint32_t entry_size;
	uint32_t first_unused;
	uint32_t newest;
	uint32_t oldest;
	bool lru;
};

static uint32_t round_up_8(uint32_t size)
{
	return (size + 7) & ~7u;
}

static struct entry *entry_at(const struct hash *hash, uint32_t i)
{
	return (struct entry *)(hash->entries + (size_t)i * hash->entry_size);
}

static uint32_t *head_of(const struct hash *hash, const void *key)
{
	const unsigned char *byte = key;
	uint64_t sum = 0xcbf29ce484222325ull, part;
	uint32_t i;

	for (i = 0; i + 8 <= hash->key_size; i += 8) {
		memcpy(&part, byte + i, 8);
		sum = (sum ^ part) * 0x9e3779b97f4a7c15ull;
		sum ^= sum >> 32;
	}
	for (; i < hash->key_size; i++)
		sum = (sum ^ byte[i]) * 0x100000001b3ull;
	sum ^= sum >> 29;
	return &hash->heads[(sum * 0xbf58476d1ce4e5b9ull >> 32) & hash->mask];
}

/* The link that leads to a key's entry, or to where it would be. */
static uint32_t *find(const struct hash *hash, const void *key)
{
	uint32_t *link = head_of(hash, key);

	while (*link != NONE &&
	       memcmp(entry_at(hash, *link)->bytes, key, hash->key_size))
		link = &entry_at(hash, *link)->chain;
	return link;
}

static void unlist(struct hash *hash, uint32_t i)
{
	struct entry *entry = entry_at(hash, i);

	if (entry->newer != NONE)
		entry_at(hash, entry->newer)->older = entry->older;
	else
		hash->newest = entry->older;
	if (entry->older != NONE)
		entry_at(hash, entry->older)->newer = entry->newer;
	else
		hash->oldest = entry->newer;
}

static void list_newest(struct hash *hash, uint32_t i)
{
	struct entry *entry = entry_at(hash, i);

	entry->newer = NONE;
	entry->older = hash->newest;
	if (hash->newest != NONE)
		entry_at(hash, hash->newest)->newer = i;
	else
		hash->oldest = i;
	hash->newest = i;
}

static void touch(struct hash *hash, uint32_t i)
{
	if (!hash->lru || hash->newest == i)
		return;
	unlist(hash, i);
	list_newest(hash, i);
}

static void remove_at(struct hash *hash, uint32_t *link)
{
	uint32_t i = *link;
	struct entry *entry = entry_at(hash, i);

	*link = entry->chain;
	unlist(hash, i);
	entry->chain = hash->first_unused;
	hash->first_unused = i;
}

void *hash_lookup(struct hash *hash, const void *key)
{
	uint32_t i = *find(hash, key);

	if (i == NONE)
		return NULL;
	touch(hash, i);
	return entry_at(hash, i)->bytes + hash->value_at;
}

static bool have_room(struct hash *hash)
{
	if (hash->first_unused != NONE)
		return true;
	if (!hash->lru)
		return false;
	remove_at(hash, find(hash, entry_at(hash, hash->oldest)->bytes));
	return true;
}

static int add(struct hash *hash, const void *key, const void *value)
{
	struct entry *entry;
	uint32_t *head, i;

	if (!have_room(hash))
		return -E2BIG;
	i = hash->first_unused;
	entry = entry_at(hash, i);
	hash->first_unused = entry->chain;
	memcpy(entry->bytes, key, hash->key_size);
	memcpy(entry->bytes + hash->value_at, value, hash->value_size);
	head = head_of(hash, key);
	entry->chain = *head;
	*head = i;
	list_newest(hash, i);
	return 0;
}

int hash_update(struct hash *hash, const void *key, const void *value,
		uint64_t flags)
{
	uint32_t i = *find(hash, key);

	if (i != NONE && flags == ONLY_NEW)
		return -EEXIST;
	if (i == NONE && flags == ONLY_OLD)
		return -ENOENT;
	if (i == NONE)
		return add(hash, key, value);
	memcpy(entry_at(hash, i)->bytes + hash->value_at, value,
	       hash->value_size);
	touch(hash, i);
	return 0;
}

int hash_delete(struct hash *hash, const void *key)
{
	uint32_t *link = find(hash, key);

	if (*link == NONE)
		return -ENOENT;
	remove_at(hash, link);
	return 0;
}

static void init_entries(struct hash *hash)
{
	uint32_t i;

	for (i = hash->nr_entries; i--;) {
		entry_at(hash, i)->chain = hash->first_unused;
		hash->first_unused = i;
	}
}

struct hash *hash_new(uint32_t entries, uint32_t key_size, uint32_t value_size,
		      bool lru)
{
	struct hash *hash = need_zeroed(1, sizeof(*hash));
	uint32_t heads = 1;

	while (heads < entries)
		heads *= 2;
	hash->mask = heads - 1;
	hash->nr_entries = entries;
	hash->key_size = key_size;
	hash->value_size = value_size;
	hash->value_at = round_up_8(key_size);
	hash->entry_size = sizeof(struct entry) + hash->value_at +
			   round_up_8(value_size);
	hash->first_unused = NONE;
	hash->newest = NONE;
	hash->oldest = NONE;
	hash->lru = lru;
	hash->heads = need_more(NULL, heads, sizeof(*hash->heads));
	memset(hash->heads, 0xff, heads * sizeof(*hash->heads));
	hash->entries = need_zeroed(entries, hash->entry_size);
	init_entries(hash);
	return hash;
}

void hash_free(struct hash *hash)
{
	free(hash->heads);
	free(hash->entries);
	free(hash);
}
