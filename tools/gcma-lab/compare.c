// SPDX-License-Identifier: GPL-2.0
/* gcma-lab compare: the same trace in the kernel and in the lab. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "compare_report.h"
#include "kernel.h"
#include "lab.h"
#include "program.h"
#include "util.h"

enum { OPT_JSON = 0x100, OPT_DIR, OPT_WITHIN };

static void add_policy(struct replay *replay, const char *name)
{
	if (strpbrk(name, "./"))
		die_usage("'%s' is no name of a policy; name one of bpf/policies, such as fifo, or builtin",
			  name);
	replay_add_policy(replay, name);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct comparison *opts = state->input;
	struct replay *replay = &opts->replay;

	switch (key) {
	case 'p':
		add_policy(replay, arg);
		return 0;
	case 'm':
		replay_set_memory(replay, arg);
		return 0;
	case OPT_DIR:
		opts->dir = arg;
		return 0;
	case OPT_WITHIN:
		if (!parse_seconds(arg, &opts->within))
			die_usage("'%s' is no number of percentage points",
				  arg);
		return 0;
	case OPT_JSON:
		opts->json = true;
		return 0;
	case ARGP_KEY_ARG:
		replay->paths[replay->nr_traces++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "dir", OPT_DIR, "DIR", 0,
	  "Where to make the files that are read, on a file system that the cleancache serves",
	  0 },
	{ "memory", 'm', "SIZE", 0,
	  "Of the page cache: pages (4096), bytes (16M) or a part of the trace's pages (10%)",
	  0 },
	{ "policy", 'p', "POLICY", 0,
	  "The name of one that was built, or 'builtin'; may be repeated (default: all)",
	  0 },
	{ "within", OPT_WITHIN, "POINTS", 0,
	  "How many percentage points hit rates may differ (default: 2)", 0 },
	{ "json", OPT_JSON, NULL, 0, "Print JSON instead of a table", 0 },
	{ }
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "TRACE...",
	.doc = "Play traces in the running kernel, replay them in the lab, and tell how far the hit rates of each policy are apart. Exit status 1 if one is too far.",
};

static void complete(struct comparison *opts)
{
	struct replay *replay = &opts->replay;

	if (!replay->nr_traces)
		die_usage("no TRACE; name one, or make one with 'gcma-lab generate'");
	if (!opts->dir)
		die_usage("no folder for the files; name one with --dir DIR");
	if (!replay->memory.text[0])
		die_usage("no size of the page cache; give one with -m SIZE");
	if (!replay->nr_policies)
		replay->nr_policies = policy_find_all(&replay->policies);
}

/* The cache that the lab models is as large as the machine's. */
static void take_slots(struct replay *replay)
{
	struct cleancache cc;
	char text[32];

	cleancache_require(&cc);
	snprintf(text, sizeof(text), "%" PRIu64, cc.slots);
	replay->sizes = need_zeroed(1, sizeof(*replay->sizes));
	replay->nr_sizes = 1;
	if (!size_parse(text, replay->sizes))
		die("%s slots are more than the lab can model; boot with a smaller area",
		    text);
}

static void play_under(const struct player *player, const char *policy,
		       const char *record_to, struct played *played)
{
	struct cleancache cc;
	const char *why;

	heed_interrupts();
	why = kernel_load(policy);
	*played = (struct played) { };
	if (why) {
		snprintf(played->why, sizeof(played->why),
			 "not accepted: %s", why);
		return;
	}
	player_play(player, record_to, played);
	cleancache_require(&cc);
	if (strcmp(cc.policy, policy))
		snprintf(played->why, sizeof(played->why),
			 "ejected, see /sys/kernel/mm/cleancache/last_exit");
	kernel_unload();
}

/* From where the kernel began. */
static void replay_from(const struct comparison *opts, unsigned int policy,
			const char *path, struct tried *tried,
			struct pair *pair)
{
	struct replay one = opts->replay;

