// SPDX-License-Identifier: GPL-2.0
/* gcma-lab info: what is in a trace. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "json.h"
#include "lab.h"
#include "stream.h"
#include "util.h"

enum { OPT_JSON = 0x100 };

#define MIB	1048576.0

static const char *const kind_names[] = {
	[GCMA_TRACE_ACCESSES] = "accesses",
	[GCMA_TRACE_BELOW] = "below",
};

static const char *const clock_names[] = {
	[GCMA_TRACE_MONOTONIC] = "monotonic",
	[GCMA_TRACE_SECONDS] = "seconds",
	[GCMA_TRACE_MADE_UP] = "made up",
};

struct options {
	const char *path;
	bool json;
};

struct summary {
	struct gcma_trace_header header;
	uint64_t records;
	uint64_t count[GCMA_TRACE_NR_TYPES];	/* of pages or slots */
	uint64_t hits;
	uint64_t first;		/* time of the first record */
	uint64_t last;		/* the latest time */
	uint32_t pages;
	uint32_t files;
	uint64_t *times;	/* by page, how often it was read */
	uint64_t once;		/* pages that were read once */
};

static bool names_pages(const struct gcma_trace_record *record)
{
	return record->type >= GCMA_TRACE_ACCESS &&
	       record->type <= GCMA_TRACE_INVALIDATE;
}

static bool is_read(const struct gcma_trace_record *record)
{
	return record->type == GCMA_TRACE_ACCESS ||
	       record->type == GCMA_TRACE_LOOKUP;
}

static void add_page(struct summary *sum, struct pages *files,
		     struct page_name name, uint32_t page)
{
	if (!(page & (page - 1)))
		sum->times = need_more(sum->times, page ? 2 * page : 1,
				       sizeof(*sum->times));
	sum->times[page] = 0;
	/* All pages of a file count as one: its page 0. */
	name.index = 0;
	pages_find(files, &name);
}

static void count_pages(struct summary *sum, struct pages *pages,
			struct pages *files,
			const struct gcma_trace_record *record)
{
	struct page_name name = {
		.ino = record->ino,
		.dev = record->dev,
		.index = record->index,
	};
	uint32_t i, page, known;

	for (i = 0; i < record->nr; i++, name.index++) {
		if (record->type == GCMA_TRACE_INVALIDATE &&
		    !pages_known(pages, &name))
			continue;
		known = pages->nr;
		page = pages_find(pages, &name);
		if (page == known)
			add_page(sum, files, name, page);
		sum->times[page] += is_read(record);
	}
}

static void count_record(struct summary *sum,
			 const struct gcma_trace_record *record)
{
	if (!sum->records++)
		sum->first = record->time;
	if (record->time > sum->last)
		sum->last = record->time;
	sum->count[record->type] += record->nr;
	if (record->flags & GCMA_TRACE_HIT)
		sum->hits += record->nr;
}

static void summarise(const char *path, struct summary *sum)
{
	struct pages pages = { }, files = { };
	struct gcma_trace_record record;
	struct trace trace;
	uint32_t i;

	*sum = (struct summary) { };
	trace_open(&trace, path);
	trace_check(&trace);
	sum->header = trace.header;
	while (trace_next(&trace, &record)) {
		count_record(sum, &record);
		if (names_pages(&record))
			count_pages(sum, &pages, &files, &record);
	}
	trace_check(&trace);
	trace_close(&trace);
	sum->pages = pages.nr;
	sum->files = files.nr;
	for (i = 0; i < pages.nr; i++)
		sum->once += sum->times[i] == 1;
}

static double seconds_of(const struct summary *sum)
{
	return sum->records ? (sum->last - sum->first) / 1e9 : 0;
}

static double footprint_mib(const struct summary *sum)
{
	return sum->pages * (double)sum->header.page_size / MIB;
}

static void print_summary(const char *path, const struct summary *sum)
{
	unsigned int type;

	printf("trace        %s\n", path);
	printf("kind         %s\n", kind_names[sum->header.kind]);
	printf("clock        %s\n", clock_names[sum->header.clock]);
	printf("records      %" PRIu64 "\n", sum->records);
	printf("duration     %.3f s\n", seconds_of(sum));
	if (sum->header.slots)
		printf("slots        %u (%.1f MiB)\n", sum->header.slots,
		       sum->header.slots * (double)sum->header.page_size / MIB);
	printf("files        %u\n", sum->files);
	printf("pages        %u (%.1f MiB of %u bytes each)\n", sum->pages,
	       footprint_mib(sum), sum->header.page_size);
	printf("read once    %" PRIu64 " (%.1f %%)\n", sum->once,
	       100 * ratio(sum->once, sum->pages));
	for (type = 0; type < GCMA_TRACE_END; type++)
		if (sum->count[type])
			printf("%-12s %" PRIu64 "\n", trace_type_names[type],
			       sum->count[type]);
	if (sum->count[GCMA_TRACE_LOOKUP])
		printf("hit rate     %.2f %% when recorded\n",
		       100 * ratio(sum->hits, sum->count[GCMA_TRACE_LOOKUP]));
}

static struct json_object *describe(const char *path,
				    const struct summary *sum)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *counts = json_object_new_object();
	unsigned int type;

	json_put_text(obj, "trace", path);
	json_put_text(obj, "kind", kind_names[sum->header.kind]);
	json_put_text(obj, "clock", clock_names[sum->header.clock]);
	json_put_u64(obj, "page_size", sum->header.page_size);
	json_put_u64(obj, "slots", sum->header.slots);
	json_put_u64(obj, "records", sum->records);
	json_put_number(obj, "seconds", seconds_of(sum));
	json_put_u64(obj, "files", sum->files);
	json_put_u64(obj, "pages", sum->pages);
	json_put_u64(obj, "pages_read_once", sum->once);
	json_put_u64(obj, "recorded_hits", sum->hits);
	for (type = GCMA_TRACE_ACCESS; type < GCMA_TRACE_END; type++)
		json_put_u64(counts, trace_type_names[type], sum->count[type]);
	json_object_object_add(obj, "counts", counts);
	return obj;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *opts = state->input;

	switch (key) {
	case OPT_JSON:
		opts->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (opts->path)
			die_usage("one TRACE at a time; '%s' is one too many",
				  arg);
		opts->path = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int lab_info(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "json", OPT_JSON, NULL, 0, "Print JSON", 0 }, { }
	};
	static const struct argp argp = {
		.options = options, .parser = parse, .args_doc = "TRACE",
		.doc = "Check a trace and print what is in it.",
	};
	struct options opts = { };
	struct summary sum;

	cli_parse(&argp, argc, argv, &opts);
	if (!opts.path)
		die_usage("no TRACE; name one");
	summarise(opts.path, &sum);
	if (opts.json)
		json_print(stdout, describe(opts.path, &sum));
	else
		print_summary(opts.path, &sum);
	free(sum.times);
	return 0;
}
