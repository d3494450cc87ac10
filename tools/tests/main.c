// SPDX-License-Identifier: GPL-2.0
/* Unit tests of the tools' pure parts, as TAP. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../gcma-bench/format.h"
#include "../gcma-bench/spark.h"
#include "json.h"
#include "stats.h"
#include "tests.h"
#include "util.h"
#include "vmstat.h"

bool good;

static void test_size(void)
{
	uint64_t bytes = 7;

	CHECK(parse_size("0", &bytes) && bytes == 0);
	CHECK(parse_size("4096", &bytes) && bytes == 4096);
	CHECK(parse_size("64M", &bytes) && bytes == 64 << 20);
	CHECK(parse_size("2k", &bytes) && bytes == 2048);
	CHECK(parse_size("1G", &bytes) && bytes == 1ull << 30);
	CHECK(parse_size("0x10K", &bytes) && bytes == 16384);
	CHECK(!parse_size("", &bytes));
	CHECK(!parse_size("M", &bytes));
	CHECK(!parse_size("-1", &bytes));
	CHECK(!parse_size(" 1", &bytes));
	CHECK(!parse_size("1MB", &bytes));
	CHECK(!parse_size("1X", &bytes));
	CHECK(!parse_size("1.5M", &bytes));
	CHECK(!parse_size("99999999999999999999", &bytes));
	CHECK(!parse_size("18446744073709551615K", &bytes));
	CHECK(bytes == 16384);
}

static void test_numbers(void)
{
	double seconds;
	uint64_t u;
	int64_t s;

	CHECK(parse_u64("18446744073709551615", &u) && u == UINT64_MAX);
	CHECK(!parse_u64("18446744073709551616", &u));
	CHECK(!parse_u64("1x", &u));
	CHECK(!parse_u64("+1", &u));
	CHECK(parse_s64("-5", &s) && s == -5);
	CHECK(!parse_s64("--5", &s));
	CHECK(!parse_s64("-", &s));
	CHECK(parse_seconds("0.5", &seconds) && seconds == 0.5);
	CHECK(!parse_seconds("nan", &seconds));
	CHECK(!parse_seconds("1e30", &seconds));
	CHECK(!parse_seconds("-1", &seconds));
	CHECK(isnan(ratio(0, 0)));
	CHECK(ratio(1, 4) == 0.25);
}

static void test_percentiles(void)
{
	struct samples samples = { };
	int i;

	for (i = 1000; i > 0; i--)
		samples_add(&samples, i);
	samples_sort(&samples);
	CHECK(samples_percentile(&samples, 0) == 1);
	CHECK(samples_percentile(&samples, 50) == 500);
	CHECK(samples_percentile(&samples, 99) == 990);
	CHECK(samples_percentile(&samples, 99.9) == 999);
	CHECK(samples_percentile(&samples, 100) == 1000);
	samples_free(&samples);
	samples_add(&samples, 42);
	CHECK(samples_percentile(&samples, 0) == 42);
	CHECK(samples_percentile(&samples, 50) == 42);
	CHECK(samples_percentile(&samples, 100) == 42);
	samples_add(&samples, 43);
	samples_add(&samples, 44);
	CHECK(samples_percentile(&samples, 50) == 43);
	CHECK(samples_percentile(&samples, 99) == 44);
	samples_free(&samples);
	CHECK(samples.nr == 0);
}

static void test_buckets(void)
{
	CHECK(log2_bucket(0) == 0);
	CHECK(log2_bucket(1) == 1);
	CHECK(log2_bucket(2) == 2);
	CHECK(log2_bucket(3) == 2);
	CHECK(log2_bucket(4) == 3);
	CHECK(log2_bucket(UINT64_MAX) == 64);
}

static void test_vmstat(void)
{
	static struct vmstat stat;
	uint64_t value = 0;

	CHECK(vmstat_parse("nr_free_pages 12\ncma_alloc_success 3\nx 0\n",
			   &stat));
	CHECK(stat.nr == 3);
	CHECK(vmstat_find(&stat, "cma_alloc_success", &value) && value == 3);
	CHECK(!vmstat_find(&stat, "cma_alloc", &value));
	CHECK(vmstat_parse("a 18446744073709551615", &stat));
	CHECK(vmstat_find(&stat, "a", &value) && value == UINT64_MAX);
	CHECK(vmstat_parse("", &stat) && stat.nr == 0);
	CHECK(!vmstat_parse("lonely\n", &stat));
	CHECK(!vmstat_parse("good 1\nbad\nmore 2\n", &stat));
}

static const char format[] =
	"name: sample\n"
	"ID: 517\n"
	"format:\n"
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
	"\n"
	"\tfield:__data_loc char[] name;\toffset:8;\tsize:4;\tsigned:0;\n"
	"\tfield:const struct page * page;\toffset:16;\tsize:8;\tsigned:0;\n"
	"\tfield:int err;\toffset:24;\tsize:4;\tsigned:1;\n"
	"\tfield:char comm[16];\toffset:28;\tsize:16;\tsigned:0;\n"
	"\nprint fmt: \"name=%s\", __get_str(name)\n";

static void test_format(void)
{
	struct tp_field field;
	unsigned int id;

	CHECK(format_id(format, &id) && id == 517);
	CHECK(!format_id("name: x\n", &id));
	CHECK(format_field(format, "common_type", &field));
	CHECK(field.offset == 0 && field.size == 2 && !field.is_signed);
	CHECK(format_field(format, "page", &field));
	CHECK(field.offset == 16 && field.size == 8);
	CHECK(format_field(format, "err", &field));
	CHECK(field.offset == 24 && field.is_signed);
	CHECK(format_field(format, "comm", &field) && field.size == 16);
	CHECK(!format_field(format, "type", &field));
	CHECK(!format_field(format, "age", &field));
	CHECK(!format_field(format, "fmt", &field));
}

static void test_fields(void)
{
	struct { uint16_t half; int32_t word; uint64_t wide; } raw = {
		.half = 65535, .word = -12, .wide = 1ull << 40,
	};
	const struct tp_field half = { 0, 2, false };
	const struct tp_field word = { 4, 4, true };
	const struct tp_field wide = { 8, 8, false };
	const struct tp_field odd = { 0, 3, false };
	int64_t value;

	CHECK(field_read(&half, &raw, sizeof(raw), &value) && value == 65535);
	CHECK(field_read(&word, &raw, sizeof(raw), &value) && value == -12);
	CHECK(field_read(&wide, &raw, sizeof(raw), &value) &&
	      value == 1ll << 40);
	CHECK(!field_read(&wide, &raw, sizeof(raw) - 1, &value));
	CHECK(!field_read(&odd, &raw, sizeof(raw), &value));
}

static void test_spark(void)
{
	const double value[] = { 0, 1, 2, 4, 6, 8, 8, 8 };
	char line[SPARK_BYTES(8)];

	CHECK(spark_draw(value, 8, 8, line, 8) == 8);
	CHECK(!strcmp(line, "▁▂▃▅▇███"));
	CHECK(spark_draw(value, 8, 8, line, 4) == 4);
	CHECK(!strcmp(line, "▁▄██"));
	CHECK(spark_draw(value, 2, 0, line, 4) == 2);
	CHECK(!strcmp(line, "▁▁"));
	CHECK(spark_draw(value, 0, 8, line, 8) == 0 && !*line);
}

static void test_json(void)
{
	struct json_object *doc =
		json_tokener_parse("{\"a\":{\"b\":2.5,\"c\":\"x\"},\"n\":null}");
	struct json_object *number = json_number(0.12345);

	CHECK(json_number_at(doc, "a.b") == 2.5);
	CHECK(!strcmp(json_text_at(doc, "a.c"), "x"));
	CHECK(isnan(json_number_at(doc, "a.c")));
	CHECK(isnan(json_number_at(doc, "n.b")));
	CHECK(!json_at(doc, "a.d"));
	CHECK(!strcmp(json_object_to_json_string(number), "0.123"));
	CHECK(!json_number(NAN));
	json_object_put(number);
	json_object_put(doc);
}

static const struct unit_test tests[] = {
	{ "sizes with suffixes", test_size },
	{ "whole numbers, seconds and ratios", test_numbers },
	{ "percentiles by nearest rank", test_percentiles },
	{ "buckets by powers of two", test_buckets },
	{ "counters of /proc/vmstat", test_vmstat },
	{ "format files of tracepoints", test_format },
	{ "fields of raw trace records", test_fields },
	{ "sparklines", test_spark },
	{ "paths into JSON and rounded numbers", test_json },
	{ }
};

static const struct unit_test *const all_tests[] = {
	tests, trace_tests, model_tests, cache_tests,
};

static unsigned int run_all(bool (*run)(const struct unit_test *test,
					unsigned int number))
{
	const struct unit_test *test;
	unsigned int failed = 0, number = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(all_tests); i++)
		for (test = all_tests[i]; test->name; test++)
			failed += !run(test, ++number);
	return failed;
}

static bool count_test(const struct unit_test *test, unsigned int number)
{
	(void)test;
	(void)number;
	return false;
}

static bool run_test(const struct unit_test *test, unsigned int number)
{
	good = true;
	test->run();
	printf("%s %u - %s\n", good ? "ok" : "not ok", number, test->name);
	return good;
}

int main(void)
{
	printf("TAP version 13\n1..%u\n", run_all(count_test));
	return run_all(run_test) ? 1 : 0;
}
