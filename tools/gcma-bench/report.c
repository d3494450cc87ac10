// SPDX-License-Identifier: GPL-2.0
/* gcma-bench report: three measurements as one page and one result file. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "cli.h"
#include "kernel.h"
#include "spark.h"
#include "util.h"

#define RESULT_SCHEMA	1
#define SPARK_COLUMNS	54
#define MAX_SAMPLES	4096

struct options {
	const char *gcma, *cma, *hitrate, *output;
	const char *config, *series, *accel, *memory;
	uint64_t cpus;
};

struct inputs {
	struct json_object *gcma, *cma, *hitrate;
};

enum {
	OPT_GCMA = 0x100, OPT_CMA, OPT_HITRATE, OPT_CONFIG, OPT_SERIES,
	OPT_ACCEL, OPT_MEMORY, OPT_CPUS
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *opts = state->input;

	switch (key) {
	case OPT_GCMA:
		opts->gcma = arg;
		return 0;
	case OPT_CMA:
		opts->cma = arg;
		return 0;
	case OPT_HITRATE:
		opts->hitrate = arg;
		return 0;
	case OPT_CONFIG:
		opts->config = arg;
		return 0;
	case OPT_SERIES:
		opts->series = arg;
		return 0;
	case OPT_ACCEL:
		opts->accel = arg;
		return 0;
	case OPT_MEMORY:
		opts->memory = arg;
		return 0;
	case OPT_CPUS:
		if (!parse_u64(arg, &opts->cpus) || !opts->cpus)
			die_usage("--cpus takes a number above 0, not '%s'",
				  arg);
		return 0;
	case 'o':
		opts->output = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* A figure of the result file and where a measurement has it. */
struct figure {
	const char *id;
	const char *path;
	const char *unit;
	double scale;		/* from the measurement's unit to @unit */
	double target;		/* at most this; NAN for none */
	double anchor;		/* what others have published; NAN for none */
};

#define FIGURE(_id, _path, _unit) \
	{ .id = _id, .path = _path, .unit = _unit, .scale = 1, \
	  .target = NAN, .anchor = NAN }

static const struct figure hitrate_figures[] = {
	{ "hit_rate.cleancache", "cleancache.hit_rate", "%", 100, NAN,
	  /* LSFMM 2025, workload unstated: lwn.net/Articles/1016844 */
	  42 },
	{ "hit_rate.overall", "overall.hit_rate", "%", 100, NAN, NAN },
	FIGURE("disk_reads_saved", "disk.saved_mib", "MiB"),
	FIGURE("disk_reads", "disk.read_mib", "MiB"),
};

static const struct figure gcma_figures[] = {
	FIGURE("alloc.gcma.p50_us", "latency.p50_us", "us"),
	FIGURE("alloc.gcma.p99_us", "latency.p99_us", "us"),
	FIGURE("alloc.gcma.max_us", "latency.max_us", "us"),
	{ "alloc.gcma.failures", "failures", "allocations", 1, 0, NAN },
	FIGURE("alloc.gcma.count", "count", "allocations"),
};

static const struct figure cma_figures[] = {
	FIGURE("alloc.cma.p50_us", "latency.p50_us", "us"),
	FIGURE("alloc.cma.p99_us", "latency.p99_us", "us"),
	FIGURE("alloc.cma.max_us", "latency.max_us", "us"),
	FIGURE("alloc.cma.failures", "failures", "allocations"),
	FIGURE("alloc.cma.count", "count", "allocations"),
};

static struct json_object *verdict(double value, double target)
{
	if (!isfinite(target) || !isfinite(value))
		return NULL;
	return json_object_new_boolean(value <= target);
}

static struct json_object *row(const struct figure *figure,
			       struct json_object *doc)
{
	double value = json_number_at(doc, figure->path) * figure->scale;
	struct json_object *row = json_object_new_object();
	const char *why = json_text_at(doc, "why");

	json_put_text(row, "id", figure->id);
	json_put_number(row, "value", value);
	json_put_text(row, "unit", figure->unit);
	json_put_number(row, "target", figure->target);
	json_object_object_add(row, "met", verdict(value, figure->target));
	json_put_number(row, "anchor", figure->anchor);
	if (!isfinite(value))
		json_put_text(row, "why", why ? why : "nothing was counted");
	return row;
}

static void add_rows(struct json_object *rows, const struct figure *figures,
		     size_t nr, struct json_object *doc)
{
	size_t i;

	for (i = 0; i < nr; i++)
		json_object_array_add(rows, row(&figures[i], doc));
}

