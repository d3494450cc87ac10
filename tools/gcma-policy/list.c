// SPDX-License-Identifier: GPL-2.0
/* gcma-policy list: the policy objects of a folder. */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "number.h"
#include "object.h"
#include "policy.h"
#include "util.h"

static void add_op(const char *op, void *data)
{
	json_object_array_add(data, json_object_new_string(op));
}

static void add_tunable(const struct tunable *tunable, void *data)
{
	char value[32];

	number_print(tunable->type, tunable->value, value, sizeof(value));
	json_put_text(data, tunable->name, value);
}

static struct json_object *describe(const struct policy_object *policy,
				    const char *path)
{
	struct json_object *entry = json_object_new_object();
	struct json_object *ops = json_object_new_array();
	struct json_object *tunables = json_object_new_object();

	policy_visit_ops(policy, add_op, ops);
	policy_visit_tunables(policy, add_tunable, tunables);
	json_put_text(entry, "name", policy->name);
	json_put_text(entry, "path", path);
	json_object_object_add(entry, "ops", ops);
	json_object_object_add(entry, "tunables", tunables);
	return entry;
}

/* Objects of other kinds lie in the same folder and are passed over. */
static struct json_object *find_policies(const char *dir)
{
	struct json_object *list = json_object_new_array();
	struct policy_object policy;
	char pattern[PATH_MAX];
	glob_t found;
	size_t i;

	snprintf(pattern, sizeof(pattern), "%s/*.bpf.o", dir);
	if (glob(pattern, 0, NULL, &found))
		return list;
	for (i = 0; i < found.gl_pathc; i++) {
		if (policy_open(found.gl_pathv[i], &policy))
			continue;
		json_object_array_add(list,
				      describe(&policy, found.gl_pathv[i]));
		policy_close(&policy);
	}
	globfree(&found);
	return list;
}

static void print_entry(struct json_object *entry)
{
	struct json_object *ops = json_at(entry, "ops");
	struct json_object *op;
	size_t i;

	printf("%-15s", json_text_at(entry, "name"));
	for (i = 0; i < json_object_array_length(ops); i++) {
		op = json_object_array_get_idx(ops, i);
		printf(" %s", json_object_get_string(op));
	}
	json_object_object_foreach(json_at(entry, "tunables"), name, value)
		printf("\n%15s -s %s=%s", "", name,
		       json_object_get_string(value));
	putchar('\n');
}

int policy_list(struct policy_options *opts)
{
	struct json_object *list;
	size_t i;

	if (access(opts->dir, R_OK | X_OK))
		die("%s: %s; build the policies with 'make bpf' or name their folder with --dir",
		    opts->dir, strerror(errno));
	list = find_policies(opts->dir);
	if (opts->json) {
		json_print(stdout, list);
		return 0;
	}
	if (!json_object_array_length(list))
		warn("no policy in %s; build some with 'make bpf' or name a folder with --dir",
		     opts->dir);
	for (i = 0; i < json_object_array_length(list); i++)
		print_entry(json_object_array_get_idx(list, i));
	json_object_put(list);
	return 0;
}
