// SPDX-License-Identifier: GPL-2.0
/* A trace in memory, as the simulations go through it. */
#include <stdlib.h>
#include <string.h>

#include "stream.h"
#include "util.h"

#define NO_PAGE		UINT32_MAX
#define FIRST_ROOM	1024

void *need_zeroed(size_t nr, size_t size)
{
	void *new = calloc(nr ? nr : 1, size);

	if (!new)
		die("out of memory; use a shorter trace or fewer jobs (-j)");
	return new;
}

void *need_more(void *old, size_t nr, size_t size)
{
	void *new = reallocarray(old, nr, size);

	if (!new)
		die("out of memory; use a shorter trace or fewer jobs (-j)");
	return new;
}

static uint64_t hash_name(const struct page_name *name)
{
	uint64_t hash = name->ino * 0x9e3779b97f4a7c15ull;

	hash = (hash ^ hash >> 29 ^ name->dev) + name->index;
	hash *= 0xd6e8feb86659fd93ull;
	return hash ^ hash >> 32;
}

static bool same_name(const struct page_name *a, const struct page_name *b)
{
	return a->index == b->index && a->ino == b->ino && a->dev == b->dev;
}

/* Where a name is in the table, or could be put. */
static uint32_t *find_place(const struct pages *pages,
			    const struct page_name *name)
{
	uint32_t mask = pages->table_size - 1;
	uint32_t at = hash_name(name) & mask;

	while (pages->table[at] != NO_PAGE &&
	       !same_name(&pages->names[pages->table[at]], name))
		at = (at + 1) & mask;
	return &pages->table[at];
}

static void grow_names(struct pages *pages)
{
	if (pages->nr == NO_PAGE - 1)
		die("a trace of more than %u different pages is too much; use a part of it",
		    NO_PAGE - 1);
	if (pages->nr < pages->room)
		return;
	pages->room = pages->room < FIRST_ROOM ? FIRST_ROOM :
		      pages->room > NO_PAGE / 2 ? NO_PAGE : 2 * pages->room;
	pages->names = need_more(pages->names, pages->room,
				 sizeof(*pages->names));
}

/* At least half of the table stays empty. */
static void grow_table(struct pages *pages)
{
	uint32_t i;

	if (pages->nr < pages->table_size / 2)
		return;
	if (pages->table_size > UINT32_MAX / 2)
		die("too many different pages; use a part of the trace");
	pages->table_size = pages->table_size ? 2 * pages->table_size :
			    FIRST_ROOM;
	free(pages->table);
	pages->table = need_more(NULL, pages->table_size,
				 sizeof(*pages->table));
	memset(pages->table, 0xff,
	       pages->table_size * sizeof(*pages->table));
	for (i = 0; i < pages->nr; i++)
		*find_place(pages, &pages->names[i]) = i;
}

uint32_t pages_find(struct pages *pages, const struct page_name *name)
{
	uint32_t *place;

	grow_table(pages);
	place = find_place(pages, name);
	if (*place == NO_PAGE) {
		grow_names(pages);
		pages->names[pages->nr] = *name;
		*place = pages->nr++;
	}
	return *place;
}

bool pages_known(const struct pages *pages, const struct page_name *name)
{
	return pages->nr && *find_place(pages, name) != NO_PAGE;
}

/* All pages of a file count as one: its page 0. */
uint32_t *pages_files(const struct pages *pages, uint32_t *nr_files)
{
	uint32_t *file_of = need_zeroed(pages->nr, sizeof(*file_of)), i;
	struct pages files = { };

	for (i = 0; i < pages->nr; i++) {
		struct page_name name = pages->names[i];

		name.index = 0;
		file_of[i] = pages_find(&files, &name);
	}
	*nr_files = files.nr;
	free(files.names);
	free(files.table);
	return file_of;
}

/* There are few of them. */
static uint16_t find_group(struct pages *pages, uint32_t group)
{
	uint32_t i;

	if (!group)
		return 0;
	for (i = 0; i < pages->nr_groups; i++)
		if (pages->groups[i] == group)
			return i + 1;
	if (i == UINT16_MAX)
		die("too many different cgroups; use a part of the trace");
	pages->groups = need_more(pages->groups, i + 1,
				  sizeof(*pages->groups));
	pages->groups[i] = group;
	return ++pages->nr_groups;
}

