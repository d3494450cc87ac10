// SPDX-License-Identifier: GPL-2.0
/* gcma-lab convert: from and to the format of libCacheSim. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "lab.h"
#include "oracle.h"
#include "stream.h"
#include "util.h"

_Static_assert(sizeof(struct oracle_record) == 24, "a record's size");

enum { OPT_PARTIAL = 0x100, OPT_INDEX_BITS };

#define MAGIC_OF_ZSTD	0xfd2fb528

/* Numbers for pages that have none of their own begin here. */
#define FIRST_SUBSTITUTE	0x8000000000000000ull

struct options {
	const char *from;
	const char *to;
	uint64_t index_bits;
	bool partial;
};

static gzFile open_oracle(const char *path)
{
	gzFile file = gzopen(path, "rbe");

	if (!file)
		die("%s: %s; name a trace that can be read", path,
		    strerror(errno));
	gzbuffer(file, 256 * 1024);
	return file;
}

/* False at the end; ends the program if the file ends within a record. */
static bool read_oracle(gzFile file, const char *path, uint64_t nr,
			struct oracle_record *record)
{
	int len = gzread(file, record, sizeof(*record));
	int number;
	uint32_t first;

	gzerror(file, &number);
	if (len < 0 || (number != Z_OK && number != Z_STREAM_END) ||
	    (len && len < (int)sizeof(*record)))
		die("%s: is cut off or damaged after %llu records; copy it again",
		    path, (unsigned long long)nr);
	memcpy(&first, record, sizeof(first));
	if (len && !nr && first == MAGIC_OF_ZSTD)
		die("%s: is compressed; unpack it first, with 'zstd -d'", path);
	return len;
}

/* An object is a page, whatever its size. */
static void from_oracle(const struct options *opts)
{
	gzFile file = open_oracle(opts->from);
	unsigned int bits = opts->index_bits;
	struct oracle_record oracle;
	struct trace trace;

	trace_create(&trace, opts->to, GCMA_TRACE_ACCESSES, GCMA_TRACE_SECONDS);
	while (read_oracle(file, opts->from, trace.nr, &oracle)) {
		struct gcma_trace_record record = {
			.time = oracle.seconds * NSEC_PER_SEC,
			.ino = oracle.object >> bits,
			.index = oracle.object & ((1ull << bits) - 1),
			.nr = 1,
			.type = GCMA_TRACE_ACCESS,
		};

		trace_add(&trace, &record);
	}
	gzclose(file);
	trace_finish(&trace);
}

/* Put the number of the next access to the same page where it is unknown. */
static void find_next(struct oracle_record *records, const struct step *steps,
		      size_t nr, uint32_t nr_pages)
{
	int64_t *next = need_more(NULL, nr_pages + 1, sizeof(*next));

	memset(next, 0xff, nr_pages * sizeof(*next));
	while (nr--) {
		records[nr].next = next[steps[nr].page];
		next[steps[nr].page] = nr;
	}
	free(next);
}

static void write_oracle(const char *path, const struct oracle_record *records,
			 size_t nr)
{
	FILE *file = fopen(path, "we");
	bool bad;

	if (!file)
		die("%s: %s; name a place that can be written", path,
		    strerror(errno));
	bad = fwrite(records, sizeof(*records), nr, file) < nr;
	if (fclose(file) || bad)
		die("%s: cannot be written; is the disk full?", path);
}

/* Only reads are left: that is all that the format knows. Return how many. */
static size_t keep_reads(struct stream *stream)
{
	size_t i, nr = 0;

	for (i = 0; i < stream->nr; i++)
		if (stream->steps[i].type == STEP_ACCESS ||
		    stream->steps[i].type == STEP_LOOKUP)
			stream->steps[nr++] = stream->steps[i];
	if (nr < stream->nr)
		warn("%zu of %zu records are no reads and are left out",
		     stream->nr - nr, stream->nr);
	return nr;
}

static void to_oracle(const struct options *opts)
{
	struct oracle_record *records;
	uint64_t object, substitutes = 0;
	struct stream stream;
	size_t i, nr;

	stream_load(&stream, opts->from);
	nr = keep_reads(&stream);
	records = need_zeroed(nr, sizeof(*records));
	for (i = 0; i < nr; i++) {
		const struct step *step = &stream.steps[i];
		const struct page_name *name =
			&stream.pages->names[step->page];

		if (!oracle_object(name->dev, name->ino, name->index,
				   opts->index_bits, &object)) {
			object = FIRST_SUBSTITUTE + step->page;
			substitutes++;
		}
		records[i].seconds = step->time / NSEC_PER_SEC;
		records[i].object = object;
		records[i].size = stream.page_size;
	}
	find_next(records, stream.steps, nr, stream.pages->nr);
	write_oracle(opts->to, records, nr);
	if (substitutes)
		warn("%llu reads are of pages whose device, file and index do not fit a number; they cannot be converted back",
		     (unsigned long long)substitutes);
	free(records);
	stream_free(&stream);
}

/* As much as there is of a trace that was cut off. */
static void repair(const struct options *opts)
{
	struct gcma_trace_record record;
	struct trace from, to;

	trace_open(&from, opts->from);
	trace_check(&from);
	trace_create(&to, opts->to, from.header.kind, from.header.clock);
	to.header = from.header;
	while (trace_next(&from, &record))
		trace_add(&to, &record);
	if (from.error[0])
		warn("%s: %llu records kept; what follows is lost", from.path,
		     (unsigned long long)from.nr);
	trace_close(&from);
	trace_finish(&to);
}

static bool is_trace(const char *path)
{
	struct trace trace;
	bool is;

	is = trace_open(&trace, path) ||
	     !memcmp(trace.header.magic, GCMA_TRACE_MAGIC,
		     sizeof(trace.header.magic));
	trace_close(&trace);
	return is;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *opts = state->input;

	switch (key) {
	case OPT_PARTIAL:
		opts->partial = true;
		return 0;
	case OPT_INDEX_BITS:
		if (!parse_u64(arg, &opts->index_bits) || !opts->index_bits ||
		    opts->index_bits > 63)
			die_usage("'%s' is no number of bits, from 1 to 63",
				  arg);
		return 0;
	case ARGP_KEY_ARG:
		if (opts->to)
			die_usage("FROM and TO are all; '%s' is one too many",
				  arg);
		*(opts->from ? &opts->to : &opts->from) = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "index-bits", OPT_INDEX_BITS, "N", 0,
	  "How many bits of an object's number are the index in a file (default: 32)",
	  0 },
	{ "partial", OPT_PARTIAL, NULL, 0,
	  "Make a whole trace of one that was cut off", 0 },
	{ }
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "FROM TO",
	.doc = "Convert a trace to libCacheSim's oracleGeneral, or the other way round: FROM is a trace, or else taken for oracleGeneral.",
};

int lab_convert(int argc, char **argv)
{
	struct options opts = { .index_bits = ORACLE_INDEX_BITS };

	cli_parse(&argp, argc, argv, &opts);
	if (!opts.to)
		die_usage("give both: 'gcma-lab convert FROM TO'");
	if (!strcmp(opts.from, opts.to))
		die_usage("FROM and TO are the same file; name another");
	if (opts.partial)
		repair(&opts);
	else if (is_trace(opts.from))
		to_oracle(&opts);
	else
		from_oracle(&opts);
	return 0;
}
