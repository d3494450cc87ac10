// SPDX-License-Identifier: GPL-2.0
/* Tunables of a policy object: the `const volatile` numbers of its .rodata. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "object.h"
#include "util.h"

static void *rodata_of(const struct policy_object *policy)
{
	const char *suffix = ".rodata";
	struct bpf_map *map;
	size_t size;

	bpf_object__for_each_map(map, policy->obj) {
		const char *name = bpf_map__name(map);
		size_t len = strlen(name);

		if (bpf_map__is_internal(map) && len >= strlen(suffix) &&
		    !strcmp(name + len - strlen(suffix), suffix))
			return bpf_map__initial_value(map, &size);
	}
	return NULL;
}

static const struct btf_type *bare_type(const struct btf *btf, __u32 id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	while (type && (btf_is_mod(type) || btf_is_typedef(type)))
		type = btf__type_by_id(btf, type->type);
	return type;
}

void policy_visit_tunables(const struct policy_object *policy,
			   void (*visit)(const struct tunable *tunable,
					 void *data),
			   void *data)
{
	const struct btf *btf = bpf_object__btf(policy->obj);
	int id = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
	const struct btf_type *section = btf__type_by_id(btf, id);
	char *rodata = rodata_of(policy);
	int i;

	if (id < 0 || !rodata)
		return;
	for (i = 0; i < btf_vlen(section); i++) {
		const struct btf_var_secinfo *info =
			&btf_var_secinfos(section)[i];
		const struct btf_type *var = btf__type_by_id(btf, info->type);
		struct tunable tunable = {
			.name = btf__name_by_offset(btf, var->name_off),
			.type = bare_type(btf, var->type),
			.value = rodata + info->offset,
		};

		/* Statics are the policy's own constants. */
		if (btf_var(var)->linkage == BTF_VAR_GLOBAL_ALLOCATED &&
		    btf_is_int(tunable.type) && tunable.type->size <= 8)
			visit(&tunable, data);
	}
}

struct search {
	const char *name;
	struct tunable found;
	char known[256];
};

static void match(const struct tunable *tunable, void *data)
{
	struct search *search = data;
	size_t len = strlen(search->known);

	if (!strcmp(tunable->name, search->name))
		search->found = *tunable;
	snprintf(search->known + len, sizeof(search->known) - len, "%s%s",
		 len ? ", " : "", tunable->name);
}

void policy_tune(const struct policy_object *policy, const char *setting)
{
	const char *equals = strchr(setting, '=');
	struct search search = { };
	char name[64];

	if (!equals || equals == setting)
		die_usage("'-s %s' is not name=value", setting);
	snprintf(name, sizeof(name), "%.*s", (int)(equals - setting), setting);
	search.name = name;
	policy_visit_tunables(policy, match, &search);
	if (!search.found.name)
		die_usage("policy %s has no tunable '%s'; it has: %s",
			  policy->name, name,
			  search.known[0] ? search.known : "none");
	if (!number_parse(search.found.type, equals + 1, search.found.value))
		die_usage("'%s' is no value for %s, which takes %s", equals + 1,
			  name, number_range(search.found.type));
}
