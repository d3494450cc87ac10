// SPDX-License-Identifier: GPL-2.0
/*
 * The time between two tracepoints, taken by probes that do nothing but read
 * the clock. They are found by name and look at no argument but the page that
 * cma_alloc() returns, so they depend on nothing else of the kernel.
 */

#include <linux/module.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "bench.h"

DECLARE_TRACE(gcma_bench_start,
	      TP_PROTO(const char *name, unsigned long a, unsigned long b),
	      TP_ARGS(name, a, b));
DECLARE_TRACE(gcma_bench_finish,
	      TP_PROTO(const char *name, unsigned long a, unsigned long b),
	      TP_ARGS(name, a, b));
DEFINE_TRACE(gcma_bench_start, TP_PROTO(const char *name, unsigned long a,
					unsigned long b), TP_ARGS(name, a, b));
DEFINE_TRACE(gcma_bench_finish, TP_PROTO(const char *name, unsigned long a,
					 unsigned long b), TP_ARGS(name, a, b));

/**
 * struct span - what lies between two tracepoints
 * @name: what its samples are called
 * @start: name of the first tracepoint
 * @finish: name of the second
 * @probe: what to call there
 * @started: when the first was last passed
 * @points: both of them
 */
struct span {
	const char *name;
	const char *start;
	const char *finish;
	void *probe;
	u64 started;
	struct tracepoint *points[2];
};

static void probe_start(void *span)
{
	((struct span *)span)->started = bench_now();
}

static void probe_finish(void *data)
{
	struct span *span = data;

	bench_log(span->name, bench_now() - span->started);
}

/* What is refused is not what an allocation takes. */
static void probe_alloc_finish(void *data, const char *name, unsigned long pfn,
			       const struct page *page)
{
	struct span *span = data;
	u64 cost = bench_now() - span->started;

	bench_log(page ? span->name : "refused", cost);
}

static struct span spans[] = {
	{ "take", "gcma_alloc_start", "gcma_alloc_finish", probe_finish },
	{ "alloc", "cma_alloc_start", "cma_alloc_finish", probe_alloc_finish },
	{ "empty", "gcma_bench_start", "gcma_bench_finish", probe_finish },
};

static void match(struct tracepoint *point, void *unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(spans); i++) {
		if (!strcmp(point->name, spans[i].start))
			spans[i].points[0] = point;
		if (!strcmp(point->name, spans[i].finish))
			spans[i].points[1] = point;
	}
}

static int attach(struct span *span)
{
	int err;

	/* A kernel without guaranteed areas lacks theirs. */
	if (!span->points[0] || !span->points[1])
		return 0;
	err = tracepoint_probe_register(span->points[0], probe_start, span);
	if (err)
		return err;
	err = tracepoint_probe_register(span->points[1], span->probe, span);
	if (err)
		tracepoint_probe_unregister(span->points[0], probe_start, span);
	return err;
}

static void detach(struct span *span)
{
	if (!span->points[0] || !span->points[1])
		return;
	tracepoint_probe_unregister(span->points[0], probe_start, span);
	tracepoint_probe_unregister(span->points[1], span->probe, span);
}

int bench_spans_start(void)
{
	unsigned int i;
	int err;

	match(&__tracepoint_gcma_bench_start, NULL);
	match(&__tracepoint_gcma_bench_finish, NULL);
	for_each_kernel_tracepoint(match, NULL);
	for (i = 0; i < ARRAY_SIZE(spans); i++) {
		err = attach(&spans[i]);
		if (err)
			goto undo;
	}
	return 0;
undo:
	while (i--)
		detach(&spans[i]);
	return err;
}

void bench_spans_stop(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(spans); i++)
		detach(&spans[i]);
	tracepoint_synchronize_unregister();
}

int bench_empty(const char *text)
{
	int i;

	for (i = 0; i < 3; i++) {
		trace_gcma_bench_start(text, i, 0);
		trace_gcma_bench_finish(text, i, 0);
	}
	return 0;
}
