// SPDX-License-Identifier: GPL-2.0
/* Traces: what is written can be read, and what is damaged is refused. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../gcma-lab/lab.h"
#include "../gcma-lab/oracle.h"
#include "../gcma-lab/stream.h"
#include "../gcma-lab/trace.h"
#include "tests.h"
#include "util.h"

#define NR_RECORDS	50
#define PLAIN_SIZE	(64 + 40 * (NR_RECORDS + 1))

#define TEMPLATE	"/tmp/gcma-tests.XXXXXX"

static char folder[sizeof(TEMPLATE)];
static char path[64], other[64], third[64];

/* A folder for the files below, and one record for each number. */
static void begin(const char *name)
{
	memcpy(folder, TEMPLATE, sizeof(TEMPLATE));
	CHECK(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	snprintf(other, sizeof(other), "%s/other", folder);
	snprintf(third, sizeof(third), "%s/third", folder);
}

static void end(void)
{
	unlink(path);
	unlink(other);
	unlink(third);
	rmdir(folder);
}

static struct gcma_trace_record below_record(unsigned int i)
{
	static const unsigned char types[] = {
		GCMA_TRACE_LOOKUP, GCMA_TRACE_OFFER, GCMA_TRACE_INVALIDATE,
		GCMA_TRACE_TAKE, GCMA_TRACE_RELEASE, GCMA_TRACE_LOST,
	};

	return (struct gcma_trace_record) {
		.time = i * 1000ull << 20,
		.ino = ~0ull - i,
		.index = i * 7919ull << 16,
		.dev = i << 20 | 1,
		.memcg = i,
		.nr = i + 1,
		.type = types[i % sizeof(types)],
		.order = i % 10,
		.flags = i % 2 ? GCMA_TRACE_HIT : GCMA_TRACE_PAGE_FLAGS,
	};
}

static void write_below(const char *name)
{
	struct gcma_trace_record record;
	struct trace trace;
	unsigned int i;

	trace_create(&trace, name, GCMA_TRACE_BELOW, GCMA_TRACE_MONOTONIC);
	trace.header.slots = 16384;
	for (i = 0; i < NR_RECORDS; i++) {
		record = below_record(i);
		trace_add(&trace, &record);
	}
	trace_finish(&trace);
}

/* Read all of it; false if it is refused. */
static bool read_whole(const char *name, uint64_t *nr)
{
	struct gcma_trace_record record;
	struct trace trace;
	bool whole;

	trace_open(&trace, name);
	while (trace_next(&trace, &record))
		;
	*nr = trace.nr;
	whole = !trace.error[0];
	CHECK(!strchr(trace.error, '\n'));
	trace_close(&trace);
	return whole;
}

static void check_round_trip(const char *name)
{
	struct gcma_trace_record record, expected;
	struct trace trace;
	unsigned int i = 0;

	begin(name);
	write_below(path);
	CHECK(trace_open(&trace, path));
	CHECK(trace.header.kind == GCMA_TRACE_BELOW);
	CHECK(trace.header.clock == GCMA_TRACE_MONOTONIC);
	CHECK(trace.header.slots == 16384);
	CHECK(trace.header.page_size == 4096);
	while (trace_next(&trace, &record)) {
		expected = below_record(i++);
		CHECK(!memcmp(&record, &expected, sizeof(record)));
	}
	CHECK(i == NR_RECORDS && !trace.error[0]);
	trace_close(&trace);
	end();
}

static void test_round_trip(void)
{
	check_round_trip("plain");
	check_round_trip("packed.gz");
}

static size_t read_file(const char *name, char *bytes, size_t size)
{
	FILE *file = fopen(name, "r");
	size_t len = fread(bytes, 1, size, file);

	fclose(file);
	return len;
}

static void write_file(const char *name, const char *bytes, size_t size)
{
	FILE *file = fopen(name, "w");

	CHECK(fwrite(bytes, 1, size, file) == size);
	fclose(file);
}

static void check_cut(const char *name)
{
	char bytes[2 * PLAIN_SIZE];
	size_t len, size;
	uint64_t nr;

	begin(name);
	write_below(path);
	size = read_file(path, bytes, sizeof(bytes));
	for (len = 0; len < size; len++) {
		write_file(other, bytes, len);
		CHECK(!read_whole(other, &nr));
	}
	write_file(other, bytes, size);
	CHECK(read_whole(other, &nr) && nr == NR_RECORDS);
	end();
}

static void test_cut(void)
{
	check_cut("plain");
	check_cut("packed.gz");
}

static void test_damage(void)
{
	char bytes[PLAIN_SIZE];
	uint64_t nr;
	size_t i;

	begin("plain");
	write_below(path);
	CHECK(read_file(path, bytes, sizeof(bytes)) == PLAIN_SIZE);
	for (i = 0; i < PLAIN_SIZE; i++) {
		bytes[i] ^= 1 << i % 8;
		write_file(other, bytes, sizeof(bytes));
		CHECK(!read_whole(other, &nr));
		bytes[i] ^= 1 << i % 8;
	}
	end();
}

static void test_foreign(void)
{
	uint64_t nr;

	begin("foreign");
	CHECK(!read_whole(path, &nr));
	write_file(path, "once upon a time there was a file that was no trace, but it was long enough",
		   70);
	CHECK(!read_whole(path, &nr) && !nr);
	CHECK(!read_whole(folder, &nr));
	end();
}

static void convert(char *option, char *from, char *to)
{
	char *const argv[] = { "convert", option, from, to, NULL };

	CHECK(!lab_convert(4, (char **)argv));
}

/* A cut trace can be kept as far as it goes. */
static void test_partial(void)
{
	char bytes[PLAIN_SIZE];
	uint64_t nr;

	begin("plain");
	write_below(path);
	read_file(path, bytes, sizeof(bytes));
	write_file(other, bytes, 64 + 40 * 20 + 13);
	CHECK(freopen("/dev/null", "w", stderr));
	convert("--partial", other, third);
	CHECK(read_whole(third, &nr) && nr == 20);
	end();
}

static struct gcma_trace_record access_record(unsigned int i)
{
	return (struct gcma_trace_record) {
		.time = i / 3 * NSEC_PER_SEC,
		.ino = i % 5,
		.index = i % 4 * 1000,
		.nr = 1,
		.type = GCMA_TRACE_ACCESS,
	};
}

static void write_accesses(const char *name)
{
	struct gcma_trace_record record;
	struct trace trace;
	unsigned int i;

	trace_create(&trace, name, GCMA_TRACE_ACCESSES, GCMA_TRACE_SECONDS);
	for (i = 0; i < NR_RECORDS; i++) {
		record = access_record(i);
		trace_add(&trace, &record);
	}
	trace_finish(&trace);
}

/* Pages repeat after 20 accesses. */
static void check_oracle(const char *name)
{
	struct oracle_record records[NR_RECORDS + 1];
	int i;

	CHECK(read_file(name, (char *)records, sizeof(records)) ==
	      NR_RECORDS * sizeof(*records));
	for (i = 0; i < NR_RECORDS; i++) {
		CHECK(records[i].seconds == i / 3);
		CHECK(records[i].object ==
		      ((uint64_t)(i % 5) << 32 | i % 4 * 1000));
		CHECK(records[i].size == 4096);
		CHECK(records[i].next == (i + 20 < NR_RECORDS ? i + 20 : -1));
	}
}

static void test_oracle(void)
{
	char before[PLAIN_SIZE], after[PLAIN_SIZE];

	begin("plain");
	write_accesses(path);
	convert("--index-bits=32", path, other);
	check_oracle(other);
	convert("--index-bits=32", other, third);
	CHECK(read_file(path, before, sizeof(before)) == PLAIN_SIZE);
	CHECK(read_file(third, after, sizeof(after)) == PLAIN_SIZE);
	CHECK(!memcmp(before, after, PLAIN_SIZE));
	end();
}

/* A range of which one page was seen before, and one comes to be seen. */
static void test_invalid(void)
{
	static const struct gcma_trace_record records[] = {
		{ .type = GCMA_TRACE_OFFER, .ino = 1, .index = 7, .nr = 1 },
		{ .type = GCMA_TRACE_INVALIDATE, .ino = 1, .nr = 1000 },
		{ .type = GCMA_TRACE_LOOKUP, .ino = 1, .index = 9, .nr = 1 },
	};
	struct stream stream;
	struct trace trace;
	unsigned int i;

	begin("trace");
	trace_create(&trace, path, GCMA_TRACE_BELOW, GCMA_TRACE_MONOTONIC);
	for (i = 0; i < ARRAY_SIZE(records); i++)
		trace_add(&trace, &records[i]);
	trace_finish(&trace);
	stream_load(&stream, path);
	CHECK(stream.pages->nr == 2);
	CHECK(stream.nr == 3);
	CHECK(stream.steps[1].page == stream.steps[0].page);
	pages_free(stream.pages);
	stream_free(&stream);
	end();
}

const struct unit_test trace_tests[] = {
	{ "traces, plain and packed, read as they were written",
	  test_round_trip },
	{ "traces cut off anywhere are refused", test_cut },
	{ "traces with any byte changed are refused", test_damage },
	{ "files that are no traces are refused", test_foreign },
	{ "what is left of a trace can be kept", test_partial },
	{ "traces survive libCacheSim's format", test_oracle },
	{ "pages that were never seen are not invalidated", test_invalid },
	{ }
};
