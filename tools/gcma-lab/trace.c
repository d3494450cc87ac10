// SPDX-License-Identifier: GPL-2.0
/* Traces: files of records, plain or compressed by gzip, read and written. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "trace.h"
#include "util.h"

_Static_assert(sizeof(struct gcma_trace_header) == 64, "the header's size");
_Static_assert(sizeof(struct gcma_trace_record) == 40, "a record's size");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "traces are little-endian and read as they are");

#define BUFFER_SIZE	(256 * 1024)
#define MAX_ORDER	31

const char *const trace_type_names[GCMA_TRACE_NR_TYPES] = {
	[GCMA_TRACE_ACCESS] = "access",
	[GCMA_TRACE_LOOKUP] = "lookup",
	[GCMA_TRACE_OFFER] = "offer",
	[GCMA_TRACE_INVALIDATE] = "invalidate",
	[GCMA_TRACE_TAKE] = "take",
	[GCMA_TRACE_RELEASE] = "release",
	[GCMA_TRACE_LOST] = "lost",
	[GCMA_TRACE_END] = "end",
};

/* The first error counts. Returns false, for those who return that. */
static bool __printf(2, 3) fail(struct trace *trace, const char *fmt, ...)
{
	va_list args;

	if (trace->error[0])
		return false;
	va_start(args, fmt);
	vsnprintf(trace->error, sizeof(trace->error), fmt, args);
	va_end(args);
	return false;
}

void trace_check(const struct trace *trace)
{
	if (trace->error[0])
		die("%s: %s", trace->path, trace->error);
}

/* What zlib says of a file it could not go on with. */
static const char *reason(gzFile file)
{
	int number;
	const char *text = gzerror(file, &number);

	return number == Z_ERRNO ? strerror(errno) : text;
}

/* Returns the number of bytes read, fewer than @size only at the end. */
static int read_bytes(struct trace *trace, void *bytes, unsigned int size)
{
	int len = gzread(trace->file, bytes, size);
	int number;

	gzerror(trace->file, &number);
	if (number == Z_BUF_ERROR)
		fail(trace, "is cut off after %" PRIu64
		     " records; copy it again, or keep what is there with 'gcma-lab convert --partial'",
		     trace->nr);
	else if (len < 0)
		fail(trace, "cannot be read (%s); copy it again",
		     reason(trace->file));
	return len;
}

static uint32_t add_crc(uint32_t crc, const void *bytes, unsigned int size)
{
	return crc32(crc, bytes, size);
}

static bool check_header(struct trace *trace)
{
	const struct gcma_trace_header *header = &trace->header;

	if (memcmp(header->magic, GCMA_TRACE_MAGIC, sizeof(header->magic)))
		return fail(trace,
			    "is no trace of gcma-lab; 'gcma-lab convert' makes one of an oracleGeneral file");
	if (header->version != GCMA_TRACE_VERSION ||
	    header->record_size != sizeof(struct gcma_trace_record))
		return fail(trace,
			    "has version %u of the format, not %u; record it again or use the gcma-lab it was made with",
			    header->version, GCMA_TRACE_VERSION);
	if (header->kind > GCMA_TRACE_BELOW ||
	    header->clock > GCMA_TRACE_MADE_UP ||
	    header->page_size < 512 || header->page_size > 1 << 20)
		return fail(trace, "has a damaged header; copy it again");
	return true;
}

bool trace_open(struct trace *trace, const char *path)
{
	int len;

	*trace = (struct trace) { .path = path };
	trace->file = gzopen(path, "rbe");
	if (!trace->file)
		return fail(trace, "%s; name a trace that can be read",
			    strerror(errno));
	gzbuffer(trace->file, BUFFER_SIZE);
	len = read_bytes(trace, &trace->header, sizeof(trace->header));
	/* Another error, if there was one, goes before this. */
	if (len < (int)sizeof(trace->header))
		return fail(trace,
			    "is too short for a trace; copy it again");
	trace->crc = add_crc(0, &trace->header, sizeof(trace->header));
	return check_header(trace);
}

static bool belongs(const struct trace *trace, unsigned int type)
{
	switch (type) {
	case GCMA_TRACE_ACCESS:
		return trace->header.kind == GCMA_TRACE_ACCESSES;
	case GCMA_TRACE_LOOKUP:
	case GCMA_TRACE_OFFER:
		return trace->header.kind == GCMA_TRACE_BELOW;
	default:
		return type > 0 && type < GCMA_TRACE_NR_TYPES;
	}
}

static bool check_record(struct trace *trace,
			 const struct gcma_trace_record *record)
{
	if (!belongs(trace, record->type) || record->order > MAX_ORDER ||
	    record->flags & ~GCMA_TRACE_FLAGS || !record->nr ||
	    record->nr > GCMA_TRACE_MAX_NR)
		return fail(trace, "record %" PRIu64
			    " is damaged; copy the trace again", trace->nr + 1);
	return true;
}