static struct json_object *guest(const struct options *opts)
{
	struct json_object *guest = json_object_new_object();

	json_put_text(guest, "accel", opts->accel);
	if (opts->cpus)
		json_put_u64(guest, "cpus", opts->cpus);
	else
		json_put_text(guest, "cpus", NULL);
	json_put_text(guest, "memory", opts->memory);
	return guest;
}

static struct json_object *result(const struct options *opts,
				  const struct inputs *in)
{
	struct json_object *doc = json_object_new_object();
	struct json_object *rows = json_object_new_array();

	json_put_u64(doc, "schema", RESULT_SCHEMA);
	json_put_text(doc, "date", date_now());
	json_put_text(doc, "kernel", json_text_at(in->gcma, "kernel"));
	json_put_text(doc, "config", opts->config);
	json_put_text(doc, "series", opts->series);
	json_put_text(doc, "policy", json_text_at(in->hitrate, "policy"));
	json_object_object_add(doc, "guest", guest(opts));
	add_rows(rows, hitrate_figures, ARRAY_SIZE(hitrate_figures),
		 in->hitrate);
	add_rows(rows, gcma_figures, ARRAY_SIZE(gcma_figures), in->gcma);
	add_rows(rows, cma_figures, ARRAY_SIZE(cma_figures), in->cma);
	json_object_object_add(doc, "rows", rows);
	return doc;
}

static void print_percent(const char *name, struct json_object *doc,
			  const char *path)
{
	double value = json_number_at(doc, path);

	printf("%-24s", name);
	if (isfinite(value))
		printf("%6.1f %%", 100 * value);
	else
		printf("unavailable");
}

static void print_hit_rates(struct json_object *doc)
{
	double restored = json_number_at(doc, "cleancache.restored");
	double missed = json_number_at(doc, "cleancache.missed");

	print_percent("Hit rate, cleancache", doc, "cleancache.hit_rate");
	printf("  %.0f of %.0f pages looked up\n", restored,
	       restored + missed);
	print_percent("Hit rate, overall", doc, "overall.hit_rate");
	if (json_at(doc, "overall.asked"))
		printf("  %.0f pages asked for, %.0f read from disk\n",
		       json_number_at(doc, "overall.asked"),
		       json_number_at(doc, "overall.from_disk"));
	else
		puts("  the JSON says why");
	printf("%-24s%6.1f MiB (%.1f MiB were read)\n", "Disk reads saved",
	       json_number_at(doc, "disk.saved_mib"),
	       json_number_at(doc, "disk.read_mib"));
}

static size_t cached_mib(struct json_object *doc, double *mib, size_t max)
{
	struct json_object *pages = json_at(doc, "cached_pages");
	size_t i, nr;

	if (!json_object_is_type(pages, json_type_array))
		return 0;
	nr = json_object_array_length(pages);
	if (nr > max)
		nr = max;
	for (i = 0; i < nr; i++)
		mib[i] = json_object_get_double(
			json_object_array_get_idx(pages, i)) / PAGES_PER_MIB;
	return nr;
}

static void print_cached(struct json_object *doc)
{
	static double mib[MAX_SAMPLES];
	size_t i, drawn, nr = cached_mib(doc, mib, MAX_SAMPLES);
	double slots = json_number_at(doc, "slots") / PAGES_PER_MIB;
	char line[SPARK_BYTES(SPARK_COLUMNS)], axis[16];
	double low = INFINITY, high = 0;

	if (!nr)
		return;
	for (i = 0; i < nr; i++) {
		low = fmin(low, mib[i]);
		high = fmax(high, mib[i]);
	}
	drawn = spark_draw(mib, nr, slots, line, SPARK_COLUMNS);
	snprintf(axis, sizeof(axis), "%.0f s",
		 json_number_at(doc, "seconds"));
	printf("%-24s%6.1f to %.1f of %.1f MiB\n", "Cached over time", low,
	       high, slots);
	printf("  %s\n  0 s%*s\n", line,
	       (int)(drawn > 8 ? drawn - 3 : strlen(axis) + 2), axis);
}

static void print_latency(const char *name, const struct inputs *in,
			  const char *path)
{
	double cma = json_number_at(in->cma, path);
	double gcma = json_number_at(in->gcma, path);

	printf("  %-23s", name);
	if (isfinite(cma))
		printf("%14.1f", cma);
	else
		printf("%14s", "not counted");
	if (isfinite(gcma))
		printf("%14.1f", gcma);
	else
		printf("%14s", "not counted");
	if (isfinite(ratio(cma, gcma)))
		printf("%12.0f x\n", cma / gcma);
	else
		printf("%14s\n", "-");
}

