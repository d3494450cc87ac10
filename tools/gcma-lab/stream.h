/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A trace in memory, as the simulations go through it: pages have become
 * numbers, counted from 0 in the order of their first appearance.
 */
#ifndef GCMA_STREAM_H
#define GCMA_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "trace.h"

struct page_name {
	uint64_t ino;
	uint64_t index;
	uint32_t dev;
};

/* All pages of a trace, each once, and all cgroups. */
struct pages {
	struct page_name *names;
	uint32_t nr;
	uint32_t room;		/* of names */
	uint32_t *table;	/* numbers by hash, UINT32_MAX if none */
	uint32_t table_size;	/* a power of two */
	uint32_t *groups;	/* cgroups by number; number 0 is none */
	uint32_t nr_groups;
};

enum step_type {
	STEP_ACCESS,
	STEP_LOOKUP,
	STEP_OFFER,
	STEP_INVALIDATE,
	STEP_TAKE,
	STEP_RELEASE,
};

struct step {
	uint64_t time;
	uint32_t page;		/* of a take or release: which range */
	uint16_t group;		/* cgroup's number */
	uint8_t type;
	uint8_t flags;		/* of enum cleancache_page_flags */
};

/* Slots of the machine that recorded. */
struct range {
	uint32_t first;
	uint32_t nr;
};

struct stream {
	struct pages *pages;
	struct step *steps;
	size_t nr;
	size_t room;
	struct range *ranges;
	uint32_t nr_ranges;
	uint32_t slots;		/* how many that machine had, 0 if unknown */
	uint32_t page_size;
	uint32_t first_slot;	/* where the search for free ones begins */
	uint32_t first_victim;	/* where the built-in order does */
	bool below;
	uint64_t lost;		/* records that machine had no room for */
	uint64_t recorded_hits;	/* lookups that hit there */
	uint64_t lookups;
	uint64_t offers;
};

/* Ends the program if the file is no trace. */
void stream_load(struct stream *stream, const char *path);
void stream_add(struct stream *stream, const struct step *step);
void stream_free(struct stream *stream);

/* A slot of the machine that recorded, as one of a cache of so many. */
uint32_t range_scaled(const struct stream *stream, uint64_t slot,
		      uint32_t slots);

/* The file of each page, by number, and how many files there are. */
uint32_t *pages_files(const struct pages *pages, uint32_t *nr_files);

/* The number of a page; it gets one if it has none yet. */
uint32_t pages_find(struct pages *pages, const struct page_name *name);

/* Whether it has one. Of what was never seen, nothing can be invalid. */
bool pages_known(const struct pages *pages, const struct page_name *name);

/* What a cgroup of that number is called in the trace. */
uint32_t pages_group(const struct pages *pages, uint32_t number);

void pages_free(struct pages *pages);

/* calloc() and reallocarray() that end the program when memory is short. */
void *need_zeroed(size_t nr, size_t size);
void *need_more(void *old, size_t nr, size_t size);

#endif
