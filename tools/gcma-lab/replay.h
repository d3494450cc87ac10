/* SPDX-License-Identifier: GPL-2.0 */
/* What gcma-lab replay is to do, and what came of it. */
#ifndef GCMA_REPLAY_H
#define GCMA_REPLAY_H

#include <stdio.h>

#include "cache.h"
#include "json.h"
#include "policy.h"

/* A number of pages, in the words of the user. */
struct size {
	char text[24];
	uint64_t pages;		/* 0 if it is a part of the trace's pages */
	double percent;
};

/* One simulation, or one bound. */
struct outcome {
	struct cache_result result;
	bool done;
	char why[160];		/* it was not */
};

/* A trace and what came of it. */
struct tried {
	char name[64];		/* of the file, without folder and suffix */
	bool below;
	uint32_t pages;
	uint32_t page_size;
	uint32_t memory;	/* pages of the first level */
	uint64_t accesses;
	uint64_t memory_hits;
	uint64_t lookups;
	uint64_t offers;
	uint64_t recorded_hits;
	uint64_t lost;
	uint32_t *slots;	/* by size */
	uint64_t *bounds;	/* hits by size; UINT64_MAX if unknown */
	struct outcome *outcomes;	/* by size, then by policy */
};

struct replay {
	struct policy *policies;
	unsigned int nr_policies;
	struct size *sizes;
	unsigned int nr_sizes;
	struct size memory;
	const char **settings;
	unsigned int nr_settings;
	const char **paths;
	unsigned int nr_traces;
	unsigned int jobs;
	uint32_t first_slot;	/* as in struct stream */
	uint32_t first_victim;
	struct tried *tried;	/* by trace */
};

static inline struct outcome *outcome_of(const struct replay *replay,
					 const struct tried *tried,
					 unsigned int size, unsigned int policy)
{
	return &tried->outcomes[size * replay->nr_policies + policy];
}

/* replay.c: what the options say; both end the program if it will not do. */
void replay_add_policy(struct replay *replay, const char *what);
void replay_set_memory(struct replay *replay, const char *text);

/* size.c: false if it is no size. */
bool size_parse(const char *text, struct size *size);
/* How many pages that is of so many, from 1 to MAX_SLOTS. */
uint32_t size_of(const struct size *size, uint32_t pages);

/* try.c: all simulations of a trace. */
void replay_try(const struct replay *replay, const char *path,
		struct tried *tried);

/* report.c */
void report_print(const struct replay *replay);
struct json_object *report_document(const struct replay *replay);
/* What is a hit rate of so many lookups, in percent. */
double hit_rate(const struct tried *tried, uint64_t hits);

/* chart.c: miss ratio curves as SVG, as PNG, or both; NULL for neither. */
void chart_save(const struct replay *replay, const char *svg, const char *png);

#endif
