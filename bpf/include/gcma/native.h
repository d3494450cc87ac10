/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What stands in for the kernel where gcma-lab runs a policy. Included by
 * policy.h.
 *
 * Here a policy is a shared object of ordinary C. The helpers and macros of BPF
 * that policies use are below, with the same results; a policy that needs
 * others does not compile, which is better than other results.
 *
 * A map is used by its own name, as in bpf_map_lookup_elem(&map, &key): what it
 * is and how long is taken from its type, so that looking up an element of an
 * array is indexing. What it holds is made when first asked for and hangs on
 * the map itself.
 */
#ifndef GCMA_NATIVE_H
#define GCMA_NATIVE_H

#ifdef __bpf__
#error "gcma/native.h is for policies outside the kernel"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <sys/cdefs.h>
#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;

#include <linux/cleancache_policy.h>

#undef __noinline
#define __noinline	__attribute__((noinline))
#define __weak		__attribute__((weak))
#define __hidden	__attribute__((visibility("hidden")))
#define __ksym
#ifndef likely
#define likely(cond)	__builtin_expect(!!(cond), 1)
#define unlikely(cond)	__builtin_expect(!!(cond), 0)
#endif
#define barrier_var(var)	({ asm volatile("" : "+r"(var)); })

/* A section for each, as in BPF: the lab finds the ops by theirs. */
#define SEC(name)	__attribute__((section(name), used))

/* Callbacks take their arguments as they are. */
#define BPF_PROG(name, args...) name(args)

/* What a policy asks of the kernel at run time is here at hand. */
#define bpf_ksym_exists(sym)			((void)(sym), true)
#define bpf_core_type_exists(type)		true
#define bpf_core_field_exists(field...)		true
#define bpf_core_enum_value_exists(type, val)	((void)(val), true)

/*
 * Maps: the macros they are declared with, and what these make of one. The
 * types tell what it is; the pointers themselves are free for other use.
 */
#define __uint(name, val)						\
	union {								\
		int (*(name))[val];					\
		unsigned long name##_now;				\
	}
#define __type(name, val)						\
	union {								\
		typeof(val) *(name);					\
		void *name##_store;					\
	}

enum {
	BPF_MAP_TYPE_HASH		= 1,
	BPF_MAP_TYPE_ARRAY		= 2,
	BPF_MAP_TYPE_PERCPU_HASH	= 5,
	BPF_MAP_TYPE_PERCPU_ARRAY	= 6,
	BPF_MAP_TYPE_LRU_HASH		= 9,
	BPF_MAP_TYPE_LRU_PERCPU_HASH	= 10,
};

enum { BPF_ANY, BPF_NOEXIST, BPF_EXIST };
enum { BPF_F_NO_PREALLOC = 1 << 0, BPF_F_NO_COMMON_LRU = 1 << 1 };

/*
 * struct gcma_map - what is known of a map
 * @store: where the pointer to what it holds hangs
 * @length: where an array whose length is known late has that; such are
 *	    declared with one element
 */
struct gcma_map {
	const void *map;
	void **store;
	unsigned long *length;
	u32 type;
	u32 max_entries;
	u32 key_size;
	u32 value_size;
};

#define gcma_map_number(member)	(sizeof(*(member)) / sizeof(int))
#define gcma_map(m)							\
({									\
	__typeof__(m) ___m = (m);					\
									\
	(struct gcma_map){						\
		.map = ___m,						\
		.store = &___m->value_store,				\
		.length = &___m->max_entries_now,			\
		.type = gcma_map_number(___m->type),			\
		.max_entries = gcma_map_number(___m->max_entries),	\
		.key_size = sizeof(*___m->key),				\
		.value_size = sizeof(*___m->value),			\
	};								\
})

/* Offered by the lab. */
void gcma_map_make(const struct gcma_map *map);
void *gcma_hash_lookup(void *hash, const void *key);
long gcma_hash_update(void *hash, const void *key, const void *value,
		      u64 flags);
