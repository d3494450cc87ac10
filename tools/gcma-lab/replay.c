// SPDX-License-Identifier: GPL-2.0
/* gcma-lab replay: run policies against traces. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "lab.h"
#include "replay.h"
#include "util.h"

enum { OPT_JSON = 0x100, OPT_SVG, OPT_PNG };

static const char default_sizes[] = "5%,10%,20%,40%";
static const char default_memory[] = "10%";

struct options {
	struct replay replay;
	const char *output;
	const char *svg;
	const char *png;
	bool json;
	bool sized;
};

void replay_add_policy(struct replay *replay, const char *what)
{
	replay->policies = need_more(replay->policies,
				     replay->nr_policies + 1,
				     sizeof(*replay->policies));
	policy_find(&replay->policies[replay->nr_policies++], what);
}

static void add_sizes(struct replay *replay, const char *list)
{
	char *copy = strdup(list), *rest = copy, *text;

	while ((text = strsep(&rest, ","))) {
		replay->sizes = need_more(replay->sizes, replay->nr_sizes + 1,
					  sizeof(*replay->sizes));
		if (!size_parse(text, &replay->sizes[replay->nr_sizes++]))
			die_usage("'%s' is no size; give slots (4096), bytes (16M) or a part of the trace's pages (10%%)",
				  text);
	}
	free(copy);
}

void replay_set_memory(struct replay *replay, const char *text)
{
	if (!size_parse(text, &replay->memory))
		die_usage("'%s' is no size of memory; give pages (4096), bytes (16M) or a part of the trace's pages (10%%)",
			  text);
}

static void set_jobs(struct replay *replay, const char *text)
{
	uint64_t jobs;

	if (!parse_u64(text, &jobs) || !jobs || jobs > 1024)
		die_usage("'%s' is no number of jobs, from 1 to 1024", text);
	replay->jobs = jobs;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *opts = state->input;
	struct replay *replay = &opts->replay;

	switch (key) {
	case 'p':
		replay_add_policy(replay, arg);
		return 0;
	case 'c':
		add_sizes(replay, arg);
		return 0;
	case 'm':
		replay_set_memory(replay, arg);
		return 0;
	case 's':
		replay->settings[replay->nr_settings++] = arg;
		return 0;
	case 'j':
		set_jobs(replay, arg);
		return 0;
	case 'o':
		opts->output = arg;
		return 0;
	case OPT_JSON:
		opts->json = true;
		return 0;
	case OPT_SVG:
		opts->svg = arg;
		return 0;
	case OPT_PNG:
		opts->png = arg;
		return 0;
	case ARGP_KEY_ARG:
		replay->paths[replay->nr_traces++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "policy", 'p', "POLICY", 0,
	  "A policy that was built, 'builtin', or a .bpf.c file; may be repeated (default: all)",
	  0 },
	{ "size", 'c', "SIZE[,...]", 0,
	  "Of the cleancache: slots, bytes (16M) or a part of the trace's pages (10%); may be repeated (default: 5%,10%,20%,40%)",
	  0 },
	{ "memory", 'm', "SIZE", 0,
	  "Of the memory above it, for traces of accesses (default: 10%)", 0 },
	{ "set", 's', "[POLICY.]NAME=VALUE", 0,
	  "Set a tunable; may be repeated", 0 },
	{ "jobs", 'j', "N", 0, "Simulations at once (default: one a CPU)", 0 },
	{ "json", OPT_JSON, NULL, 0, "Print JSON instead of a table", 0 },
	{ "output", 'o', "FILE", 0, "Save the JSON document too", 0 },
	{ "svg", OPT_SVG, "FILE", 0, "Draw the miss ratio curves", 0 },
	{ "png", OPT_PNG, "FILE", 0,
	  "The same as PNG, by means of rsvg-convert", 0 },
	{ }
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "TRACE...",
	.doc = "Run policies against traces, in a model of memory and of the cleancache below it, and print their hit rates beside the most that can be had.",
};

static void init(struct options *opts, int argc)
{
	struct replay *replay = &opts->replay;

	replay->settings = need_zeroed(argc, sizeof(*replay->settings));
	replay->paths = need_zeroed(argc, sizeof(*replay->paths));
	replay->jobs = sysconf(_SC_NPROCESSORS_ONLN);
	replay_set_memory(replay, default_memory);
}

static void complete(struct replay *replay)
{
	if (!replay->nr_traces)
		die_usage("no TRACE; name one, or make one with 'gcma-lab generate'");
	if (!replay->nr_policies)
		replay->nr_policies = policy_find_all(&replay->policies);
	if (!replay->nr_sizes)
		add_sizes(replay, default_sizes);
	replay->tried = need_zeroed(replay->nr_traces, sizeof(*replay->tried));
}

/* Before the work, not behind it. */
static void check_place(const char *path)
{
	FILE *file = path ? fopen(path, "ae") : NULL;

	if (path && !file)
		die("%s: %s; name a place that can be written", path,
		    strerror(errno));
	if (file)
		fclose(file);
}

static void check_places(const struct options *opts)
{
	check_place(opts->output);
	check_place(opts->svg);
	check_place(opts->png);
}

static void show(const struct options *opts)
{
	struct json_object *doc = report_document(&opts->replay);

	if (opts->output)
		json_save(opts->output, doc);
	if (opts->json)
		json_print(stdout, json_object_get(doc));
	else
		report_print(&opts->replay);
	json_object_put(doc);
	chart_save(&opts->replay, opts->svg, opts->png);
}

/* Not all came to an end: the table says which, and why. */
static bool all_done(const struct replay *replay)
{
	unsigned int i, j;

	for (i = 0; i < replay->nr_traces; i++)
		for (j = 0; j < replay->nr_sizes * replay->nr_policies; j++)
			if (!replay->tried[i].outcomes[j].done)
				return false;
	return true;
}

int lab_replay(int argc, char **argv)
{
	struct options opts = { };
	struct replay *replay = &opts.replay;
	unsigned int i;

	init(&opts, argc);
	cli_parse(&argp, argc, argv, &opts);
	complete(replay);
	check_places(&opts);
	for (i = 0; i < replay->nr_traces; i++)
		replay_try(replay, replay->paths[i], &replay->tried[i]);
	show(&opts);
	return all_done(replay) ? 0 : 1;
}
