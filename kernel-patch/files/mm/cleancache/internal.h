/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the cleancache know of each other.
 */
#ifndef _MM_CLEANCACHE_INTERNAL_H
#define _MM_CLEANCACHE_INTERNAL_H

#include <linux/cleancache.h>
#include <linux/cleancache_policy.h>
#include <linux/fs.h>
#include <linux/string.h>
#include <linux/types.h>

/* entry.c: what stands in the index for a stored folio */

/*
 * An entry is the first slot, and above that the order of the folio. It stands
 * at each index of the folio; a page's slot follows from both.
 */
#define ENTRY_ORDER_SHIFT	32
#define ENTRY_ORDER_MASK	(BIT(5) - 1)

static inline void *make_entry(u32 slot, unsigned int order)
{
	return xa_mk_value(CLEANCACHE_ENTRY | slot |
			   (unsigned long)order << ENTRY_ORDER_SHIFT);
}

static inline unsigned int entry_order(const void *entry)
{
	return (xa_to_value(entry) >> ENTRY_ORDER_SHIFT) & ENTRY_ORDER_MASK;
}

static inline u32 entry_slot(const void *entry, pgoff_t index)
{
	return (u32)xa_to_value(entry) +
	       (index & (BIT(entry_order(entry)) - 1));
}

void cleancache_dropped(u32 slot, u32 nr, enum cleancache_drop_reason reason);
void cleancache_forget_pages(struct address_space *mapping, pgoff_t index,
			     unsigned long nr, void *entry,
			     enum cleancache_drop_reason reason);

/* Which files: asked by store.c and restore.c for each page */

/*
 * What may change while a file is in use. What is encrypted must not leave
 * plaintext behind when its key is removed, what is verified must be verified
 * when it comes in, and the rest has no page cache that mirrors the disk. After
 * a write error no page of the file can be trusted: some are clean and differ.
 */
static inline bool cleancache_mapping_trusted(struct address_space *mapping)
{
	return !(mapping->host->i_flags & (S_ENCRYPTED | S_VERITY | S_DAX |
					   S_SWAPFILE | S_NOQUOTA)) &&
	       !READ_ONCE(mapping->wb_err);
}

/* And what does not: regular files of file systems that said they can be. */
static inline bool cleancache_mapping_eligible(struct address_space *mapping)
{
	struct inode *inode = mapping->host;

	return (inode->i_sb->s_type->fs_flags & FS_CLEANCACHE) &&
	       S_ISREG(inode->i_mode) && cleancache_mapping_trusted(mapping);
}

/* slots.c: the pages lent to the cleancache, and the state of each */

u32 cleancache_slot_fill(struct address_space *mapping, pgoff_t index,
			 const void *page);
u32 cleancache_slot_fill_run(struct address_space *mapping, pgoff_t index,
			     const void *pages, unsigned int order);
void cleancache_slot_publish(u32 slot, struct address_space *mapping,
			     pgoff_t index, void *shadow);
bool cleancache_slot_restore(u32 slot, struct address_space *mapping,
			     pgoff_t index, void *page, void **shadow);
bool cleancache_slot_forget(u32 slot, struct address_space *mapping,
			    pgoff_t index);
void *cleancache_slot_shadow(u32 slot, struct address_space *mapping,
			     pgoff_t index);
bool cleancache_slot_evict(u32 slot);
bool cleancache_slot_cached(u32 slot);
bool cleancache_slot_holds(u32 slot, struct address_space *mapping,
			   pgoff_t index);
u32 cleancache_slot_run(u32 slot, unsigned int order);
void cleancache_slot_run_freed(u32 slot);
u32 cleancache_next_cached(u32 slot);
unsigned long cleancache_nr_cached(void);
void cleancache_clear_unused(void);

/* policy.c: what to keep, asked of the policy in force */

/* What the policy is called when there is none. */
#define CLEANCACHE_BUILTIN	"builtin"

bool cleancache_make_room(unsigned int order);

/* attach.c: how policies come and go */

/* What a policy may care for; each costs nothing if it does not. */
enum cleancache_op {
	CLEANCACHE_OP_ANY,
	CLEANCACHE_OP_ADMIT,
	CLEANCACHE_OP_EVENTS,
	CLEANCACHE_OP_SELECT_VICTIMS,
	CLEANCACHE_NR_OPS,
};

struct bpf_link;
struct cleancache_policy;

extern unsigned int cleancache_budget_us;

#ifdef CONFIG_CLEANCACHE_BPF
extern struct static_key_false cleancache_op_keys[CLEANCACHE_NR_OPS];

#define policy_has(op)		static_branch_unlikely(&cleancache_op_keys[op])
#define policy_in_force()	policy_has(CLEANCACHE_OP_ANY)

int cleancache_policy_enable(struct cleancache_policy_ops *ops,
			     struct bpf_link *link);
int cleancache_policy_replace(struct cleancache_policy_ops *ops,
			      struct cleancache_policy_ops *old,
			      struct bpf_link *link);
