// SPDX-License-Identifier: GPL-2.0
/* Tunables of a policy object: the `const volatile` numbers of its .rodata. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static bool is_bool(const struct tunable *tunable)
{
	return btf_int_encoding(tunable->type) & BTF_INT_BOOL;
}

static bool is_signed(const struct tunable *tunable)
{
	return btf_int_encoding(tunable->type) & BTF_INT_SIGNED;
}

void tunable_print(const struct tunable *tunable, char *buf, size_t size)
{
	int unused = 64 - 8 * tunable->type->size;
	uint64_t raw = 0;

	memcpy(&raw, tunable->value, tunable->type->size);
	/* The value's bytes are the first, which here are the upper. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	raw >>= unused;
#endif
	if (is_bool(tunable))
		snprintf(buf, size, "%s", raw ? "true" : "false");
	else if (is_signed(tunable))
		snprintf(buf, size, "%" PRId64,
			 (int64_t)(raw << unused) >> unused);
	else
		snprintf(buf, size, "%" PRIu64, raw);
}

static bool parse_bool(const char *text, uint64_t *raw)
{
	if (!strcmp(text, "true") || !strcmp(text, "false")) {
		*raw = !strcmp(text, "true");
		return true;
	}
	return parse_u64(text, raw) && *raw <= 1;
}

/* Does the number survive being cut to the tunable's own width? */
static bool fits(const struct tunable *tunable, uint64_t raw)
{
	int unused = 64 - 8 * tunable->type->size;

	if (is_signed(tunable))
		return (int64_t)(raw << unused) >> unused == (int64_t)raw;
	return raw << unused >> unused == raw;
}

static const char *range_of(const struct tunable *tunable)
{
	static char text[48];

	if (is_bool(tunable))
		return "true or false";
	snprintf(text, sizeof(text), "a%s number of %u bits",
		 is_signed(tunable) ? " signed" : "n unsigned",
		 8 * tunable->type->size);
	return text;
}

static void tunable_set(const struct tunable *tunable, const char *text)
{
	size_t size = tunable->type->size;
	uint64_t raw;
	int64_t number;
	bool good;

	if (is_bool(tunable)) {
		good = parse_bool(text, &raw);
	} else if (is_signed(tunable)) {
		good = parse_s64(text, &number);
		raw = number;
	} else {
		good = parse_size(text, &raw);
	}
	if (!good || !fits(tunable, raw))
		die_usage("'%s' is no value for %s, which takes %s", text,
			  tunable->name, range_of(tunable));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	raw <<= 64 - 8 * size;
#endif
	memcpy(tunable->value, &raw, size);
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
	tunable_set(&search.found, equals + 1);
}
