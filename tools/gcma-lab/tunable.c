// SPDX-License-Identifier: GPL-2.0
/*
 * Tunables of a policy that was compiled for this machine: the global numbers
 * that are `const volatile`. What type they are of is in the object's BTF.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>

#include "number.h"
#include "tunable.h"
#include "util.h"

/* The type below the qualifiers, if these are both, and it is a number. */
static const struct btf_type *tunable_type(const struct btf *btf, __u32 id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);
	bool is_const = false, is_volatile = false;

	while (type && (btf_is_mod(type) || btf_is_typedef(type))) {
		is_const |= btf_is_const(type);
		is_volatile |= btf_is_volatile(type);
		type = btf__type_by_id(btf, type->type);
	}
	if (!type || !is_const || !is_volatile || !btf_is_int(type))
		return NULL;
	return type;
}

/* The type of a tunable; @known is set to the names of those there are. */
static const struct btf_type *find_tunable(const struct btf *btf,
					   const char *name, char *known,
					   size_t size)
{
	const struct btf_type *found = NULL;
	__u32 i;

	known[0] = '\0';
	for (i = 1; i < btf__type_cnt(btf); i++) {
		const struct btf_type *var = btf__type_by_id(btf, i), *type;
		const char *is = btf__name_by_offset(btf, var->name_off);
		size_t len = strlen(known);

		type = btf_is_var(var) ? tunable_type(btf, var->type) : NULL;
		if (!type)
			continue;
		snprintf(known + len, size - len, "%s%s", len ? ", " : "", is);
		if (!strcmp(is, name))
			found = type;
	}
	return found;
}

static void set(const struct policy *policy, void *object,
		const struct btf *btf, const char *name, const char *text)
{
	const struct btf_type *type;
	char known[256];
	void *at;

	type = find_tunable(btf, name, known, sizeof(known));
	at = type ? dlsym(object, name) : NULL;
	if (!at)
		die_usage("policy %s has no tunable '%s'; it has: %s",
			  policy->name, name, known[0] ? known : "none");
	if (!number_parse(type, text, at))
		die_usage("'%s' is no value for %s of policy %s, which takes %s",
			  text, name, policy->name, number_range(type));
}

/* What follows "POLICY." if that is the policy; NULL if it is another. */
static const char *own_part(const struct policy *policy, const char *setting)
{
	size_t len = strcspn(setting, ".=");

	if (setting[len] != '.')
		return setting;
	if (strlen(policy->name) != len || strncmp(setting, policy->name, len))
		return NULL;
	return setting + len + 1;
}

static void apply(const struct policy *policy, void *object,
		  const struct btf *btf, const char *setting)
{
	const char *own = own_part(policy, setting), *equals;
	char name[64];

	if (!own)
		return;
	equals = strchr(own, '=');
	if (!equals || equals == own || equals - own >= (int)sizeof(name))
		die_usage("'-s %s' is not NAME=VALUE or POLICY.NAME=VALUE",
			  setting);
	snprintf(name, sizeof(name), "%.*s", (int)(equals - own), own);
	set(policy, object, btf, name, equals + 1);
}

void tunables_set(const struct policy *policy, void *object,
		  const char *const *settings, unsigned int nr_settings)
{
	struct btf *btf;
	unsigned int i;

	if (!nr_settings)
		return;
	btf = btf__parse(policy->path, NULL);
	if (!btf)
		die("policy %s: %s has no BTF, so -s does not work; compile it with gcc 12 or newer",
		    policy->name, policy->path);
	for (i = 0; i < nr_settings; i++)
		apply(policy, object, btf, settings[i]);
	btf__free(btf);
}