void cleancache_policy_disable(struct cleancache_policy_ops *ops);
void cleancache_policy_failed(char *msg);
void cleancache_policy_answered(const struct cleancache_policy *asked);
void cleancache_policy_fell_short(const struct cleancache_policy *asked);
void cleancache_policy_name(char *name);
unsigned long cleancache_policy_enable_seq(void);
unsigned long cleancache_policy_ejected(void);
int cleancache_policy_last_exit(char *buf);
#else
static inline bool policy_has(enum cleancache_op op)
{
	return false;
}

static inline bool policy_in_force(void)
{
	return false;
}

static inline void
cleancache_policy_answered(const struct cleancache_policy *asked)
{
}

static inline void
cleancache_policy_fell_short(const struct cleancache_policy *asked)
{
}

static inline void cleancache_policy_name(char *name)
{
	strscpy(name, CLEANCACHE_BUILTIN, CLEANCACHE_POLICY_NAME_LEN);
}

static inline unsigned long cleancache_policy_enable_seq(void)
{
	return 0;
}
#endif

/* bpf.c: policies as BPF programs */

bool cleancache_policy_hold(struct bpf_link *link);
void cleancache_policy_detach(struct bpf_link *link);

/* events.c: what the policy is told */

#ifdef CONFIG_CLEANCACHE_BPF
DECLARE_PER_CPU(bool, cleancache_tell_due);

void __cleancache_note(enum cleancache_event_type type, u32 slot, u32 nr);
void cleancache_note_stored(const struct cleancache_page *page, u32 slot);
void cleancache_note_restored(const struct folio *folio, u32 slot);
void cleancache_tell(void);
bool cleancache_tell_all(void);
struct cleancache_event *cleancache_event_of(struct cleancache_events *batch,
					     u32 i);
void cleancache_events_clear(void);
int cleancache_events_alloc(void);

/* For use where the policy cannot be called. */
static inline void cleancache_note(enum cleancache_event_type type, u32 slot,
				   u32 nr)
{
	if (policy_has(CLEANCACHE_OP_EVENTS))
		__cleancache_note(type, slot, nr);
}

/* For use where it can. */
static inline void cleancache_tell_if_due(void)
{
	if (policy_has(CLEANCACHE_OP_EVENTS) &&
	    unlikely(this_cpu_read(cleancache_tell_due)))
		cleancache_tell();
}
#else
static inline void cleancache_note(enum cleancache_event_type type, u32 slot,
				   u32 nr)
{
}

static inline void cleancache_note_stored(const struct cleancache_page *page,
					  u32 slot)
{
}

static inline void cleancache_note_restored(const struct folio *folio,
					    u32 slot)
{
}

static inline void cleancache_tell(void)
{
}

static inline bool cleancache_tell_all(void)
{
	return true;
}

static inline void cleancache_tell_if_due(void)
{
}
#endif

/* queue.c: ordered sets of slots, for policies */

#ifdef CONFIG_CLEANCACHE_BPF
int cleancache_queues_alloc(void);
void cleancache_queues_merge(void);
void cleancache_queues_append(void);
int cleancache_queue_insert(u32 queue, u32 slot, bool head);
int cleancache_queue_remove(u32 slot);
int cleancache_queue_take_head(u32 queue);
int cleancache_queue_length(u32 queue);
void cleancache_queue_insert_run(u32 slot, u32 nr);
void cleancache_queue_adopt(u32 slot);
u32 cleancache_queue_first(u32 queue);
u32 cleancache_queue_next(u32 queue, u32 slot);
#else
static inline void cleancache_queue_adopt(u32 slot)
{
}
#endif

/* flush.c: dropping everything */

DECLARE_STATIC_KEY_FALSE(cleancache_paused_key);

/* Whether nothing is to be stored: a hibernation image is being made. */
static inline bool cleancache_paused(void)
{
	return static_branch_unlikely(&cleancache_paused_key);
}

void cleancache_flush(void);

/* verify.c: checking that what comes back is what the disk has */

struct cleancache_checksum {
#ifdef CONFIG_CLEANCACHE_VERIFY
	u64 sum;
#endif
};

#ifdef CONFIG_CLEANCACHE_VERIFY
void cleancache_checksum_set(struct cleancache_checksum *checksum,
			     const void *page);
bool cleancache_checksum_matches(const struct cleancache_checksum *checksum,
				 const void *page);
void cleancache_report_damage(u32 slot, struct address_space *mapping,
			      pgoff_t index);
void cleancache_verify_disk(struct folio *folio, void *entry, gfp_t gfp);
#else
static inline void
cleancache_checksum_set(struct cleancache_checksum *checksum, const void *page)
{
}

static inline bool
cleancache_checksum_matches(const struct cleancache_checksum *checksum,
			    const void *page)
{
	return true;
}

static inline void cleancache_report_damage(u32 slot,
					    struct address_space *mapping,
					    pgoff_t index)
{
}

static inline void cleancache_verify_disk(struct folio *folio, void *entry,
					  gfp_t gfp)
{
}
#endif

#endif /* _MM_CLEANCACHE_INTERNAL_H */
