// SPDX-License-Identifier: GPL-2.0
/*
 * All simulations of a trace, each in a process of its own: a policy that
 * crashes is an answer like any other, each starts with clean state, and as
 * many run at once as there are jobs.
 */
#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bound.h"
#include "memory.h"
#include "replay.h"
#include "util.h"

/* The work on one trace. */
struct work {
	const struct replay *replay;
	struct tried *tried;
	struct stream stream;
	struct outcome *shared;	/* with the processes, one for each piece */
	pid_t *children;	/* by piece, 0 if none runs */
	unsigned int nr;
	unsigned int running;
};

/* For each size comes the bound, then all policies. */
static unsigned int pieces_per_size(const struct work *work)
{
	return 1 + work->replay->nr_policies;
}

static void do_bound(const struct work *work, uint32_t slots,
		     struct outcome *outcome)
{
	outcome->result.hits = bound_hits(&work->stream, slots);
	outcome->done = true;
}

static void do_policy(const struct work *work, const struct policy *policy,
		      uint32_t slots, struct outcome *outcome)
{
	const struct replay *replay = work->replay;
	const struct cleancache_policy_ops *ops;
	int err;

	ops = policy_load(policy, replay->settings, replay->nr_settings);
	err = cache_run(&work->stream, slots, ops, &outcome->result);
	if (err)
		snprintf(outcome->why, sizeof(outcome->why),
			 "its init() refused (%d)", err);
	outcome->done = !err;
}

static void do_piece(const struct work *work, unsigned int piece)
{
	unsigned int size = piece / pieces_per_size(work);
	unsigned int policy = piece % pieces_per_size(work);
	struct outcome *outcome = &work->shared[piece];
	uint32_t slots = work->tried->slots[size];

	if (policy)
		do_policy(work, &work->replay->policies[policy - 1], slots,
			  outcome);
	else
		do_bound(work, slots, outcome);
}

static void start(struct work *work, unsigned int piece)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child < 0)
		die("fork: %s; use fewer jobs (-j)", strerror(errno));
	if (!child) {
		let_interrupts_end();
		do_piece(work, piece);
		_exit(0);
	}
	work->children[piece] = child;
	work->running++;
}

static unsigned int piece_of(const struct work *work, pid_t child)
{
	unsigned int i;

	for (i = 0; i < work->nr && work->children[i] != child; i++)
		;
	return i;
}

/* A wrong call, such as an unknown tunable, was found out there, and said. */
static void give_up(const struct work *work, int status)
{
	unsigned int i;

	for (i = 0; i < work->nr; i++)
		if (work->children[i])
			kill(work->children[i], SIGTERM);
	exit(status);
}

static void finish_one(struct work *work)
{
	struct outcome *outcome;
	unsigned int piece;
	pid_t child;
	int status;

	do
		child = wait(&status);
	while (child < 0 && errno == EINTR && !interrupted);
	if (interrupted)
		give_up(work, 1);
	piece = piece_of(work, child);
	if (piece == work->nr)
		return;
	work->running--;
	work->children[piece] = 0;
	outcome = &work->shared[piece];
	if (WIFEXITED(status) && WEXITSTATUS(status))
		give_up(work, WEXITSTATUS(status));
	if (WIFSIGNALED(status)) {
		outcome->done = false;
		snprintf(outcome->why, sizeof(outcome->why), "it crashed (%s)",
			 strsignal(WTERMSIG(status)));
	}
}

static void collect(struct work *work)
{
	unsigned int per_size = pieces_per_size(work), i;

	for (i = 0; i < work->nr; i++) {
		const struct outcome *outcome = &work->shared[i];
		unsigned int size = i / per_size, policy = i % per_size;

		if (policy)
			*outcome_of(work->replay, work->tried, size,
				    policy - 1) = *outcome;
		else
			work->tried->bounds[size] =
				outcome->done ? outcome->result.hits :
						UINT64_MAX;
	}
}

static void do_all(struct work *work)
{
	size_t bytes;
	unsigned int i;

	work->nr = work->replay->nr_sizes * pieces_per_size(work);
	bytes = work->nr * sizeof(*work->shared);
	work->children = need_zeroed(work->nr, sizeof(*work->children));
	work->shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (work->shared == MAP_FAILED)
		die("out of memory");
	for (i = 0; i < work->nr; i++) {
		if (work->running == work->replay->jobs)
			finish_one(work);
		start(work, i);
	}
	while (work->running)
		finish_one(work);
	collect(work);
	munmap(work->shared, bytes);
	free(work->children);
}

static void take_name(struct tried *tried, const char *path)
{
	char copy[PATH_MAX];

	snprintf(copy, sizeof(copy), "%s", path);
	snprintf(tried->name, sizeof(tried->name), "%.63s", basename(copy));
	tried->name[strcspn(tried->name, ".")] = '\0';
}

/* What programs read becomes what memory of some size looks up and offers. */
static void put_memory_above(struct work *work)
{
	struct tried *tried = work->tried;
	struct stream above = work->stream;

	tried->memory = size_of(&work->replay->memory, above.pages->nr);
	tried->memory_hits = memory_filter(&above, tried->memory,
					   &work->stream);
	tried->accesses = tried->memory_hits + work->stream.lookups;
	stream_free(&above);
}

static void describe(struct work *work)
{
	const struct replay *replay = work->replay;
	struct stream *stream = &work->stream;
	struct tried *tried = work->tried;
	unsigned int i;

	stream->first_slot = replay->first_slot;
	stream->first_victim = replay->first_victim;
	tried->pages = stream->pages->nr;
	tried->page_size = stream->page_size;
	tried->lookups = stream->lookups;
	tried->offers = stream->offers;
	tried->recorded_hits = stream->recorded_hits;
	tried->lost = stream->lost;
	tried->slots = need_zeroed(replay->nr_sizes, sizeof(*tried->slots));
	tried->bounds = need_zeroed(replay->nr_sizes, sizeof(*tried->bounds));
	tried->outcomes = need_zeroed(replay->nr_sizes * replay->nr_policies,
				      sizeof(*tried->outcomes));
	for (i = 0; i < replay->nr_sizes; i++)
		tried->slots[i] = size_of(&replay->sizes[i], tried->pages);
}

void replay_try(const struct replay *replay, const char *path,
		struct tried *tried)
{
	struct work work = { .replay = replay, .tried = tried };
	struct pages *pages;

	take_name(tried, path);
	stream_load(&work.stream, path);
	pages = work.stream.pages;
	tried->below = work.stream.below;
	if (!tried->below)
		put_memory_above(&work);
	describe(&work);
	do_all(&work);
	stream_free(&work.stream);
	pages_free(pages);
}
