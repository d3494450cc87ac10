// SPDX-License-Identifier: GPL-2.0
/* gcma-lab generate: synthetic traces, the same for the same options. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "lab.h"
#include "stream.h"
#include "util.h"

enum {
	OPT_PAGES = 0x100,
	OPT_ACCESSES,
	OPT_THETA,
	OPT_SEED,
	OPT_FILE_PAGES,
	OPT_SCAN_SHARE,
	OPT_SCAN_PAGES,
};

/* What a program reads takes about this long. */
#define NS_PER_ACCESS	10000

/* Files that are read once, by scans, come behind all others. */
#define FIRST_SCAN_INO	1000000

struct options {
	const char *kind;
	const char *path;
	uint64_t pages;
	uint64_t accesses;
	uint64_t seed;
	uint64_t file_pages;
	uint64_t scan_pages;
	double theta;
	double scan_share;
};

struct generator {
	struct options opts;
	struct trace trace;
	uint64_t chance;
	double *sums;		/* of what ranks up to each weigh */
	uint32_t *page_of;	/* by rank */
	uint64_t scan_ino;
	uint64_t scan_left;
};

/* splitmix64, by Vigna */
static uint64_t next_random(struct generator *gen)
{
	uint64_t x = gen->chance += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/* From 0 to below 1. */
static double next_fraction(struct generator *gen)
{
	return ldexp(next_random(gen) >> 11, -53);
}

static void add_access(struct generator *gen, uint64_t ino, uint64_t index)
{
	struct gcma_trace_record record = {
		.time = gen->trace.nr * NS_PER_ACCESS,
		.ino = ino,
		.index = index,
		.nr = 1,
		.type = GCMA_TRACE_ACCESS,
	};

	trace_add(&gen->trace, &record);
}

static void access_page(struct generator *gen, uint64_t page)
{
	uint64_t file_pages = gen->opts.file_pages;

	add_access(gen, 1 + page / file_pages, page % file_pages);
}

static void shuffle(struct generator *gen)
{
	uint32_t i, other, was;

	for (i = gen->opts.pages; i-- > 1;) {
		other = next_random(gen) % (i + 1);
		was = gen->page_of[i];
		gen->page_of[i] = gen->page_of[other];
		gen->page_of[other] = was;
	}
}

/* Popular pages are spread over all files. */
static void prepare_zipf(struct generator *gen)
{
	double sum = 0;
	uint32_t i;

	gen->sums = need_zeroed(gen->opts.pages, sizeof(*gen->sums));
	gen->page_of = need_zeroed(gen->opts.pages, sizeof(*gen->page_of));
	for (i = 0; i < gen->opts.pages; i++) {
		sum += pow(i + 1, -gen->opts.theta);
		gen->sums[i] = sum;
		gen->page_of[i] = i;
	}
	shuffle(gen);
}

static void access_zipf(struct generator *gen)
{
	uint32_t low = 0, high = gen->opts.pages - 1, mid;
	double wanted = next_fraction(gen) * gen->sums[high];

	while (low < high) {
		mid = low + (high - low) / 2;
		if (gen->sums[mid] > wanted)
			high = mid;
		else
			low = mid + 1;
	}
	access_page(gen, gen->page_of[low]);
}

static void make_zipf(struct generator *gen)
{
	prepare_zipf(gen);
	while (gen->trace.nr < gen->opts.accesses)
		access_zipf(gen);
}

static void make_loop(struct generator *gen)
{
	while (gen->trace.nr < gen->opts.accesses)
		access_page(gen, gen->trace.nr % gen->opts.pages);
}

static void access_scan(struct generator *gen)
{
	if (!gen->scan_left) {
		gen->scan_ino++;
		gen->scan_left = gen->opts.scan_pages;
	}
	add_access(gen, gen->scan_ino, gen->opts.scan_pages - gen->scan_left--);
}

static void make_scan(struct generator *gen)
{
	while (gen->trace.nr < gen->opts.accesses)
		access_scan(gen);
}

/* Scans begin at random, go on to their end, and have their share in all. */
static void make_mix(struct generator *gen)
{
	double share = gen->opts.scan_share;
	double begin = share / ((1 - share) * gen->opts.scan_pages);

	prepare_zipf(gen);
	while (gen->trace.nr < gen->opts.accesses) {
		if (!gen->scan_left && next_fraction(gen) >= begin) {
			access_zipf(gen);
			continue;
		}
		do
			access_scan(gen);
		while (gen->scan_left && gen->trace.nr < gen->opts.accesses);
	}
}

static const struct {
	const char *name;
	void (*make)(struct generator *gen);
} kinds[] = {
	{ "zipf", make_zipf },
	{ "scan", make_scan },
	{ "loop", make_loop },
	{ "mix", make_mix },
};

static void generate(const struct options *opts,
		     void (*make)(struct generator *gen))
{
	struct generator gen = {
		.opts = *opts,
		.chance = opts->seed,
		.scan_ino = FIRST_SCAN_INO,
	};

	trace_create(&gen.trace, opts->path, GCMA_TRACE_ACCESSES,
		     GCMA_TRACE_MADE_UP);
	make(&gen);
	trace_finish(&gen.trace);
	free(gen.sums);
	free(gen.page_of);
}

static void take_count(const char *option, const char *arg, uint64_t *value)
{
	if (!parse_size(arg, value) || !*value || *value > UINT32_MAX)
		die_usage("'%s' is no number for --%s, from 1 to %u", arg,
			  option, UINT32_MAX);
}

static void take_fraction(const char *option, const char *arg, double most,
			  double *value)
{
	if (!parse_seconds(arg, value) || *value > most)
		die_usage("'%s' is no number for --%s, from 0 to %g", arg,
			  option, most);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *opts = state->input;

	switch (key) {
	case OPT_PAGES:
		take_count("pages", arg, &opts->pages);
		return 0;
	case OPT_ACCESSES:
		take_count("accesses", arg, &opts->accesses);
		return 0;
	case OPT_FILE_PAGES:
		take_count("file-pages", arg, &opts->file_pages);
		return 0;
	case OPT_SCAN_PAGES:
		take_count("scan-pages", arg, &opts->scan_pages);
		return 0;
	case OPT_SEED:
		if (!parse_u64(arg, &opts->seed))
			die_usage("'%s' is no number for --seed", arg);
		return 0;
	case OPT_THETA:
		take_fraction("theta", arg, 10, &opts->theta);
		return 0;
	case OPT_SCAN_SHARE:
		take_fraction("scan-share", arg, 0.99, &opts->scan_share);
		return 0;
	case 'o':
		opts->path = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (opts->kind)
			die_usage("one KIND at a time; '%s' is one too many",
				  arg);
		opts->kind = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "Where to write the trace (.gz: compressed)",
	  0 },
	{ "pages", OPT_PAGES, "N", 0, "Different pages (default: 16384)", 0 },
	{ "accesses", OPT_ACCESSES, "N", 0,
	  "Accesses in all (default: 1000000)", 0 },
	{ "theta", OPT_THETA, "X", 0,
	  "How unequal zipf is (default: 0.9; 0: all pages alike)", 0 },
	{ "scan-share", OPT_SCAN_SHARE, "X", 0,
	  "Part of a mix that are scans (default: 0.3)", 0 },
	{ "scan-pages", OPT_SCAN_PAGES, "N", 0,
	  "Length of a scan (default: 4096)", 0 },
	{ "file-pages", OPT_FILE_PAGES, "N", 0,
	  "Length of the files of zipf and loop (default: 256)", 0 },
	{ "seed", OPT_SEED, "N", 0, "Of the random numbers (default: 1)", 0 },
	{ }
};

int lab_generate(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "KIND",
		.doc = "Make a trace of accesses: zipf (some pages are more popular), loop (all pages in turn, again and again), scan (files read once) or mix (zipf with scans in between).",
	};
	struct options opts = {
		.pages = 16384, .accesses = 1000000, .theta = 0.9, .seed = 1,
		.scan_share = 0.3, .scan_pages = 4096, .file_pages = 256,
	};
	size_t i;

	cli_parse(&argp, argc, argv, &opts);
	if (!opts.path)
		die_usage("no file to write; name one with -o FILE");
	for (i = 0; opts.kind && i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].name, opts.kind))
			continue;
		generate(&opts, kinds[i].make);
		return 0;
	}
	die_usage("'%s' is no KIND; known: zipf, scan, loop, mix",
		  opts.kind ? opts.kind : "");
}
