// SPDX-License-Identifier: GPL-2.0
/*
 * Policies that the kernel must refuse, each for one reason. The test loads one
 * at a time; what it expects to hear is in policies.c.
 */
#include <gcma/policy.h>

char _license[] SEC("license") = "GPL";

/* What the kernel tells is not for writing. */
GCMA_CALLBACK(admit)
bool BPF_PROG(write_page_admit, struct cleancache_page *page)
{
	page->ino = 0;
	return true;
}

GCMA_POLICY
struct cleancache_policy_ops write_page = {
	.admit	= (void *)write_page_admit,
	.name	= "write_page",
};

/* Victims are named through the function that counts them. */
GCMA_CALLBACK(select_victims)
void BPF_PROG(write_victims_select, struct cleancache_victims *victims)
{
	victims->nr = 1000;
}

GCMA_POLICY
struct cleancache_policy_ops write_victims = {
	.select_victims	= (void *)write_victims_select,
	.name		= "write_victims",
};

/* Nor is an event. */
GCMA_CALLBACK(events)
void BPF_PROG(write_event_events, struct cleancache_events *events)
{
	struct cleancache_event *event = cleancache_event_at(events, 0);

	if (event)
		event->slot = 0;
}

GCMA_POLICY
struct cleancache_policy_ops write_event = {
	.events	= (void *)write_event_events,
	.name	= "write_event",
};

/* There may be no such event. */
GCMA_CALLBACK(events)
void BPF_PROG(no_check_events, struct cleancache_events *events)
{
	cleancache_queue_add_tail(0, cleancache_event_at(events, 0)->slot);
}

GCMA_POLICY
struct cleancache_policy_ops no_check = {
	.events	= (void *)no_check_events,
	.name	= "no_check",
};

/* Victims are wanted in one callback only. */
GCMA_CALLBACK(events)
void BPF_PROG(victim_early_events, struct cleancache_events *events)
{
	cleancache_victim_add((void *)events, 0);
}

GCMA_POLICY
struct cleancache_policy_ops victim_early = {
	.events	= (void *)victim_early_events,
	.name	= "victim_early",
};

/* And events are told in one only. */
GCMA_CALLBACK(select_victims)
void BPF_PROG(event_late_select, struct cleancache_victims *victims)
{
	cleancache_event_at((void *)victims, 0);
}

GCMA_POLICY
struct cleancache_policy_ops event_late = {
	.select_victims	= (void *)event_late_select,
	.name		= "event_late",
};

/* What has ended leaves the queues to others. */
GCMA_CALLBACK_SLEEPABLE(exit)
void BPF_PROG(queue_in_exit_exit, struct cleancache_exit_info *info)
{
	cleancache_queue_del(0);
}

GCMA_POLICY
struct cleancache_policy_ops queue_in_exit = {
	.exit	= (void *)queue_in_exit_exit,
	.name	= "queue_in_exit",
};

/* Before it begins, they are another's. */
GCMA_CALLBACK_SLEEPABLE(init)
s32 BPF_PROG(queue_in_init_init)
{
	return cleancache_queue_pop(0);
}

GCMA_POLICY
struct cleancache_policy_ops queue_in_init = {
	.init	= (void *)queue_in_init_init,
	.name	= "queue_in_init",
};

/* Only init() and exit() may sleep. */
GCMA_CALLBACK_SLEEPABLE(admit)
bool BPF_PROG(sleepy_admit, const struct cleancache_page *page)
{
	return true;
}

GCMA_POLICY
struct cleancache_policy_ops sleepy = {
	.admit	= (void *)sleepy_admit,
	.name	= "sleepy",
};

/* An iterator is to be put away. */
GCMA_CALLBACK(select_victims)
void BPF_PROG(leaky_select, struct cleancache_victims *victims)
{
	struct bpf_iter_cleancache_queue it;

	bpf_iter_cleancache_queue_new(&it, 0);
	bpf_iter_cleancache_queue_next(&it);
}

GCMA_POLICY
struct cleancache_policy_ops leaky = {
	.select_victims	= (void *)leaky_select,
	.name		= "leaky",
};

/* Last words are known beforehand: nothing makes sure that others end. */
GCMA_CALLBACK_SLEEPABLE(init)
s32 BPF_PROG(any_words_init)
{
	unsigned long long args[1] = { };
	char words[2] = "x";

	cleancache_policy_error_bstr(words, args, 0);
	return 0;
}

GCMA_POLICY
struct cleancache_policy_ops any_words = {
	.init	= (void *)any_words_init,
	.name	= "any_words",
};

/* Names go to sysfs and tools. */
GCMA_POLICY
struct cleancache_policy_ops dotted = {
	.name	= "a.b",
};

GCMA_POLICY
struct cleancache_policy_ops nameless = {
};

GCMA_POLICY
struct cleancache_policy_ops pretender = {
	.name	= "builtin",
};

/* It says itself that it cannot start. */
GCMA_CALLBACK_SLEEPABLE(init)
s32 BPF_PROG(unwilling_init)
{
	return -95;
}

GCMA_POLICY
struct cleancache_policy_ops unwilling = {
	.init	= (void *)unwilling_init,
	.name	= "unwilling",
};