	one.policies += policy;
	one.nr_policies = 1;
	one.first_slot = pair->kernel.first_slot;
	one.first_victim = pair->kernel.first_victim;
	replay_try(&one, path, tried);
	pair->lab = *outcome_of(&one, tried, 0, 0);
}

static void judge(struct pair *pair, uint64_t accesses)
{
	const struct played *kernel = &pair->kernel;
	const struct cache_result *lab = &pair->lab.result;

	pair->difference = NAN;
	pair->above = NAN;
	if (kernel->why[0] || !pair->lab.done)
		return;
	pair->difference = compare_rate(lab->hits, lab->lookups) -
			   compare_rate(kernel->hits, kernel->lookups);
	pair->above = 100 * ratio((double)kernel->lookups - lab->lookups,
				  accesses);
}

static void play_again(const struct comparison *opts, unsigned int policy,
		       const struct player *player, struct pair *pair)
{
	struct tried tried = { };
	char path[PATH_MAX];

	make_temporary(".trc", path, sizeof(path));
	play_under(player, opts->replay.policies[policy].name, path,
		   &pair->kernel);
	if (!pair->kernel.why[0])
		replay_from(opts, policy, path, &tried, pair);
	unlink(path);
	judge(pair, player->stream.nr);
}

/* @path is the trace with the names that its pages have in the kernel. */
static void compare_policy(const struct comparison *opts, unsigned int policy,
			   const struct player *player, const char *path,
			   struct tried *tried, struct compared *compared)
{
	struct pair *pair = &compared->pair;

	play_under(player, opts->replay.policies[policy].name, NULL,
		   &pair->kernel);
	replay_from(opts, policy, path, tried, pair);
	judge(pair, player->stream.nr);
	compared->again = isfinite(pair->difference) &&
			  !compare_close(opts, pair);
	if (compared->again)
		play_again(opts, policy, player, &compared->below);
}

static struct compared *compare(const struct comparison *opts,
				const char *path, struct tried *tried)
{
	const struct replay *replay = &opts->replay;
	struct player player = { .dir = opts->dir };
	struct compared *all;
	char saved[PATH_MAX];
	unsigned int i;

	player_open(&player, path);
	player.memory = size_of(&replay->memory, player.stream.pages->nr);
	all = need_zeroed(replay->nr_policies, sizeof(*all));
	make_temporary(".trc", saved, sizeof(saved));
	player_save(&player, saved);
	for (i = 0; i < replay->nr_policies; i++)
		compare_policy(opts, i, &player, saved, tried, &all[i]);
	unlink(saved);
	player_close(&player);
	return all;
}

static bool all_agree(const struct comparison *opts,
		      const struct compared *all)
{
	unsigned int i;

	for (i = 0; i < opts->replay.nr_policies; i++)
		if (!compare_agrees(opts, &all[i]))
			return false;
	return true;
}

static bool compare_and_show(struct comparison *opts, const char *path,
			     struct json_object *doc)
{
	struct tried tried = { };
	struct compared *all = compare(opts, path, &tried);
	bool good = all_agree(opts, all);

	if (opts->json)
		compare_describe(opts, &tried, path, all, doc);
	else
		compare_print(opts, &tried, path, all);
	free(all);
	return good;
}

int lab_compare(int argc, char **argv)
{
	struct comparison opts = { .within = 2 };
	struct replay *replay = &opts.replay;
	struct json_object *doc;
	bool good = true;
	unsigned int i;

	replay->paths = need_zeroed(argc, sizeof(*replay->paths));
	replay->jobs = sysconf(_SC_NPROCESSORS_ONLN);
	cli_parse(&argp, argc, argv, &opts);
	complete(&opts);
	kernel_prepare();
	take_slots(replay);
	doc = compare_document(&opts);
	for (i = 0; i < replay->nr_traces; i++)
		good &= compare_and_show(&opts, replay->paths[i], doc);
	if (opts.json)
		json_print(stdout, json_object_get(doc));
	json_object_put(doc);
	return good ? 0 : 1;
}
