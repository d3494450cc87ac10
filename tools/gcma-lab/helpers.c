// SPDX-License-Identifier: GPL-2.0
/*
 * The helpers of BPF that policies call, but for those that native.h makes of
 * nothing: time, chance, messages and maps.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gcma/native.h>

#include "cache.h"
#include "hash.h"
#include "util.h"

/* Arrays with a name that begins so have an element for each slot. */
#define SLOT_STATE_PREFIX	"slot_"

#define SEED	0x853c49e6748fea9bull

static uint64_t chance;

void helpers_init(void)
{
	chance = SEED;
}

u64 bpf_ktime_get_ns(void)
{
	return cache_time();
}

/* xorshift64*, by Vigna */
u32 bpf_get_prandom_u32(void)
{
	chance ^= chance >> 12;
	chance ^= chance << 25;
	chance ^= chance >> 27;
	return chance * 0x2545f4914f6cdd1dull >> 32;
}

u32 cleancache_slots(void)
{
	return cache_slots();
}

bool cleancache_slot_has_page(u32 slot)
{
	return cache_slot_cached(slot);
}

void gcma_give_up(const char *fmt, ...)
{
	char msg[CLEANCACHE_EXIT_MSG_LEN];
	va_list args;

	va_start(args, fmt);
	vsnprintf(msg, sizeof(msg), fmt, args);
	va_end(args);
	cache_policy_failed(msg);
}

void gcma_print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
}

static bool is_slot_state(const void *map)
{
	Dl_info info;

	return dladdr(map, &info) && info.dli_sname &&
	       info.dli_saddr == map &&
	       !strncmp(info.dli_sname, SLOT_STATE_PREFIX,
			strlen(SLOT_STATE_PREFIX));
}

void gcma_map_make(const struct gcma_map *map)
{
	bool array = map->type == BPF_MAP_TYPE_ARRAY ||
		     map->type == BPF_MAP_TYPE_PERCPU_ARRAY;
	bool lru = map->type == BPF_MAP_TYPE_LRU_HASH ||
		   map->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
	unsigned long length = map->max_entries;

	if (!array) {
		*map->store = hash_new(length, map->key_size, map->value_size,
				       lru);
		return;
	}
	if (length == 1 && is_slot_state(map->map))
		length = cache_slots();
	if (map->max_entries == 1)
		*map->length = length;
	*map->store = need_zeroed(length, map->value_size);
}

void *gcma_hash_lookup(void *hash, const void *key)
{
	return hash_lookup(hash, key);
}

long gcma_hash_update(void *hash, const void *key, const void *value, u64 flags)
{
	return hash_update(hash, key, value, flags);
}

long gcma_hash_delete(void *hash, const void *key)
{
	return hash_delete(hash, key);
}
