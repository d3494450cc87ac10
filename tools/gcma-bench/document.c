// SPDX-License-Identifier: GPL-2.0
/* What the documents of gcma-bench share: where and when, and the counters. */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "kernel.h"
#include "util.h"

struct json_object *setup_new(void)
{
	struct json_object *setup = json_object_new_object();

	json_put_u64(setup, "cpus", sysconf(_SC_NPROCESSORS_ONLN));
	return setup;
}

struct json_object *document_new(const char *kind, struct json_object *setup)
{
	struct json_object *doc = json_object_new_object();
	struct cleancache cc;
	uint64_t kib;

	json_put_u64(doc, "schema", BENCH_SCHEMA);
	json_put_text(doc, "bench", kind);
	json_put_text(doc, "date", date_now());
	json_put_text(doc, "kernel", kernel_release());
	json_put_text(doc, "policy", cleancache_read(&cc) ? cc.policy : NULL);
	if (meminfo_kib("MemTotal", &kib))
		json_put_number(doc, "memory_mib", kib / 1024.0);
	json_object_object_add(doc, "setup", setup);
	return doc;
}

void document_check(const char *path)
{
	char folder[PATH_MAX];

	if (!path)
		return;
	snprintf(folder, sizeof(folder), "%s", path);
	if (access(dirname(folder), W_OK))
		die("%s: %s; name a place that can be written", path,
		    strerror(errno));
}

void document_finish(struct json_object *doc, const char *path)
{
	if (path)
		json_save(path, doc);
	json_print(stdout, doc);
}

struct json_object *document_load(const char *path, const char *kind)
{
	struct json_object *doc = json_load(path);
	const char *found = json_text_at(doc, "bench");

	if (!found || strcmp(found, kind))
		die("%s is no document of 'gcma-bench %s', which makes one with -o",
		    path, kind);
	if (json_number_at(doc, "schema") != BENCH_SCHEMA)
		die("%s has another schema than this gcma-bench; measure again",
		    path);
	return doc;
}

static bool matters(const char *name)
{
	static const char *const prefixes[] = {
		"cleancache_", "gcma_", "cma_", "compact_", "pgmigrate_"
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

struct json_object *counters_between(const struct vmstat *before,
				     const struct vmstat *after)
{
	struct json_object *counters = json_object_new_object();
	uint64_t value;
	size_t i;

	for (i = 0; i < after->nr; i++)
		if (matters(after->item[i].name) &&
		    vmstat_find(before, after->item[i].name, &value))
			json_put_u64(counters, after->item[i].name,
				     after->item[i].value - value);
	return counters;
}

const char *first_difference(struct json_object *a, struct json_object *b)
{
	struct json_object *other;

	json_object_object_foreach(a, key, value)
		if (!json_object_object_get_ex(b, key, &other) ||
		    !json_object_equal(value, other))
			return key;
	json_object_object_foreach(b, left, unused) {
		(void)unused;
		if (!json_object_object_get_ex(a, left, NULL))
			return left;
	}
	return NULL;
}