/* What follows all other records. */
static struct gcma_trace_record end_of(const struct trace *trace)
{
	return (struct gcma_trace_record) {
		.type = GCMA_TRACE_END,
		.nr = 1,
		.index = trace->nr,
		.ino = trace->crc,
	};
}

/* Nothing may follow, and what came before must be what was written. */
static void check_end(struct trace *trace, const struct gcma_trace_record *end)
{
	struct gcma_trace_record expected = end_of(trace);
	char more;

	if (memcmp(end, &expected, sizeof(expected)))
		fail(trace, "is damaged: its records are not those that were written; copy it again");
	else if (read_bytes(trace, &more, 1) > 0)
		fail(trace, "has something behind its end; copy it again");
	trace->ended = true;
}

bool trace_next(struct trace *trace, struct gcma_trace_record *record)
{
	int len;

	if (trace->ended || trace->error[0])
		return false;
	len = read_bytes(trace, record, sizeof(*record));
	if (len < (int)sizeof(*record))
		return fail(trace, "is cut off after %" PRIu64
			    " records; copy it again, or keep what is there with 'gcma-lab convert --partial'",
			    trace->nr);
	if (!check_record(trace, record))
		return false;
	if (record->type == GCMA_TRACE_END) {
		check_end(trace, record);
		return false;
	}
	trace->crc = add_crc(trace->crc, record, sizeof(*record));
	trace->nr++;
	return true;
}

void trace_close(struct trace *trace)
{
	if (trace->file)
		gzclose(trace->file);
	trace->file = NULL;
}

static void write_bytes(struct trace *trace, const void *bytes,
			unsigned int size)
{
	if (gzwrite(trace->file, bytes, size) != (int)size)
		die("%s: cannot be written (%s)", trace->path,
		    reason(trace->file));
}

static bool is_gz(const char *path)
{
	size_t len = strlen(path);

	return len > 3 && !strcmp(path + len - 3, ".gz");
}

void trace_create(struct trace *trace, const char *path,
		  enum gcma_trace_kind kind, enum gcma_trace_clock clock)
{
	*trace = (struct trace) {
		.path = path,
		.header = {
			.magic = GCMA_TRACE_MAGIC,
			.version = GCMA_TRACE_VERSION,
			.record_size = sizeof(struct gcma_trace_record),
			.page_size = 4096,
			.kind = kind,
			.clock = clock,
		},
	};
	trace->file = gzopen(path, is_gz(path) ? "wbe" : "wbeT");
	if (!trace->file)
		die("%s: %s; name a place that can be written", path,
		    strerror(errno));
	gzbuffer(trace->file, BUFFER_SIZE);
}

/* Only with the first record is it sure that nobody changes it any more. */
static void write_header(struct trace *trace)
{
	write_bytes(trace, &trace->header, sizeof(trace->header));
	trace->crc = add_crc(0, &trace->header, sizeof(trace->header));
}

void trace_add(struct trace *trace, const struct gcma_trace_record *record)
{
	trace_add_all(trace, record, 1);
}

static void count_record(struct trace *trace,
			 const struct gcma_trace_record *record)
{
	trace->count[record->type]++;
	trace->hits += !!(record->flags & GCMA_TRACE_HIT);
}

static void count_all(struct trace *trace,
		      const struct gcma_trace_record *records, unsigned int nr)
{
	trace->crc = add_crc(trace->crc, records, nr * sizeof(*records));
	while (nr--)
		count_record(trace, records++);
}

void trace_add_all(struct trace *trace, const struct gcma_trace_record *records,
		   unsigned int nr)
{
	if (!trace->nr)
		write_header(trace);
	write_bytes(trace, records, nr * sizeof(*records));
	if (!trace->count_later)
		count_all(trace, records, nr);
	trace->nr += nr;
}

void trace_flush(struct trace *trace)
{
	if (gzflush(trace->file, Z_SYNC_FLUSH) != Z_OK)
		die("%s: cannot be written (%s)", trace->path,
		    reason(trace->file));
}

void trace_count_later(struct trace *trace)
{
	struct stat st;

	trace->count_later = gzdirect(trace->file) && !stat(trace->path, &st) &&
			     S_ISREG(st.st_mode);
}

/* Of the records in the file, which must be all there are. */
static void catch_up(struct trace *trace)
{
	struct gcma_trace_record record;
	struct trace written;

	trace_flush(trace);
	trace_open(&written, trace->path);
	while (written.nr < trace->nr && trace_next(&written, &record))
		count_record(trace, &record);
	trace_check(&written);
	trace_close(&written);
	trace->crc = written.crc;
}

void trace_finish(struct trace *trace)
{
	struct gcma_trace_record end;
	int err;

	if (!trace->nr)
		write_header(trace);
	else if (trace->count_later)
		catch_up(trace);
	end = end_of(trace);
	write_bytes(trace, &end, sizeof(end));
	err = gzclose(trace->file);
	trace->file = NULL;
	if (err != Z_OK)
		die("%s: cannot be written (%s)", trace->path,
		    err == Z_ERRNO ? strerror(errno) : "zlib failed");
}
