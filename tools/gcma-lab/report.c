// SPDX-License-Identifier: GPL-2.0
/* What gcma-lab replay found out, as a table and as JSON. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "kernel.h"
#include "replay.h"
#include "util.h"

#define RESULT_SCHEMA	1
#define MIB		1048576.0

double hit_rate(const struct tried *tried, uint64_t hits)
{
	return hits == UINT64_MAX ? NAN : 100 * ratio(hits, tried->lookups);
}

static double share_of_bound(const struct tried *tried, unsigned int size,
			     uint64_t hits)
{
	uint64_t bound = tried->bounds[size];

	return bound == UINT64_MAX ? NAN : 100 * ratio(hits, bound);
}

static double saved_mib(const struct tried *tried, uint64_t hits)
{
	return hits * (double)tried->page_size / MIB;
}

/* Lookups and offers a second, in millions. */
static double speed(const struct tried *tried,
		    const struct cache_result *result)
{
	return 1000 * ratio(tried->lookups + tried->offers, result->ns);
}

static void print_number(int width, int digits, double value)
{
	if (isfinite(value))
		printf(" %*.*f", width, digits, value);
	else
		printf(" %*s", width, "-");
}

static const char *exit_name(const struct cache_result *result)
{
	return result->exit_kind == CLEANCACHE_EXIT_ERROR ? "gave up" :
							    "ejected";
}

static void print_outcome(const struct tried *tried, unsigned int size,
			  const struct outcome *outcome)
{
	const struct cache_result *result = &outcome->result;

	if (!outcome->done) {
		printf(" failed: %s\n", outcome->why);
		return;
	}
	printf(" %10" PRIu64 " %10" PRIu64, result->lookups, result->hits);
	print_number(6, 2, hit_rate(tried, result->hits));
	print_number(9, 1, saved_mib(tried, result->hits));
	print_number(6, 1, share_of_bound(tried, size, result->hits));
	printf(" %9" PRIu64, result->fallback);
	print_number(6, 1, speed(tried, result));
	if (result->exit_kind)
		printf("  %s: %s", exit_name(result), result->exit_msg);
	putchar('\n');
}

static void print_bound(const struct tried *tried, unsigned int size)
{
	uint64_t hits = tried->bounds[size];

	if (hits == UINT64_MAX)
		return;
	printf(" %10" PRIu64 " %10" PRIu64, tried->lookups, hits);
	print_number(6, 2, hit_rate(tried, hits));
	print_number(9, 1, saved_mib(tried, hits));
	print_number(6, 1, share_of_bound(tried, size, hits));
	putchar('\n');
}

static void print_header(const struct tried *tried)
{
	printf("%s: ", tried->name);
	if (tried->below)
		printf("recorded below the page cache");
	else
		printf("%" PRIu64 " accesses, memory of %u pages serves %.1f %%",
		       tried->accesses, tried->memory,
		       100 * ratio(tried->memory_hits, tried->accesses));
	printf("; %u different pages, %" PRIu64 " lookups, %" PRIu64 " offers\n",
	       tried->pages, tried->lookups, tried->offers);
	if (tried->lost)
		printf("%" PRIu64 " records were lost when it was recorded; hit rates are only rough\n",
		       tried->lost);
	if (tried->recorded_hits)
		printf("recorded hit rate: %.2f %%\n",
		       hit_rate(tried, tried->recorded_hits));
	printf("%7s %9s %-14s %10s %10s %6s %9s %6s %9s %6s\n", "size", "slots",
	       "policy", "lookups", "hits", "hit %", "saved MiB", "of max",
	       "fallbacks", "M/s");
}

static void print_size(const struct replay *replay, const struct tried *tried,
		       unsigned int size)
{
	unsigned int i;

	for (i = 0; i < replay->nr_policies; i++) {
		printf("%7s %9u %-14s", replay->sizes[size].text,
		       tried->slots[size], replay->policies[i].name);
		print_outcome(tried, size, outcome_of(replay, tried, size, i));
	}
	printf("%7s %9u %-14s", replay->sizes[size].text, tried->slots[size],
	       "clairvoyant");
	print_bound(tried, size);
}

void report_print(const struct replay *replay)
{
	unsigned int trace, size;

	for (trace = 0; trace < replay->nr_traces; trace++) {
		const struct tried *tried = &replay->tried[trace];

		if (trace)
			putchar('\n');
		print_header(tried);
		for (size = 0; size < replay->nr_sizes; size++)
			print_size(replay, tried, size);
	}
}

static void add_row(struct json_object *rows, const char *id, double value,
		    const char *why)
{
	struct json_object *row = json_object_new_object();

	json_put_text(row, "id", id);
	json_put_number(row, "value", value);
	json_put_text(row, "unit", "%");
	json_put_text(row, "target", NULL);
	json_put_text(row, "met", NULL);
	json_put_text(row, "anchor", NULL);
	if (!isfinite(value))
		json_put_text(row, "why",
			      why[0] ? why : "nothing was looked up");
	json_object_array_add(rows, row);
}