long gcma_hash_delete(void *hash, const void *key);
void gcma_give_up(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void gcma_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
u64 bpf_ktime_get_ns(void);
u32 bpf_get_prandom_u32(void);
int cleancache_queue_add_tail(u32 queue, u32 slot);
int cleancache_queue_add_head(u32 queue, u32 slot);
int cleancache_queue_del(u32 slot);
int cleancache_queue_pop(u32 queue);
int cleancache_queue_len(u32 queue);
u32 cleancache_slots(void);
bool cleancache_slot_has_page(u32 slot);

struct bpf_iter_cleancache_queue {
	u32 queue;
	u32 left;
	u32 next;
	int slot;
};

int bpf_iter_cleancache_queue_new(struct bpf_iter_cleancache_queue *it,
				  u32 queue);
int *bpf_iter_cleancache_queue_next(struct bpf_iter_cleancache_queue *it);
void bpf_iter_cleancache_queue_destroy(struct bpf_iter_cleancache_queue *it);

/* What events() is given is the head of this. */
struct gcma_events {
	struct cleancache_events head;
	struct cleancache_event *first;
};

static __always_inline struct cleancache_event *
cleancache_event_at(struct cleancache_events *events, u32 i)
{
	return i < events->nr ? &((struct gcma_events *)events)->first[i] :
				NULL;
}

static __always_inline int cleancache_victim_add(struct cleancache_victims *v,
						 u32 slot)
{
	if (v->nr >= v->nr_wanted)
		return -28; /* ENOSPC */
	v->slots[v->nr++] = slot;
	return 0;
}

static __always_inline bool gcma_map_is_array(const struct gcma_map *map)
{
	return map->type == BPF_MAP_TYPE_ARRAY ||
	       map->type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

/* What the map holds, which is made the first time. */
static __always_inline void *gcma_map_content(const struct gcma_map *map)
{
	if (unlikely(!*map->store))
		gcma_map_make(map);
	return *map->store;
}

static __always_inline void *gcma_array_lookup(const struct gcma_map *map,
					       u32 index)
{
	char *first = gcma_map_content(map);
	u64 length = map->max_entries;

	if (length == 1)
		length = *map->length;
	return index < length ? first + (size_t)index * map->value_size : NULL;
}

static __always_inline void *gcma_map_lookup(struct gcma_map map,
					     const void *key)
{
	if (gcma_map_is_array(&map))
		return gcma_array_lookup(&map, *(const u32 *)key);
	return gcma_hash_lookup(gcma_map_content(&map), key);
}

static __always_inline long gcma_map_update(struct gcma_map map,
					    const void *key, const void *value,
					    u64 flags)
{
	void *element;

	if (!gcma_map_is_array(&map))
		return gcma_hash_update(gcma_map_content(&map), key, value,
					flags);
	element = gcma_array_lookup(&map, *(const u32 *)key);
	if (!element)
		return -7; /* E2BIG */
	if (flags == BPF_NOEXIST)
		return -17; /* EEXIST */
	__builtin_memcpy(element, value, map.value_size);
	return 0;
}

static __always_inline long gcma_map_delete(struct gcma_map map,
					    const void *key)
{
	if (gcma_map_is_array(&map))
		return -22; /* EINVAL */
	return gcma_hash_delete(gcma_map_content(&map), key);
}

#define bpf_map_lookup_elem(map, key)	gcma_map_lookup(gcma_map(map), key)
#define bpf_map_lookup_percpu_elem(map, key, cpu)			\
	((void)(cpu), gcma_map_lookup(gcma_map(map), key))
#define bpf_map_update_elem(map, key, value, flags)			\
	gcma_map_update(gcma_map(map), key, value, flags)
#define bpf_map_delete_elem(map, key)	gcma_map_delete(gcma_map(map), key)

/* One CPU, and nobody beside it. */
#define bpf_get_smp_processor_id()	0
#define bpf_num_possible_cpus()		1
struct bpf_spin_lock {
	u32 val;
};

#define bpf_spin_lock(lock)		((void)(lock))
#define bpf_spin_unlock(lock)		((void)(lock))
#define bpf_ktime_get_boot_ns()		bpf_ktime_get_ns()
#define bpf_ktime_get_coarse_ns()	bpf_ktime_get_ns()
#define bpf_printk(fmt, args...)	gcma_print(fmt "\n", ##args)

/* As in the kernel, longer loops than this do not run at all. */
#define GCMA_MAX_LOOPS	(8 * 1024 * 1024)

#define bpf_for(i, start, end)						\
	for (s64 ___i = (start), ___end = (end);			\
	     ___i < ___end && ___end - ___i <= GCMA_MAX_LOOPS &&	\
	     (((i) = ___i) | 1);					\
	     ___i++)

#define bpf_repeat(n)							\
	for (s64 ___n = (n); ___n > 0 && ___n <= GCMA_MAX_LOOPS; ___n--)

#define bpf_for_each(type, cur, args...)				\
	for (struct bpf_iter_##type ___it				\
	     __attribute__((cleanup(bpf_iter_##type##_destroy))),	\
	     *___p __attribute__((unused)) =				\
		     (bpf_iter_##type##_new(&___it, ##args), NULL);	\
	     ((cur) = bpf_iter_##type##_next(&___it));)

static __always_inline long gcma_loop(u32 nr, void *callback, void *ctx,
				      u64 flags)
{
	long (*call)(u64 i, void *ctx) = (long (*)(u64, void *))callback;
	u32 i;

	if (flags)
		return -22; /* EINVAL */
	if (nr > GCMA_MAX_LOOPS)
		return -7; /* E2BIG */
	for (i = 0; i < nr; i++)
		if (call(i, ctx))
			return i + 1;
	return nr;
}

#define bpf_loop(nr, callback, ctx, flags)				\
	gcma_loop(nr, callback, ctx, flags)
#define can_loop	true

#define gcma_error(fmt, args...)	gcma_give_up(fmt, ##args)

#endif /* GCMA_NATIVE_H */
