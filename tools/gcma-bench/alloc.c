// SPDX-License-Identifier: GPL-2.0
/* gcma-bench alloc: how long the allocation of a contiguous buffer takes. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/dma-heap.h>

#include "bench.h"
#include "cli.h"
#include "kernel.h"
#include "latency.h"
#include "util.h"

#define DEFAULT_HEAP	"reserved"
#define DEFAULT_SIZE	(64ull << 20)
#define DEFAULT_COUNT	100
#define MAX_ERRNO	134	/* one more than the last of errno.h */

struct options {
	const char *heap;
	const char *output;
	uint64_t size;
	uint64_t count;
	double seconds;
	uint64_t pause_ms;
	uint64_t hold_ms;
	uint64_t warmup;
};

struct run {
	const struct options *opts;
	int heap_fd;
	uint64_t count;
	uint64_t failures;
	uint64_t errors[MAX_ERRNO];
	double took;
	const char *not_timed;		/* why latency is unknown, or NULL */
	struct latency latency;
	struct vmstat before, after;
	struct cleancache cache_before;
	bool has_cache;
};

enum { OPT_HOLD = 0x100, OPT_WARMUP };

static uint64_t need_u64(const char *option, const char *arg)
{
	uint64_t value;

	if (!parse_u64(arg, &value))
		die_usage("--%s takes a whole number, not '%s'", option, arg);
	return value;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *opts = state->input;

	switch (key) {
	case 'H':
		if (strchr(arg, '/'))
			die_usage("--heap takes the name of a heap in /dev/dma_heap, not '%s'",
				  arg);
		opts->heap = arg;
		return 0;
	case 's':
		if (!parse_size(arg, &opts->size) || !opts->size)
			die_usage("--size takes bytes, with K, M or G if you like, not '%s'",
				  arg);
		return 0;
	case 'n':
		opts->count = need_u64("count", arg);
		if (!opts->count)
			die_usage("--count takes a number above 0");
		return 0;
	case 't':
		if (!parse_seconds(arg, &opts->seconds) || !opts->seconds)
			die_usage("--seconds takes seconds above 0, not '%s'",
				  arg);
		return 0;
	case 'p':
		opts->pause_ms = need_u64("pause", arg);
		return 0;
	case OPT_HOLD:
		opts->hold_ms = need_u64("hold", arg);
		return 0;
	case OPT_WARMUP:
		opts->warmup = need_u64("warmup", arg);
		return 0;
	case 'o':
		opts->output = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int open_heap(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/dev/dma_heap/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (errno == ENOENT)
		die("no %s; boot with cma=SIZE and CONFIG_DMABUF_HEAPS_CMA=y, or name another with --heap",
		    path);
	die("%s: %s; run as root", path, strerror(errno));
}

/* Take one buffer and give it back; a negative errno if there was none. */
static int take_and_give(int heap_fd, const struct options *opts)
{
	struct dma_heap_allocation_data data = {
		.len = opts->size,
		.fd_flags = O_RDWR | O_CLOEXEC,
	};

	if (ioctl(heap_fd, DMA_HEAP_IOCTL_ALLOC, &data))
		return -errno;
	sleep_ns(opts->hold_ms * NSEC_PER_MSEC);
	close(data.fd);
	return 0;
}

static void show_progress(const struct run *run, double elapsed)
{
	fprintf(stderr, "%s: %" PRIu64 " allocations, %" PRIu64
		" failures, %.0f s\n", label(), run->count, run->failures,
		elapsed);
}

static bool is_over(const struct run *run, double elapsed)
{
	const struct options *opts = run->opts;

	return interrupted || (opts->count && run->count >= opts->count) ||
	       (opts->seconds && elapsed >= opts->seconds);
}

static void allocate_repeatedly(struct run *run)
{
	uint64_t start = now_ns(), shown = start;
	double elapsed = 0;
	int err;

	while (!is_over(run, elapsed)) {
		err = take_and_give(run->heap_fd, run->opts);
		run->count++;
		if (err) {
			run->failures++;
			run->errors[-err < MAX_ERRNO ? -err : 0]++;
		}
		latency_drain(&run->latency);
		sleep_ns(run->opts->pause_ms * NSEC_PER_MSEC);
		elapsed = (now_ns() - start) / (double)NSEC_PER_SEC;
		if (now_ns() - shown >= NSEC_PER_SEC) {
			shown = now_ns();
			show_progress(run, elapsed);
		}
	}
	run->took = elapsed;
	show_progress(run, elapsed);
}

static void measure(struct run *run)
{
	uint64_t i;

	run->not_timed = latency_start();
	if (run->not_timed)
		warn("latency not counted: %s", run->not_timed);
	for (i = 0; i < run->opts->warmup && !interrupted; i++)
		take_and_give(run->heap_fd, run->opts);
	latency_reset(&run->latency);
	run->has_cache = cleancache_read(&run->cache_before);
	vmstat_read(&run->before);
	allocate_repeatedly(run);
	vmstat_read(&run->after);
	latency_stop();
}

static struct json_object *buckets(const struct samples *samples)
{
	struct json_object *list = json_object_new_array();
	uint64_t count[65] = { };
	unsigned int i, first = 64, last = 0;

	for (i = 0; i < samples->nr; i++)
		count[log2_bucket(samples->value[i] / 1000)]++;
	for (i = 0; i < ARRAY_SIZE(count); i++) {
		if (!count[i])
			continue;
		first = i < first ? i : first;
		last = i;
	}
	for (i = first; i <= last; i++) {
		struct json_object *bucket = json_object_new_object();

		json_put_u64(bucket, "below_us", 1ull << i);
		json_put_u64(bucket, "count", count[i]);
		json_object_array_add(list, bucket);
	}
	return list;
}

/* null if there is nothing to tell. */
static struct json_object *distribution(struct samples *samples)
{
	static const struct {
		const char *key;
		double percent;
	} points[] = {
		{ "min_us", 0 }, { "p50_us", 50 }, { "p90_us", 90 },
		{ "p99_us", 99 }, { "p999_us", 99.9 }, { "max_us", 100 },
	};
	struct json_object *obj;
	size_t i;

	if (!samples->nr)
		return NULL;
	samples_sort(samples);
	obj = json_object_new_object();
	json_put_u64(obj, "samples", samples->nr);
	for (i = 0; i < ARRAY_SIZE(points); i++)
		json_put_number(obj, points[i].key,
				samples_percentile(samples,
						   points[i].percent) / 1e3);
	json_object_object_add(obj, "buckets", buckets(samples));
	return obj;
}

static struct json_object *errors_by_name(const struct run *run)
{
	struct json_object *errors = json_object_new_object();
	const char *name;
	int i;

	for (i = 0; i < MAX_ERRNO; i++) {
		if (!run->errors[i])
			continue;
		name = i ? strerrorname_np(i) : NULL;
		json_put_u64(errors, name ? name : "unknown", run->errors[i]);
	}
	return errors;
}

static bool is_guaranteed(const char *area)
{
	char path[128];
	uint64_t value;

	/* Plain areas do not have the file. */
	snprintf(path, sizeof(path), "/sys/kernel/mm/cma/%s/guaranteed", area);
	return !read_u64(path, &value) && value;
}

/* Share of the last ten seconds in which some task waited for memory. */
static struct json_object *pressure(void)
{
	char text[256];
	double percent;

	if (read_text("/proc/pressure/memory", text, sizeof(text)) < 0 ||
	    sscanf(text, "some avg10=%lf", &percent) != 1)
		return NULL;
	return json_number(percent);
}

static struct json_object *setup(const struct options *opts)
{
	struct json_object *setup = setup_new();

	json_put_text(setup, "heap", opts->heap);
	json_put_u64(setup, "size", opts->size);
	json_put_u64(setup, "pause_ms", opts->pause_ms);
	json_put_u64(setup, "hold_ms", opts->hold_ms);
	return setup;
}

static const char *why_no_latency(const struct run *run)
{
	if (run->not_timed)
		return run->not_timed;
	return run->latency.granted.nr ? NULL : "no allocation succeeded";
}

static struct json_object *describe(struct run *run)
{
	struct json_object *doc = document_new("alloc", setup(run->opts));
	struct cleancache after;

	json_object_object_add(doc, "guaranteed", json_object_new_boolean(
				       is_guaranteed(run->opts->heap)));
	json_put_u64(doc, "warmup", run->opts->warmup);
	json_put_number(doc, "seconds", run->took);
	json_put_u64(doc, "count", run->count);
	json_put_u64(doc, "failures", run->failures);
	json_object_object_add(doc, "errors", errors_by_name(run));
	json_object_object_add(doc, "latency",
			       distribution(&run->latency.granted));
	if (why_no_latency(run))
		json_put_text(doc, "why", why_no_latency(run));
	json_object_object_add(doc, "failed_latency",
			       distribution(&run->latency.refused));
	json_put_u64(doc, "lost_records", run->latency.lost);
	json_object_object_add(doc, "memory_pressure_avg10", pressure());
	if (run->has_cache && cleancache_read(&after)) {
		json_put_u64(doc, "cached_before", run->cache_before.cached);
		json_put_u64(doc, "cached_after", after.cached);
	}
	json_object_object_add(doc, "counters",
			       counters_between(&run->before, &run->after));
	return doc;
}

int bench_alloc(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "heap", 'H', "NAME", 0,
		  "Heap in /dev/dma_heap (default: " DEFAULT_HEAP ")", 0 },
		{ "size", 's', "SIZE", 0, "Buffer size (default: 64M)", 0 },
		{ "count", 'n', "N", 0,
		  "Allocations (default: 100, or as many as fit in --seconds)",
		  0 },
		{ "seconds", 't', "S", 0, "End after S seconds", 0 },
		{ "pause", 'p', "MS", 0,
		  "Milliseconds between buffers (default: 0)", 0 },
		{ "hold", OPT_HOLD, "MS", 0,
		  "Milliseconds to keep each buffer (default: 0)", 0 },
		{ "warmup", OPT_WARMUP, "N", 0,
		  "Allocations before counting starts (default: 0)", 0 },
		{ "output", 'o', "FILE", 0, "Save the document here too", 0 },
		{ }
	};
	static const struct argp argp = {
		.options = options, .parser = parse_option,
		.doc = "Take and give back contiguous buffers, and print one JSON document on how long the kernel took to allocate them.",
	};
	struct options opts = { .heap = DEFAULT_HEAP, .size = DEFAULT_SIZE };
	static struct run run;

	cli_parse(&argp, argc, argv, &opts);
	if (!opts.count && !opts.seconds)
		opts.count = DEFAULT_COUNT;
	document_check(opts.output);
	run.opts = &opts;
	run.heap_fd = open_heap(opts.heap);
	catch_interrupts();
	measure(&run);
	close(run.heap_fd);
	document_finish(describe(&run), opts.output);
	samples_free(&run.latency.granted);
	samples_free(&run.latency.refused);
	return 0;
}
