// SPDX-License-Identifier: GPL-2.0
/* What the tools need of JSON beyond json-c's own calls. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "util.h"

#define ONE_LINE JSON_C_TO_STRING_NOSLASHESCAPE
#define LAID_OUT (JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | \
		  ONE_LINE)

struct json_object *json_number(double value)
{
	char text[64];

	if (!isfinite(value))
		return NULL;
	snprintf(text, sizeof(text), "%.3f", value);
	return json_object_new_double_s(value, text);
}

struct json_object *json_text(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

void json_put_u64(struct json_object *obj, const char *key, uint64_t value)
{
	json_object_object_add(obj, key, json_object_new_uint64(value));
}

void json_put_number(struct json_object *obj, const char *key, double value)
{
	json_object_object_add(obj, key, json_number(value));
}

void json_put_text(struct json_object *obj, const char *key, const char *text)
{
	json_object_object_add(obj, key, json_text(text));
}

struct json_object *json_at(struct json_object *obj, const char *path)
{
	char copy[256], *rest = copy, *key;

	snprintf(copy, sizeof(copy), "%s", path);
	while (obj && (key = strsep(&rest, ".")))
		if (!json_object_object_get_ex(obj, key, &obj))
			return NULL;
	return obj;
}

double json_number_at(struct json_object *obj, const char *path)
{
	struct json_object *found = json_at(obj, path);

	if (!json_object_is_type(found, json_type_int) &&
	    !json_object_is_type(found, json_type_double))
		return NAN;
	return json_object_get_double(found);
}

const char *json_text_at(struct json_object *obj, const char *path)
{
	struct json_object *found = json_at(obj, path);

	if (!json_object_is_type(found, json_type_string))
		return NULL;
	return json_object_get_string(found);
}

void json_print_line(FILE *file, struct json_object *obj)
{
	fprintf(file, "%s\n", json_object_to_json_string_ext(obj, ONE_LINE));
	json_object_put(obj);
}

void json_print(FILE *file, struct json_object *obj)
{
	fprintf(file, "%s\n", json_object_to_json_string_ext(obj, LAID_OUT));
	json_object_put(obj);
}

void json_save(const char *path, struct json_object *obj)
{
	char part[PATH_MAX];
	FILE *file;
	int err;

	snprintf(part, sizeof(part), "%s.part", path);
	file = fopen(part, "we");
	if (!file)
		die("%s: %s; name a place that can be written", part,
		    strerror(errno));
	fprintf(file, "%s\n", json_object_to_json_string_ext(obj, LAID_OUT));
	err = ferror(file) ? EIO : 0;
	if (fclose(file) || err || rename(part, path)) {
		err = err ? err : errno;
		unlink(part);
		die("%s: %s", path, strerror(err));
	}
}

struct json_object *json_load(const char *path)
{
	struct json_object *obj;

	if (access(path, R_OK))
		die("%s: %s", path, strerror(errno));
	obj = json_object_from_file(path);
	if (!json_object_is_type(obj, json_type_object))
		die("%s is not a JSON document of gcma-bench", path);
	return obj;
}