static void print_allocations(const struct inputs *in)
{
	char title[32];

	snprintf(title, sizeof(title), "Allocating %.4g MiB",
		 json_number_at(in->gcma, "setup.size") / (1 << 20));
	printf("%-24s%14s%14s%14s\n", title, "plain CMA", "GCMA",
	       "CMA / GCMA");
	/* The micro sign takes one byte more than it takes columns. */
	print_latency("median, µs", in, "latency.p50_us");
	print_latency("99th percentile, µs", in, "latency.p99_us");
	print_latency("longest, µs", in, "latency.max_us");
	printf("  %-22s%14.0f%14.0f\n", "failures",
	       json_number_at(in->cma, "failures"),
	       json_number_at(in->gcma, "failures"));
	printf("  %-22s%14.0f%14.0f\n", "allocations",
	       json_number_at(in->cma, "count"),
	       json_number_at(in->gcma, "count"));
}

static void print_report(const struct options *opts, const struct inputs *in)
{
	const char *policy = json_text_at(in->hitrate, "policy");

	printf("Guaranteed CMA on %s\n\n", json_text_at(in->gcma, "kernel"));
	printf("%-24s%s\n", "Policy in force", policy ? policy : "unavailable");
	print_hit_rates(in->hitrate);
	putchar('\n');
	print_cached(in->hitrate);
	putchar('\n');
	print_allocations(in);
	if (opts->output)
		printf("\nAll of it as JSON: %s\n", opts->output);
}

static void require_complete(const struct options *opts)
{
	if (!opts->gcma || !opts->cma || !opts->hitrate)
		die_usage("--gcma, --cma and --hitrate each name a document to report on");
}

static bool guaranteed(struct json_object *doc)
{
	return json_object_get_boolean(json_at(doc, "guaranteed"));
}

static void require_comparable(const struct options *opts,
			       const struct inputs *in)
{
	const char *differs = first_difference(json_at(in->gcma, "setup"),
					       json_at(in->cma, "setup"));

	if (differs)
		die("%s and %s were measured with another %s; measure both the same way",
		    opts->gcma, opts->cma, differs);
	if (!guaranteed(in->gcma))
		die("%s was not measured on a guaranteed area; boot with the parameter gcma, and a kernel with CONFIG_CMA_SYSFS",
		    opts->gcma);
	if (guaranteed(in->cma))
		die("%s was measured on a guaranteed area; boot without the parameter gcma",
		    opts->cma);
}

int bench_report(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "gcma", OPT_GCMA, "FILE", 0,
		  "'gcma-bench alloc' on a guaranteed area", 0 },
		{ "cma", OPT_CMA, "FILE", 0,
		  "'gcma-bench alloc' on a plain area", 0 },
		{ "hitrate", OPT_HITRATE, "FILE", 0,
		  "'gcma-bench hitrate'", 0 },
		{ "output", 'o', "FILE", 0, "Write the result file here", 0 },
		{ "config-hash", OPT_CONFIG, "HASH", 0,
		  "Of the kernel's configuration", 1 },
		{ "series-hash", OPT_SERIES, "HASH", 0,
		  "Of the kernel patch", 1 },
		{ "accel", OPT_ACCEL, "NAME", 0, "Of the guest", 1 },
		{ "cpus", OPT_CPUS, "N", 0, "Of the guest", 1 },
		{ "memory", OPT_MEMORY, "SIZE", 0, "Of the guest", 1 },
		{ }
	};
	static const struct argp argp = {
		.options = options, .parser = parse_option,
		.doc = "Print one report on three measurements, and write a result file.",
	};
	struct options opts = { };
	struct json_object *doc;
	struct inputs in;

	cli_parse(&argp, argc, argv, &opts);
	require_complete(&opts);
	in.gcma = document_load(opts.gcma, "alloc");
	in.cma = document_load(opts.cma, "alloc");
	in.hitrate = document_load(opts.hitrate, "hitrate");
	require_comparable(&opts, &in);
	if (opts.output) {
		doc = result(&opts, &in);
		json_save(opts.output, doc);
		json_object_put(doc);
	}
	print_report(&opts, &in);
	json_object_put(in.gcma);
	json_object_put(in.cma);
	json_object_put(in.hitrate);
	return 0;
}