static void add_size_rows(const struct replay *replay,
			  const struct tried *tried, unsigned int size,
			  struct json_object *rows)
{
	const char *text = replay->sizes[size].text;
	char id[256];
	unsigned int i;

	snprintf(id, sizeof(id), "bound.%s.%s", tried->name, text);
	add_row(rows, id, hit_rate(tried, tried->bounds[size]),
		"it could not be computed");
	for (i = 0; i < replay->nr_policies; i++) {
		const struct outcome *outcome =
			outcome_of(replay, tried, size, i);

		snprintf(id, sizeof(id), "hit_rate.%s.%s.%s", tried->name, text,
			 replay->policies[i].name);
		add_row(rows, id,
			outcome->done ? hit_rate(tried, outcome->result.hits) :
					NAN,
			outcome->why);
	}
}

static struct json_object *describe_result(const struct tried *tried,
					   const struct cache_result *result)
{
	struct json_object *obj = json_object_new_object();

	json_put_u64(obj, "lookups", result->lookups);
	json_put_u64(obj, "hits", result->hits);
	json_put_u64(obj, "bytes_saved", result->hits * tried->page_size);
	json_put_u64(obj, "offers", result->offers);
	json_put_u64(obj, "stored", result->stored);
	json_put_u64(obj, "rejected", result->rejected);
	json_put_u64(obj, "evicted", result->evicted);
	json_put_u64(obj, "fallback", result->fallback);
	json_put_u64(obj, "shortfalls", result->shortfalls);
	json_put_u64(obj, "invalid_victims", result->invalid);
	json_put_u64(obj, "invalidated", result->invalidated);
	json_put_u64(obj, "allocated", result->allocated);
	json_put_u64(obj, "cached", result->cached);
	json_put_u64(obj, "events_lost", result->events_lost);
	json_put_number(obj, "million_events_per_second",
			speed(tried, result));
	json_put_text(obj, "ejected",
		      result->exit_kind ? result->exit_msg : NULL);
	return obj;
}

static void add_simulations(const struct replay *replay,
			    const struct tried *tried, unsigned int size,
			    struct json_object *list)
{
	unsigned int i;

	for (i = 0; i < replay->nr_policies; i++) {
		const struct outcome *outcome =
			outcome_of(replay, tried, size, i);
		struct json_object *obj;

		if (!outcome->done)
			continue;
		obj = describe_result(tried, &outcome->result);
		json_put_text(obj, "trace", tried->name);
		json_put_text(obj, "size", replay->sizes[size].text);
		json_put_u64(obj, "slots", tried->slots[size]);
		json_put_text(obj, "policy", replay->policies[i].name);
		json_put_number(obj, "share_of_bound_percent",
				share_of_bound(tried, size,
					       outcome->result.hits));
		json_object_array_add(list, obj);
	}
}

static struct json_object *describe_trace(const struct tried *tried)
{
	struct json_object *obj = json_object_new_object();

	json_put_text(obj, "name", tried->name);
	json_put_text(obj, "kind", tried->below ? "below" : "accesses");
	json_put_u64(obj, "pages", tried->pages);
	json_put_u64(obj, "page_size", tried->page_size);
	json_put_u64(obj, "memory", tried->memory);
	json_put_u64(obj, "accesses", tried->accesses);
	json_put_u64(obj, "memory_hits", tried->memory_hits);
	json_put_u64(obj, "lookups", tried->lookups);
	json_put_u64(obj, "offers", tried->offers);
	json_put_u64(obj, "recorded_hits", tried->recorded_hits);
	json_put_u64(obj, "lost", tried->lost);
	return obj;
}

/* None of it comes from a kernel or a guest; who keeps it may fill that in. */
static struct json_object *new_document(void)
{
	static const char *const unknown[] = {
		"config", "series", "policy", "guest"
	};
	struct json_object *doc = json_object_new_object();
	size_t i;

	json_put_u64(doc, "schema", RESULT_SCHEMA);
	json_put_text(doc, "date", date_now());
	json_put_text(doc, "kernel", kernel_release());
	for (i = 0; i < ARRAY_SIZE(unknown); i++)
		json_put_text(doc, unknown[i], NULL);
	return doc;
}

struct json_object *report_document(const struct replay *replay)
{
	struct json_object *doc = new_document();
	struct json_object *rows = json_object_new_array();
	struct json_object *traces = json_object_new_array();
	struct json_object *simulations = json_object_new_array();
	unsigned int trace, size;

	for (trace = 0; trace < replay->nr_traces; trace++) {
		const struct tried *tried = &replay->tried[trace];

		json_object_array_add(traces, describe_trace(tried));
		for (size = 0; size < replay->nr_sizes; size++) {
			add_size_rows(replay, tried, size, rows);
			add_simulations(replay, tried, size, simulations);
		}
	}
	json_object_object_add(doc, "rows", rows);
	json_object_object_add(doc, "traces", traces);
	json_object_object_add(doc, "simulations", simulations);
	return doc;
}
