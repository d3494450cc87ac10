// SPDX-License-Identifier: GPL-2.0
/* What gcma-lab compare found out, as a table and as JSON. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "compare_report.h"
#include "kernel.h"
#include "util.h"

double compare_rate(uint64_t hits, uint64_t lookups)
{
	return 100 * ratio(hits, lookups);
}

bool compare_close(const struct comparison *opts, const struct pair *pair)
{
	return fabs(pair->difference) <= opts->within;
}

/* Of the stream that was recorded memory's hit rate is the kernel's own. */
bool compare_agrees(const struct comparison *opts,
		    const struct compared *compared)
{
	if (!(fabs(compared->pair.above) <= opts->within))
		return false;
	return compare_close(opts, &compared->pair) ||
	       (compared->again && compare_close(opts, &compared->below));
}

static void print_pair(const char *name, const struct pair *pair)
{
	const struct cache_result *lab = &pair->lab.result;

	printf("%-14s %9" PRIu64 " %9" PRIu64 " %6.2f", name,
	       pair->kernel.lookups, pair->kernel.hits,
	       compare_rate(pair->kernel.hits, pair->kernel.lookups));
	printf(" %9" PRIu64 " %9" PRIu64 " %6.2f", lab->lookups, lab->hits,
	       compare_rate(lab->hits, lab->lookups));
	printf(" %+7.2f %+7.2f", pair->difference, pair->above);
	if (pair->kernel.why[0])
		printf(" (kernel: %s)", pair->kernel.why);
	if (pair->lab.why[0])
		printf(" (lab: %s)", pair->lab.why);
}

static void print_compared(const struct comparison *opts, const char *policy,
			   const struct compared *compared)
{
	print_pair(policy, &compared->pair);
	if (compared->again) {
		putchar('\n');
		print_pair("  as recorded", &compared->below);
	}
	puts(compare_agrees(opts, compared) ? "" : " too far");
}

void compare_print(const struct comparison *opts, const struct tried *tried,
		   const char *path, const struct compared *all)
{
	unsigned int i;

	printf("%s: %" PRIu64 " accesses to %u pages, memory of %u pages, ",
	       path, tried->accesses, tried->pages, tried->memory);
	printf("%u slots\n", tried->slots[0]);
	printf("%-14s %26s %26s %15s\n", "", "kernel", "lab",
	       "points apart");
	printf("%-14s %9s %9s %6s %9s %9s %6s %7s %7s\n", "policy", "lookups",
	       "hits", "hit %", "lookups", "hits", "hit %", "hits", "memory");
	for (i = 0; i < opts->replay.nr_policies; i++)
		print_compared(opts, opts->replay.policies[i].name, &all[i]);
	fflush(stdout);
}

static struct json_object *describe_side(uint64_t lookups, uint64_t hits,
					 const char *why)
{
	struct json_object *obj = json_object_new_object();

	json_put_u64(obj, "lookups", lookups);
	json_put_u64(obj, "hits", hits);
	json_put_number(obj, "hit_rate_percent", compare_rate(hits, lookups));
	json_put_text(obj, "why", why[0] ? why : NULL);
	return obj;
}

static struct json_object *describe_pair(const struct pair *pair)
{
	const struct cache_result *lab = &pair->lab.result;
	const struct played *kernel = &pair->kernel;
	struct json_object *obj = json_object_new_object();

	json_object_object_add(obj, "kernel",
			       describe_side(kernel->lookups, kernel->hits,
					     kernel->why));
	json_object_object_add(obj, "lab",
			       describe_side(lab->lookups, lab->hits,
					     pair->lab.why));
	json_put_u64(obj, "first_slot", kernel->first_slot);
	json_put_u64(obj, "first_victim", kernel->first_victim);
	json_put_number(obj, "difference_points", pair->difference);
	json_put_number(obj, "memory_difference_points", pair->above);
	return obj;
}

static struct json_object *describe_policy(const struct comparison *opts,
					   const char *policy,
					   const struct compared *compared)
{
	struct json_object *obj = describe_pair(&compared->pair);
	bool agrees = compare_agrees(opts, compared);

	json_put_text(obj, "policy", policy);
	json_object_object_add(obj, "as_recorded",
			       compared->again ?
			       describe_pair(&compared->below) : NULL);
	json_object_object_add(obj, "agrees", json_object_new_boolean(agrees));
	return obj;
}

void compare_describe(const struct comparison *opts, const struct tried *tried,
		      const char *path, const struct compared *all,
		      struct json_object *doc)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *list = json_object_new_array();
	const struct policy *policy = opts->replay.policies;
	unsigned int i;

	json_put_text(obj, "trace", path);
	json_put_u64(obj, "accesses", tried->accesses);
	json_put_u64(obj, "pages", tried->pages);
	json_put_u64(obj, "memory", tried->memory);
	json_put_u64(obj, "slots", tried->slots[0]);
	for (i = 0; i < opts->replay.nr_policies; i++, policy++)
		json_object_array_add(list, describe_policy(opts, policy->name,
							    &all[i]));
	json_object_object_add(obj, "policies", list);
	json_object_array_add(json_at(doc, "traces"), obj);
}

struct json_object *compare_document(const struct comparison *opts)
{
	struct json_object *doc = json_object_new_object();

	json_put_text(doc, "date", date_now());
	json_put_text(doc, "kernel", kernel_release());
	json_put_number(doc, "within_points", opts->within);
	json_object_object_add(doc, "traces", json_object_new_array());
	return doc;
}
