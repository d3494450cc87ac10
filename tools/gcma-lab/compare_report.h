/* SPDX-License-Identifier: GPL-2.0 */
/* What gcma-lab compare sets beside each other, and what came of it. */
#ifndef GCMA_LAB_COMPARE_REPORT_H
#define GCMA_LAB_COMPARE_REPORT_H

#include "compare.h"
#include "replay.h"

/* What is to be compared. */
struct comparison {
	struct replay replay;	/* what the lab does */
	const char *dir;
	double within;		/* percentage points */
	bool json;
};

/* One policy on one trace, in both. */
struct pair {
	struct played kernel;
	struct outcome lab;
	double difference;	/* of the hit rates, in percentage points */
	double above;		/* of those of memory */
};

/*
 * All that is known of one policy. Who goes by small differences may make much
 * of a few pages that memory kept here and not there. So if hit rates differ,
 * the trace is played once more, and what the cleancache saw is replayed, too.
 */
struct compared {
	struct pair pair;
	struct pair below;
	bool again;		/* there is that as well */
};

/* compare_report.c: a hit rate in percent. */
double compare_rate(uint64_t hits, uint64_t lookups);
/* The hit rates of the pair do; all in all it does. */
bool compare_close(const struct comparison *opts, const struct pair *pair);
bool compare_agrees(const struct comparison *opts,
		    const struct compared *compared);
void compare_print(const struct comparison *opts, const struct tried *tried,
		   const char *path, const struct compared *all);
struct json_object *compare_document(const struct comparison *opts);
void compare_describe(const struct comparison *opts, const struct tried *tried,
		      const char *path, const struct compared *all,
		      struct json_object *doc);

#endif