uint32_t pages_group(const struct pages *pages, uint32_t number)
{
	return number ? pages->groups[number - 1] : 0;
}

void pages_free(struct pages *pages)
{
	free(pages->groups);
	free(pages->names);
	free(pages->table);
	free(pages);
}

void stream_add(struct stream *stream, const struct step *step)
{
	if (stream->nr == stream->room) {
		stream->room = stream->room ? 2 * stream->room : FIRST_ROOM;
		stream->steps = need_more(stream->steps, stream->room,
					  sizeof(*stream->steps));
	}
	stream->steps[stream->nr++] = *step;
	stream->lookups += step->type == STEP_LOOKUP;
	stream->offers += step->type == STEP_OFFER;
}

static void add_range(struct stream *stream,
		      const struct gcma_trace_record *record,
		      enum step_type type)
{
	struct step step = {
		.time = record->time,
		.type = type,
		.page = stream->nr_ranges,
	};

	stream->ranges = need_more(stream->ranges, stream->nr_ranges + 1,
				   sizeof(*stream->ranges));
	stream->ranges[stream->nr_ranges++] = (struct range) {
		.first = record->index,
		.nr = record->nr,
	};
	stream_add(stream, &step);
}

uint32_t range_scaled(const struct stream *stream, uint64_t slot,
		      uint32_t slots)
{
	if (stream->slots)
		slot = slot * slots / stream->slots;
	return slot < slots ? slot : slots;
}

/* A step for each page of a record, if anything can be known of it yet. */
static void add_pages(struct stream *stream,
		      const struct gcma_trace_record *record,
		      enum step_type type)
{
	struct pages *pages = stream->pages;
	struct page_name name = {
		.ino = record->ino,
		.dev = record->dev,
		.index = record->index,
	};
	struct step step = {
		.time = record->time,
		.group = find_group(pages, record->memcg),
		.type = type,
		.flags = record->flags & GCMA_TRACE_PAGE_FLAGS,
	};
	uint32_t i;

	for (i = 0; i < record->nr; i++, name.index++) {
		if (type == STEP_INVALIDATE && !pages_known(pages, &name))
			continue;
		step.page = pages_find(pages, &name);
		stream_add(stream, &step);
	}
}

static void add_record(struct stream *stream,
		       const struct gcma_trace_record *record)
{
	switch (record->type) {
	case GCMA_TRACE_ACCESS:
		return add_pages(stream, record, STEP_ACCESS);
	case GCMA_TRACE_LOOKUP:
		if (record->flags & GCMA_TRACE_HIT)
			stream->recorded_hits += record->nr;
		return add_pages(stream, record, STEP_LOOKUP);
	case GCMA_TRACE_OFFER:
		return add_pages(stream, record, STEP_OFFER);
	case GCMA_TRACE_INVALIDATE:
		return add_pages(stream, record, STEP_INVALIDATE);
	case GCMA_TRACE_TAKE:
		return add_range(stream, record, STEP_TAKE);
	case GCMA_TRACE_RELEASE:
		return add_range(stream, record, STEP_RELEASE);
	default:
		stream->lost += record->nr;
	}
}

void stream_load(struct stream *stream, const char *path)
{
	struct gcma_trace_record record;
	struct trace trace;

	*stream = (struct stream) { };
	stream->pages = need_zeroed(1, sizeof(*stream->pages));
	trace_open(&trace, path);
	trace_check(&trace);
	stream->below = trace.header.kind == GCMA_TRACE_BELOW;
	stream->slots = trace.header.slots;
	stream->page_size = trace.header.page_size;
	while (trace_next(&trace, &record))
		add_record(stream, &record);
	trace_check(&trace);
	trace_close(&trace);
}

void stream_free(struct stream *stream)
{
	free(stream->steps);
	free(stream->ranges);
	*stream = (struct stream) { };
}
