// SPDX-License-Identifier: GPL-2.0
/*
 * Policies as BPF programs: the struct_ops type cleancache_policy_ops and the
 * functions that its programs may call.
 */

#include <linux/bpf.h>
#include <linux/bpf_verifier.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/ctype.h>

#include "call.h"

static const struct btf_type *policy_type;
static u32 policy_type_id;

static const struct bpf_func_proto *
policy_func_proto(enum bpf_func_id func_id, const struct bpf_prog *prog)
{
	return bpf_base_func_proto(func_id, prog);
}

/* Arguments can be read; without a btf_struct_access nothing can be written. */
static const struct bpf_verifier_ops policy_verifier_ops = {
	.get_func_proto		= policy_func_proto,
	.is_valid_access	= bpf_tracing_btf_ctx_access,
};

static int policy_find_type(struct btf *btf)
{
	s32 id = btf_find_by_name_kind(btf, "cleancache_policy_ops",
				       BTF_KIND_STRUCT);

	if (id < 0)
		return id;
	policy_type_id = id;
	policy_type = btf_type_by_id(btf, id);
	return 0;
}

/* Only init() and exit() may sleep: the rest keeps the policy in place. */
static int policy_check_member(const struct btf_type *t,
			       const struct btf_member *member,
			       const struct bpf_prog *prog)
{
	u32 offset = __btf_member_bit_offset(t, member) / 8;

	if (!prog->sleepable ||
	    offset == offsetof(struct cleancache_policy_ops, init) ||
	    offset == offsetof(struct cleancache_policy_ops, exit))
		return 0;
	return -EINVAL;
}

/* The name goes to sysfs and to tools: no dots, which BPF would allow. */
static int policy_copy_name(const struct btf_type *t,
			    const struct btf_member *member, void *kdata,
			    const void *udata)
{
	const struct cleancache_policy_ops *uops = udata;
	struct cleancache_policy_ops *ops = kdata;
	u32 offset = __btf_member_bit_offset(t, member) / 8;
	const char *c;

	if (offset != offsetof(struct cleancache_policy_ops, name))
		return 0;
	if (bpf_obj_name_cpy(ops->name, uops->name, sizeof(ops->name)) <= 0)
		return -EINVAL;
	for (c = ops->name; *c; c++)
		if (!isascii(*c) || (!isalnum(*c) && *c != '_'))
			return -EINVAL;
	return strcmp(ops->name, CLEANCACHE_BUILTIN) ? 1 : -EINVAL;
}

/* Without a link there would be nothing to detach when it is ejected. */
static int policy_reg(void *kdata, struct bpf_link *link)
{
	return link ? cleancache_policy_enable(kdata, link) : -EOPNOTSUPP;
}

static void policy_unreg(void *kdata, struct bpf_link *link)
{
	cleancache_policy_disable(kdata);
}

static int policy_update(void *kdata, void *old_kdata, struct bpf_link *link)
{
	return cleancache_policy_replace(kdata, old_kdata, link);
}

/**
 * cleancache_policy_hold() - keep the link of a policy
 * @link: the link, of a policy that is in force
 *
 * Context: Any.
 *
 * Return: whether it was not about to go by itself.
 */
bool cleancache_policy_hold(struct bpf_link *link)
{
	return !IS_ERR(bpf_link_inc_not_zero(link));
}

/**
 * cleancache_policy_detach() - detach a policy as user space would, and let go
 * @link: the link, which was kept with cleancache_policy_hold()
 *
 * Whoever polls the link sees it hang up.
 *
 * Context: Process context. May sleep.
 */
void cleancache_policy_detach(struct bpf_link *link)
{
	link->ops->detach(link);
	bpf_link_put(link);
}

/* Never called: their types are what the verifier and CFI go by. */
static s32 init_stub(void)
{
	return 0;
}

static void exit_stub(struct cleancache_exit_info *info)
{
}

static bool admit_stub(const struct cleancache_page *page)
{
	return true;
}

static void events_stub(struct cleancache_events *events)
{
}

