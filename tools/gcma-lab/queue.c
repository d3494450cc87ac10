// SPDX-License-Identifier: GPL-2.0
/*
 * Queues of slots, for policies, with the results of the kernel's: see
 * kernel-patch/files/mm/cleancache/queue.c.
 */
#include <errno.h>
#include <stdlib.h>

#include <gcma/native.h>

#include "cache.h"

#define NOT_QUEUED	UINT32_MAX

struct link {
	uint32_t next;
	uint32_t prev;		/* NOT_QUEUED if on none */
	uint32_t queue;
};

/* One for each slot, and a head for each queue. */
static struct link *links;
static uint32_t nr_links;
static uint32_t lengths[CLEANCACHE_NR_QUEUES];

static uint32_t head_of(uint32_t queue)
{
	return nr_links + queue;
}

static bool valid(uint32_t queue, uint32_t slot)
{
	return queue < CLEANCACHE_NR_QUEUES && slot < nr_links;
}

static void unlink_slot(uint32_t slot)
{
	struct link *link = &links[slot];

	links[link->prev].next = link->next;
	links[link->next].prev = link->prev;
	link->prev = NOT_QUEUED;
	lengths[link->queue]--;
}

int queue_insert(uint32_t queue, uint32_t slot, bool head)
{
	struct link *link;

	if (!valid(queue, slot))
		return -EINVAL;
	link = &links[slot];
	if (link->prev != NOT_QUEUED)
		unlink_slot(slot);
	link->prev = head ? head_of(queue) : links[head_of(queue)].prev;
	link->next = links[link->prev].next;
	link->queue = queue;
	links[link->prev].next = slot;
	links[link->next].prev = slot;
	lengths[queue]++;
	return 0;
}

void queue_adopt(uint32_t slot)
{
	if (links[slot].prev == NOT_QUEUED)
		queue_insert(0, slot, false);
}

void queues_init(uint32_t slots)
{
	uint32_t i;

	nr_links = slots;
	links = need_zeroed((size_t)slots + CLEANCACHE_NR_QUEUES,
			    sizeof(*links));
	for (i = 0; i < slots; i++)
		links[i].prev = NOT_QUEUED;
	for (i = 0; i < CLEANCACHE_NR_QUEUES; i++) {
		links[head_of(i)].next = head_of(i);
		links[head_of(i)].prev = head_of(i);
		lengths[i] = 0;
	}
}

void queues_free(void)
{
	free(links);
	links = NULL;
	nr_links = 0;
}

int cleancache_queue_add_tail(u32 queue, u32 slot)
{
	return queue_insert(queue, slot, false);
}

int cleancache_queue_add_head(u32 queue, u32 slot)
{
	return queue_insert(queue, slot, true);
}

int cleancache_queue_del(u32 slot)
{
	if (!valid(0, slot))
		return -EINVAL;
	if (links[slot].prev == NOT_QUEUED)
		return -ENOENT;
	unlink_slot(slot);
	return 0;
}

int cleancache_queue_pop(u32 queue)
{
	uint32_t slot;

	if (!valid(queue, 0))
		return -EINVAL;
	while ((slot = links[head_of(queue)].next) != head_of(queue)) {
		unlink_slot(slot);
		if (cache_slot_cached(slot))
			return slot;
	}
	return -ENOENT;
}

int cleancache_queue_len(u32 queue)
{
	return valid(queue, 0) ? (int)lengths[queue] : -EINVAL;
}

int bpf_iter_cleancache_queue_new(struct bpf_iter_cleancache_queue *it,
				  u32 queue)
{
	it->queue = queue;
	it->left = 0;
	if (!valid(queue, 0))
		return -EINVAL;
	it->left = lengths[queue];
	if (it->left)
		it->next = links[head_of(queue)].next;
	return 0;
}

/* One ahead: what is yielded may be moved. */
int *bpf_iter_cleancache_queue_next(struct bpf_iter_cleancache_queue *it)
{
	const struct link *link;

	if (!it->left || it->next == NO_SLOT)
		return NULL;
	it->left--;
	it->slot = it->next;
	link = &links[it->slot];
	it->next = NO_SLOT;
	if (link->prev != NOT_QUEUED && link->queue == it->queue &&
	    link->next < nr_links)
		it->next = link->next;
	return &it->slot;
}

void bpf_iter_cleancache_queue_destroy(struct bpf_iter_cleancache_queue *it)
{
	(void)it;
}
