// SPDX-License-Identifier: GPL-2.0
/* gcma-bench compare: two documents side by side, if they are comparable. */
#include <math.h>
#include <string.h>

#include "bench.h"
#include "cli.h"
#include "util.h"

struct options {
	const char *path[2];
	int nr;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *opts = state->input;

	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (opts->nr == 2)
		die_usage("two documents at a time; '%s' is one too many", arg);
	opts->path[opts->nr++] = arg;
	return 0;
}

static void require_equal(struct json_object *a, struct json_object *b,
			  const char *what)
{
	struct json_object *x = json_at(a, what), *y = json_at(b, what);
	const char *differs;

	if (json_object_equal(x, y))
		return;
	differs = json_object_is_type(x, json_type_object) &&
		  json_object_is_type(y, json_type_object) ?
		  first_difference(x, y) : NULL;
	die("set-ups differ in %s%s%s; measure both the same way", what,
	    differs ? "." : "", differs ? differs : "");
}

static void print_pair(const char *name, double a, double b)
{
	printf("%-36s %14.3f %14.3f ", name, a, b);
	if (isfinite(ratio(b, a)))
		printf("%10.3f\n", ratio(b, a));
	else
		printf("%10s\n", "-");
}

/* Every number that both have at the same place, lists left out. */
static void print_numbers(struct json_object *a, struct json_object *b,
			  const char *prefix)
{
	struct json_object *other;
	char path[128];

	json_object_object_foreach(a, key, value) {
		if (!json_object_object_get_ex(b, key, &other) ||
		    !strcmp(key, "setup") || !strcmp(key, "schema"))
			continue;
		snprintf(path, sizeof(path), "%s%s%s", prefix,
			 *prefix ? "." : "", key);
		if (json_object_is_type(value, json_type_object) &&
		    json_object_is_type(other, json_type_object))
			print_numbers(value, other, path);
		else if (isfinite(json_number_at(a, key)) &&
			 isfinite(json_number_at(b, key)))
			print_pair(path, json_number_at(a, key),
				   json_number_at(b, key));
	}
}

static struct json_object *find_row(struct json_object *rows, const char *id)
{
	struct json_object *row;
	const char *found;
	size_t i;

	for (i = 0; i < json_object_array_length(rows); i++) {
		row = json_object_array_get_idx(rows, i);
		found = json_text_at(row, "id");
		if (found && !strcmp(found, id))
			return row;
	}
	return NULL;
}

static void print_rows(struct json_object *a, struct json_object *b)
{
	struct json_object *row, *other;
	const char *id;
	size_t i;

	for (i = 0; i < json_object_array_length(a); i++) {
		row = json_object_array_get_idx(a, i);
		id = json_text_at(row, "id");
		other = id ? find_row(b, id) : NULL;
		if (other)
			print_pair(id, json_number_at(row, "value"),
				   json_number_at(other, "value"));
	}
}

int bench_compare(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse_option,
		.args_doc = "A B",
		.doc = "Print the figures of two documents, or of two result files, side by side with their ratio.",
	};
	struct options opts = { };
	struct json_object *a, *b;

	cli_parse(&argp, argc, argv, &opts);
	if (opts.nr != 2)
		die_usage("name two documents of gcma-bench, or two result files");
	a = json_load(opts.path[0]);
	b = json_load(opts.path[1]);
	require_equal(a, b, "schema");
	require_equal(a, b, "bench");
	require_equal(a, b, "setup");
	require_equal(a, b, "config");
	require_equal(a, b, "guest");
	printf("%-36s %14s %14s %10s\n", "", "A", "B", "B/A");
	if (json_object_is_type(json_at(a, "rows"), json_type_array) &&
	    json_object_is_type(json_at(b, "rows"), json_type_array))
		print_rows(json_at(a, "rows"), json_at(b, "rows"));
	else
		print_numbers(a, b, "");
	json_object_put(a);
	json_object_put(b);
	return 0;
}
