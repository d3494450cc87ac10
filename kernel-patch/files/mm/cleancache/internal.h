/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the cleancache know of each other.
 */
#ifndef _MM_CLEANCACHE_INTERNAL_H
#define _MM_CLEANCACHE_INTERNAL_H

#include <linux/cleancache.h>
#include <linux/cleancache_policy.h>
#include <linux/types.h>

/* slots.c: the pages lent to the cleancache, and the state of each */

u32 cleancache_slot_fill(struct address_space *mapping, pgoff_t index,
			 const void *page);
bool cleancache_slot_publish(u32 slot, struct address_space *mapping,
			     pgoff_t index, void *shadow);
bool cleancache_slot_restore(u32 slot, struct address_space *mapping,
			     pgoff_t index, void *page, void **shadow);
bool cleancache_slot_forget(u32 slot, struct address_space *mapping,
			    pgoff_t index);
void *cleancache_slot_shadow(u32 slot, struct address_space *mapping,
			     pgoff_t index);
bool cleancache_slot_evict(u32 slot);
bool cleancache_slot_cached(u32 slot);
u32 cleancache_next_cached(u32 slot);
unsigned long cleancache_nr_cached(void);

/* policy.c: what to keep, asked of the policy in force */

/* What the policy is called when there is none. */
#define CLEANCACHE_BUILTIN	"builtin"

bool cleancache_admit(const struct cleancache_page *page);
void cleancache_note_stored(u32 slot, const struct cleancache_page *page);
void cleancache_note_restored(u32 slot);
void cleancache_note_removed(u32 slot);
bool cleancache_make_room(void);

int cleancache_policy_enable(struct cleancache_policy_ops *ops);
int cleancache_policy_replace(struct cleancache_policy_ops *ops,
			      struct cleancache_policy_ops *old);
void cleancache_policy_disable(struct cleancache_policy_ops *ops);
void cleancache_policy_name(char *name);
unsigned long cleancache_policy_enable_seq(void);

/* queue.c: ordered sets of slots, for policies */

int cleancache_queues_alloc(void);
void cleancache_queues_merge(void);
void cleancache_queues_append(void);
int cleancache_queue_insert(u32 queue, u32 slot, bool head);
int cleancache_queue_remove(u32 slot);
int cleancache_queue_take_head(u32 queue);
int cleancache_queue_length(u32 queue);

#endif /* _MM_CLEANCACHE_INTERNAL_H */