static void select_victims_stub(struct cleancache_victims *victims)
{
}

static struct cleancache_policy_ops policy_stubs = {
	.init			= init_stub,
	.exit			= exit_stub,
	.admit			= admit_stub,
	.events			= events_stub,
	.select_victims		= select_victims_stub,
};

static struct bpf_struct_ops policy_struct_ops = {
	.verifier_ops		= &policy_verifier_ops,
	.init			= policy_find_type,
	.check_member		= policy_check_member,
	.init_member		= policy_copy_name,
	.reg			= policy_reg,
	.unreg			= policy_unreg,
	.update			= policy_update,
	.cfi_stubs		= &policy_stubs,
	.name			= "cleancache_policy_ops",
	.owner			= THIS_MODULE,
};

/**
 * struct bpf_iter_cleancache_queue - going over a queue
 * @__opaque: the kernel's
 */
struct bpf_iter_cleancache_queue {
	u64 __opaque[2];
} __aligned(8);

/**
 * struct queue_iter - what is in there
 * @left: how many more slots may be yielded, so that it ends although some are
 *        put on the queue again
 * @next: the slot to yield next
 * @slot: the slot yielded
 * @queue: which queue
 */
struct queue_iter {
	u32 left;
	u32 next;
	int slot;
	u16 queue;
};

/* Turn a policy's words into text. Return 0, or what is wrong with them. */
static int format_error(char *text, size_t size, const char *format,
			const void *args, u32 len)
{
	struct bpf_bprintf_data data = { .get_bin_args = true };
	int err;

	if (len % 8 || len > MAX_BPRINTF_VARARGS * 8)
		return -EINVAL;
	err = bpf_bprintf_prepare((char *)format, UINT_MAX, args, len / 8,
				  &data);
	if (err < 0)
		return err;
	bstr_printf(text, size, format, data.bin_args);
	bpf_bprintf_cleanup(&data);
	return 0;
}

/*
 * The queues are those of the policy in force. What else a policy has set
 * going, such as timers, may outlast it.
 */
static bool queues_usable(void)
{
	return policy_calling();
}

__bpf_kfunc_start_defs();

/**
 * cleancache_policy_error_bstr() - give up and say why
 * @format__str: what to say, a format as for bpf_trace_printk()
 * @args: what the format refers to, 8 bytes each
 * @args__sz: how many bytes
 *
 * The policy is ejected; the callback goes on to its end.
 *
 * Context: Any callback but exit().
 */
__bpf_kfunc void cleancache_policy_error_bstr(const char *format__str,
					      const void *args, u32 args__sz)
{
	char msg[CLEANCACHE_EXIT_MSG_LEN];

	if (format_error(msg, sizeof(msg), format__str, args, args__sz))
		strscpy(msg, format__str);
	cleancache_policy_failed(msg);
}

/**
 * cleancache_slots() - how many slots there are
 *
 * Return: that number; all slots are below it.
 */
__bpf_kfunc u32 cleancache_slots(void)
{
	return cleancache_nr_slots();
}

/**
 * cleancache_slot_has_page() - whether a slot holds a page right now
 * @slot: any number
 *
 * An event that a slot was emptied is of the past: it may hold another page,
 * which the policy was told of already or will be.
 *
 * Return: whether it does.
 */
__bpf_kfunc bool cleancache_slot_has_page(u32 slot)
{
	return cleancache_slot_cached(slot);
}

/**
 * cleancache_event_at() - look at one of the events told
 * @events: what events() was given
 * @i: which, below @events->nr
 *
 * Context: events() only.
 *
 * Return: the event, or NULL if there are not so many.
 */
__bpf_kfunc struct cleancache_event *
cleancache_event_at(struct cleancache_events *events, u32 i)
{
	return cleancache_event_of(events, i);
}

/**
 * cleancache_victim_add() - name a slot that may be emptied
 * @victims: what select_victims() was given
 * @slot: the slot
 *
 * Context: select_victims() only.
 *
 * Return: 0, or -ENOSPC if @victims->nr_wanted are named already.
 */
