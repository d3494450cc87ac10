/* SPDX-License-Identifier: GPL-2.0 */
/* Traces: files of records, plain or compressed by gzip, read and written. */
#ifndef GCMA_TRACE_H
#define GCMA_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include <zlib.h>

#include "format.h"

struct trace {
	gzFile file;
	const char *path;
	struct gcma_trace_header header;
	uint64_t nr;		/* records so far, without the last */
	uint32_t crc;		/* of the header and these */
	bool count_later;	/* when it is finished: @crc, and these two */
	uint64_t count[GCMA_TRACE_NR_TYPES];	/* of those written */
	uint64_t hits;
	bool ended;
	char error[160];	/* what is wrong with the file, if any */
};

/* False, and error is set, if it is no trace. */
bool trace_open(struct trace *trace, const char *path);
/* False at the end, and if something is wrong; then error is set. */
bool trace_next(struct trace *trace, struct gcma_trace_record *record);
void trace_close(struct trace *trace);
/* Ends the program if an error is set. */
void trace_check(const struct trace *trace);

/*
 * Write a trace; a name that ends in .gz has it compressed. These end the
 * program if the file cannot be written.
 */
void trace_create(struct trace *trace, const char *path,
		  enum gcma_trace_kind kind, enum gcma_trace_clock clock);
void trace_add(struct trace *trace, const struct gcma_trace_record *record);
void trace_add_all(struct trace *trace, const struct gcma_trace_record *records,
		   unsigned int nr);
/*
 * Look at the records only when the trace is finished, if the file can be read
 * again then: the checksum takes longer than all else.
 */
void trace_count_later(struct trace *trace);
/* Nothing that was added stays in a buffer of this process. */
void trace_flush(struct trace *trace);
void trace_finish(struct trace *trace);

/* What a type is called. */
extern const char *const trace_type_names[GCMA_TRACE_NR_TYPES];

#endif
