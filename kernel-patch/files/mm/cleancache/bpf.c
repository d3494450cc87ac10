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

#include "internal.h"

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
		if (!isalnum(*c) && *c != '_')
			return -EINVAL;
	return strcmp(ops->name, CLEANCACHE_BUILTIN) ? 1 : -EINVAL;
}

static int policy_reg(void *kdata, struct bpf_link *link)
{
	return cleancache_policy_enable(kdata);
}

static void policy_unreg(void *kdata, struct bpf_link *link)
{
	cleancache_policy_disable(kdata);
}

static int policy_update(void *kdata, void *old_kdata, struct bpf_link *link)
{
	return cleancache_policy_replace(kdata, old_kdata);
}

/* Never called: their types are what the verifier and CFI go by. */
static s32 init_stub(void)
{
	return 0;
}

static void exit_stub(void)
{
}

static bool admit_stub(const struct cleancache_page *page)
{
	return true;
}

static void stored_stub(u32 slot, const struct cleancache_page *page)
{
}

static void restored_stub(u32 slot)
{
}

static void removed_stub(u32 slot)
{
}

static void select_victims_stub(struct cleancache_victims *victims)
{
}

static struct cleancache_policy_ops policy_stubs = {
	.init			= init_stub,
	.exit			= exit_stub,
	.admit			= admit_stub,
	.stored			= stored_stub,
	.restored		= restored_stub,
	.removed		= removed_stub,
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

__bpf_kfunc_start_defs();

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
 * Return: 0, or -EINVAL if there is no such queue or slot.
 */
__bpf_kfunc int cleancache_queue_add_tail(u32 queue, u32 slot)
{
	return cleancache_queue_insert(queue, slot, false);
}

/**
 * cleancache_queue_add_head() - put a slot at the head of a queue
 * @queue: below %CLEANCACHE_NR_QUEUES
 * @slot: the slot; it leaves the queue it was on
 *
 * Return: 0, or -EINVAL if there is no such queue or slot.
 */
__bpf_kfunc int cleancache_queue_add_head(u32 queue, u32 slot)
{
	return cleancache_queue_insert(queue, slot, true);
}

/**
 * cleancache_queue_del() - take a slot off its queue
 * @slot: the slot
 *
 * Return: 0, -ENOENT if it is on no queue, -EINVAL if there is no such slot.
 */
__bpf_kfunc int cleancache_queue_del(u32 slot)
{
	return cleancache_queue_remove(slot);
}

/**
 * cleancache_queue_pop() - take the first slot that holds a page off a queue
 * @queue: below %CLEANCACHE_NR_QUEUES
 *
 * Slots before it that have lost their page leave the queue too.
 *
 * Return: the slot, -ENOENT if there is none, -EINVAL if no such queue.
 */
__bpf_kfunc int cleancache_queue_pop(u32 queue)
{
	return cleancache_queue_take_head(queue);
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

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(policy_kfunc_ids)
BTF_ID_FLAGS(func, cleancache_victim_add, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, cleancache_queue_add_tail)
BTF_ID_FLAGS(func, cleancache_queue_add_head)
BTF_ID_FLAGS(func, cleancache_queue_del)
BTF_ID_FLAGS(func, cleancache_queue_pop)
BTF_ID_FLAGS(func, cleancache_queue_len)
BTF_KFUNCS_END(policy_kfunc_ids)

/* Registered for all struct_ops programs; only those of a policy get them. */
static int policy_kfunc_filter(const struct bpf_prog *prog, u32 kfunc_id)
{
	if (!btf_id_set8_contains(&policy_kfunc_ids, kfunc_id))
		return 0;
	if (prog->type == BPF_PROG_TYPE_STRUCT_OPS &&
	    prog->aux->attach_btf_id == policy_type_id)
		return 0;
	return -EACCES;
}

static const struct btf_kfunc_id_set policy_kfunc_set = {
	.owner	= THIS_MODULE,
	.set	= &policy_kfunc_ids,
	.filter	= policy_kfunc_filter,
};

static int __init cleancache_bpf_init(void)
{
	int err;

	err = register_btf_kfunc_id_set(BPF_PROG_TYPE_STRUCT_OPS,
					&policy_kfunc_set);
	if (err)
		return err;
	return register_bpf_struct_ops(&policy_struct_ops,
				       cleancache_policy_ops);
}
late_initcall(cleancache_bpf_init);