__bpf_kfunc int cleancache_victim_add(struct cleancache_victims *victims,
				      u32 slot)
{
	if (victims->nr >= victims->nr_wanted)
		return -ENOSPC;
	victims->slots[victims->nr++] = slot;
	return 0;
}

/**
 * cleancache_queue_add_tail() - put a slot at the tail of a queue
 * @queue: below %CLEANCACHE_NR_QUEUES
 * @slot: the slot; it leaves the queue it was on
 *
 * Return: 0, -EINVAL if there is no such queue or slot, -EPERM
 * outside of a callback.
 */
__bpf_kfunc int cleancache_queue_add_tail(u32 queue, u32 slot)
{
	return queues_usable() ? cleancache_queue_insert(queue, slot, false) :
				 -EPERM;
}

/**
 * cleancache_queue_add_head() - put a slot at the head of a queue
 * @queue: below %CLEANCACHE_NR_QUEUES
 * @slot: the slot; it leaves the queue it was on
 *
 * Return: 0, -EINVAL if there is no such queue or slot, -EPERM
 * outside of a callback.
 */
__bpf_kfunc int cleancache_queue_add_head(u32 queue, u32 slot)
{
	return queues_usable() ? cleancache_queue_insert(queue, slot, true) :
				 -EPERM;
}

/**
 * cleancache_queue_del() - take a slot off its queue
 * @slot: the slot
 *
 * Return: 0, -ENOENT if it is on no queue, -EINVAL if there is no such slot,
 * -EPERM outside of a callback.
 */
__bpf_kfunc int cleancache_queue_del(u32 slot)
{
	return queues_usable() ? cleancache_queue_remove(slot) : -EPERM;
}

/**
 * cleancache_queue_pop() - take the first slot that holds a page off a queue
 * @queue: below %CLEANCACHE_NR_QUEUES
 *
 * Slots before it that have lost their page leave the queue too.
 *
 * Return: the slot, -ENOENT if there is none, -EINVAL if no such queue, -EPERM
 * outside of a callback.
 */
__bpf_kfunc int cleancache_queue_pop(u32 queue)
{
	return queues_usable() ? cleancache_queue_take_head(queue) : -EPERM;
}

/**
 * cleancache_queue_len() - how many slots are on a queue
 * @queue: below %CLEANCACHE_NR_QUEUES
 *
 * Return: that number, with those that have lost their page; -EINVAL if there
 * is no such queue.
 */
__bpf_kfunc int cleancache_queue_len(u32 queue)
{
	return cleancache_queue_length(queue);
}

/**
 * bpf_iter_cleancache_queue_new() - begin to go over a queue
 * @it: the iterator
 * @queue: below %CLEANCACHE_NR_QUEUES
 *
 * From the head to the tail, slots that have lost their page included. The
 * slot yielded may be moved or taken off. If the one behind it is meanwhile, by
 * whomever, that one is still yielded and is the last.
 *
 * Return: 0, or -EINVAL if there is no such queue.
 */
__bpf_kfunc int
bpf_iter_cleancache_queue_new(struct bpf_iter_cleancache_queue *it, u32 queue)
{
	struct queue_iter *iter = (void *)it;
	int len = cleancache_queue_length(queue);

	BUILD_BUG_ON(sizeof(*iter) > sizeof(*it));
	BUILD_BUG_ON(__alignof__(*iter) > __alignof__(*it));

	*iter = (struct queue_iter) {
		.queue = queue,
		.left = max(len, 0),
		.next = cleancache_queue_first(queue),
	};
	return min(len, 0);
}

/**
 * bpf_iter_cleancache_queue_next() - go on to the next slot
 * @it: the iterator
 *
 * Return: where the slot is, or NULL at the end.
 */
__bpf_kfunc int *
bpf_iter_cleancache_queue_next(struct bpf_iter_cleancache_queue *it)
{
	struct queue_iter *iter = (void *)it;

	if (!iter->left || iter->next == CLEANCACHE_NO_SLOT)
		return NULL;
	iter->left--;
	iter->slot = iter->next;
	iter->next = cleancache_queue_next(iter->queue, iter->slot);
	return &iter->slot;
}

