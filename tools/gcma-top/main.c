// SPDX-License-Identifier: GPL-2.0
/* gcma-top: what the cleancache and the guaranteed areas do, as they do it. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "json.h"
#include "kernel.h"
#include "util.h"

#define HEADER_EVERY	20

enum { OPT_BATCH = 0x100, OPT_JSON, OPT_OPENMETRICS };
enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_OPENMETRICS };

struct options {
	double interval;
	uint64_t count;		/* 0: until interrupted */
	enum format format;
};

struct sample {
	double t;		/* seconds since the epoch */
	struct cleancache cc;
	struct vmstat stat;
	uint64_t free_kib;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *opts = state->input;

	switch (key) {
	case OPT_BATCH:
		return 0;
	case OPT_JSON:
		opts->format = FORMAT_JSON;
		return 0;
	case OPT_OPENMETRICS:
		opts->format = FORMAT_OPENMETRICS;
		return 0;
	case 'i':
		if (!parse_seconds(arg, &opts->interval) || !opts->interval)
			die_usage("--interval takes seconds above 0, not '%s'",
				  arg);
		return 0;
	case 'n':
		if (!parse_u64(arg, &opts->count) || !opts->count)
			die_usage("--count takes a number above 0, not '%s'",
				  arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void take_sample(struct sample *sample)
{
	struct timespec now;

	cleancache_require(&sample->cc);
	vmstat_read(&sample->stat);
	if (!meminfo_kib("MemFree", &sample->free_kib))
		die("/proc/meminfo has no MemFree; mount proc");
	clock_gettime(CLOCK_REALTIME, &now);
	sample->t = now.tv_sec + now.tv_nsec / 1e9;
}

static double rate(const struct sample *before, const struct sample *after,
		   const char *counter)
{
	return vmstat_delta(&before->stat, &after->stat, counter) /
	       (after->t - before->t);
}

static void print_header(void)
{
	printf("%7s %7s %6s %8s %8s %8s %8s %7s %8s %s\n", "cached", "slots",
	       "hit", "stores", "hits", "misses", "evicted", "allocs", "free",
	       "policy");
	printf("%7s %7s %6s %8s %8s %8s %8s %7s %8s\n", "MiB", "MiB", "%",
	       "/s", "/s", "/s", "/s", "/s", "MiB");
}

static void print_text(const struct sample *before, const struct sample *after)
{
	double hits = rate(before, after, "cleancache_restored");
	double misses = rate(before, after, "cleancache_missed");
	double hit_rate = ratio(hits, hits + misses);
	char percent[16] = "-";

	if (isfinite(hit_rate))
		snprintf(percent, sizeof(percent), "%.1f", 100 * hit_rate);
	printf("%7.1f %7.1f %6s %8.0f %8.0f %8.0f %8.0f %7.1f %8.1f %s\n",
	       after->cc.cached / PAGES_PER_MIB,
	       after->cc.slots / PAGES_PER_MIB, percent,
	       rate(before, after, "cleancache_stored"), hits, misses,
	       rate(before, after, "cleancache_evicted"),
	       rate(before, after, "gcma_alloc"), after->free_kib / 1024.0,
	       after->cc.policy);
}

static void print_json(const struct sample *sample)
{
	struct json_object *line = json_object_new_object();
	const char *const *name;
	char key[48];

	json_put_number(line, "t", sample->t);
	json_put_u64(line, "slots", sample->cc.slots);
	json_put_u64(line, "cached_pages", sample->cc.cached);
	for (name = cleancache_events; *name; name++)
		json_put_u64(line, *name,
			     cleancache_event(&sample->stat, *name));
	for (name = gcma_events; *name; name++) {
		snprintf(key, sizeof(key), "gcma_%s", *name);
		json_put_u64(line, key, gcma_event(&sample->stat, *name));
	}
	json_put_u64(line, "free_kib", sample->free_kib);
	json_put_u64(line, "enable_seq", sample->cc.enable_seq);
	json_put_text(line, "policy", sample->cc.policy);
	json_print_line(stdout, line);
}

static void print_gauge(const char *name, uint64_t value)
{
	printf("# TYPE %s gauge\n%s %" PRIu64 "\n", name, name, value);
}

static void print_counter(const char *prefix, const char *name, uint64_t value)
{
	printf("# TYPE %s_%s counter\n%s_%s_total %" PRIu64 "\n", prefix, name,
	       prefix, name, value);
}

/* One whole exposition: what a scraper asks for with --count 1. */
static void print_openmetrics(const struct sample *sample)
{
	const char *const *name;

	print_gauge("cleancache_slots_pages", sample->cc.slots);
	print_gauge("cleancache_cached_pages", sample->cc.cached);
	print_gauge("memory_free_bytes", sample->free_kib * 1024);
	for (name = cleancache_events; *name; name++)
		print_counter("cleancache", *name,
			      cleancache_event(&sample->stat, *name));
	for (name = gcma_events; *name; name++)
		print_counter("gcma", *name,
			      gcma_event(&sample->stat, *name));
	print_counter("cleancache", "policies_enabled", sample->cc.enable_seq);
	printf("# TYPE cleancache_policy info\n"
	       "cleancache_policy_info{policy=\"%s\"} 1\n# EOF\n",
	       sample->cc.policy);
}

/* The reader may go away at any time: that is the end, not an error. */
static void flush_or_exit(void)
{
	if (!fflush(stdout))
		return;
	if (errno == EPIPE)
		_exit(0);
	die("cannot write: %s", strerror(errno));
}

static void roll(const struct options *opts)
{
	struct sample before, after;
	uint64_t n;

	take_sample(&before);
	for (n = 0; !opts->count || n < opts->count; n++) {
		/* Rates need two samples; counters can be shown at once. */
		if (n || opts->format == FORMAT_TEXT)
			sleep_ns(opts->interval * 1e9);
		if (interrupted)
			return;
		take_sample(&after);
		if (opts->format == FORMAT_TEXT && n % HEADER_EVERY == 0)
			print_header();
		if (opts->format == FORMAT_TEXT)
			print_text(&before, &after);
		else if (opts->format == FORMAT_JSON)
			print_json(&after);
		else
			print_openmetrics(&after);
		flush_or_exit();
		before = after;
	}
}

int main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "batch", OPT_BATCH, NULL, 0,
		  "One line an interval (also the default)", 0 },
		{ "interval", 'i', "SECONDS", 0, "Between lines (default: 1)",
		  0 },
		{ "count", 'n', "N", 0,
		  "End after N lines (default: when interrupted)", 0 },
		{ "json", OPT_JSON, NULL, 0,
		  "One JSON object a line; counters since boot", 0 },
		{ "openmetrics", OPT_OPENMETRICS, NULL, 0,
		  "OpenMetrics text; counters since boot", 0 },
		{ }
	};
	static const struct argp argp = {
		.options = options, .parser = parse_option,
		.doc = "Show what the cleancache and the guaranteed areas do, as a rolling display.",
	};
	struct options opts = { .interval = 1 };

	set_label(program_invocation_short_name, NULL);
	cli_parse(&argp, argc, argv, &opts);
	signal(SIGPIPE, SIG_IGN);
	catch_interrupts();
	roll(&opts);
	return 0;
}