/**
 * bpf_iter_cleancache_queue_destroy() - end going over a queue
 * @it: the iterator
 */
__bpf_kfunc void
bpf_iter_cleancache_queue_destroy(struct bpf_iter_cleancache_queue *it)
{
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(policy_kfunc_ids)
BTF_ID_FLAGS(func, cleancache_policy_error_bstr, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, cleancache_slots)
BTF_ID_FLAGS(func, cleancache_slot_has_page)
BTF_ID_FLAGS(func, cleancache_event_at, KF_TRUSTED_ARGS | KF_RET_NULL)
BTF_ID_FLAGS(func, cleancache_victim_add, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, cleancache_queue_add_tail)
BTF_ID_FLAGS(func, cleancache_queue_add_head)
BTF_ID_FLAGS(func, cleancache_queue_del)
BTF_ID_FLAGS(func, cleancache_queue_pop)
BTF_ID_FLAGS(func, cleancache_queue_len)
BTF_ID_FLAGS(func, bpf_iter_cleancache_queue_new, KF_ITER_NEW)
BTF_ID_FLAGS(func, bpf_iter_cleancache_queue_next,
	     KF_ITER_NEXT | KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_iter_cleancache_queue_destroy, KF_ITER_DESTROY)
BTF_KFUNCS_END(policy_kfunc_ids)

/* These only make sense in one callback. */
BTF_ID_LIST_SINGLE(event_at_id, func, cleancache_event_at)
BTF_ID_LIST_SINGLE(victim_add_id, func, cleancache_victim_add)
/* And these in some where nothing else does. */
BTF_ID_LIST_SINGLE(slots_id, func, cleancache_slots)
BTF_ID_LIST_SINGLE(error_id, func, cleancache_policy_error_bstr)

/* The offset of the callback that a program is to be. */
static u32 callback_of(const struct bpf_prog *prog)
{
	const struct btf_type *t = policy_type;
	u32 i = prog->expected_attach_type;

	if (i >= btf_type_vlen(t))
		return U32_MAX;
	return __btf_member_bit_offset(t, &btf_type_member(t)[i]) / 8;
}

static bool is_callback_for(u32 callback, u32 kfunc_id)
{
	if (kfunc_id == *event_at_id)
		return callback == offsetof(struct cleancache_policy_ops,
					    events);
	if (kfunc_id == *victim_add_id)
		return callback == offsetof(struct cleancache_policy_ops,
					    select_victims);
	if (kfunc_id == *slots_id)
		return true;
	/* What has not begun or has ended leaves the queues to others. */
	if (kfunc_id == *error_id)
		return callback != offsetof(struct cleancache_policy_ops, exit);
	return callback != offsetof(struct cleancache_policy_ops, init) &&
	       callback != offsetof(struct cleancache_policy_ops, exit);
}

/* Registered for all struct_ops programs; only those of a policy get them. */
static int policy_kfunc_filter(const struct bpf_prog *prog, u32 kfunc_id)
{
	if (!btf_id_set8_contains(&policy_kfunc_ids, kfunc_id))
		return 0;
	if (prog->type == BPF_PROG_TYPE_STRUCT_OPS &&
	    prog->aux->attach_btf_id == policy_type_id &&
	    is_callback_for(callback_of(prog), kfunc_id))
		return 0;
	return -EACCES;
}

static const struct btf_kfunc_id_set policy_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &policy_kfunc_ids,
	.filter	= policy_kfunc_filter,
};

/* The type first: the filter of the functions goes by it. */
static int __init cleancache_bpf_init(void)
{
	int err;

	err = register_bpf_struct_ops(&policy_struct_ops,
				      cleancache_policy_ops);
	if (err)
		return err;
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_STRUCT_OPS,
					 &policy_kfunc_set);
}
late_initcall(cleancache_bpf_init);
