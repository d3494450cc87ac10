// SPDX-License-Identifier: GPL-2.0
/* A policy object file: what it is called and what it does. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/bpf.h>

#include "libbpf_said.h"
#include "object.h"
#include "util.h"

/* CO-RE flavours of a type carry a suffix behind three underscores. */
static bool is_policy_type(const char *name)
{
	size_t len = strlen(POLICY_OPS_TYPE);

	return !strncmp(name, POLICY_OPS_TYPE, len) &&
	       (!name[len] || !strncmp(name + len, "___", 3));
}

static const struct btf_type *ops_type(const struct bpf_object *obj,
				       const struct bpf_map *map)
{
	return btf__type_by_id(bpf_object__btf(obj),
			       bpf_map__btf_value_type_id(map));
}

static bool is_policy_map(const struct bpf_object *obj,
			  const struct bpf_map *map)
{
	const struct btf_type *type;

	if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS)
		return false;
	type = ops_type(obj, map);
	return type && is_policy_type(btf__name_by_offset(bpf_object__btf(obj),
							  type->name_off));
}

static const char *find_ops(struct policy_object *policy)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, policy->obj) {
		if (!is_policy_map(policy->obj, map))
			continue;
		if (policy->ops)
			return "it holds more than one " POLICY_OPS_TYPE;
		policy->ops = map;
	}
	if (!policy->ops)
		return "it has no struct_ops of type " POLICY_OPS_TYPE;
	if (!(bpf_map__map_flags(policy->ops) & BPF_F_LINK))
		return "its ops are not in SEC(\".struct_ops.link\")";
	return NULL;
}

/* Visit the members of the ops struct together with their bytes. */
static void visit_members(const struct policy_object *policy,
			  void (*visit)(const struct btf *btf,
					const struct btf_member *member,
					void *bytes, void *data),
			  void *data)
{
	const struct btf *btf = bpf_object__btf(policy->obj);
	const struct btf_type *type = ops_type(policy->obj, policy->ops);
	char *bytes = bpf_map__initial_value(policy->ops, NULL);
	int i;

	for (i = 0; i < btf_vlen(type); i++)
		visit(btf, &btf_members(type)[i],
		      bytes + btf_member_bit_offset(type, i) / 8, data);
}

static void take_name(const struct btf *btf, const struct btf_member *member,
		      void *bytes, void *data)
{
	const struct btf_type *type = btf__type_by_id(btf, member->type);
	struct policy_object *policy = data;

	if (btf_is_array(type) &&
	    !strcmp(btf__name_by_offset(btf, member->name_off), "name"))
		snprintf(policy->name, sizeof(policy->name), "%.*s",
			 (int)btf_array(type)->nelems, (const char *)bytes);
}

const char *policy_open(const char *path, struct policy_object *policy)
{
	static char why[128];
	const char *wrong;

	*policy = (struct policy_object) { };
	libbpf_quiet();
	policy->obj = bpf_object__open_file(path, NULL);
	if (!policy->obj) {
		snprintf(why, sizeof(why), "libbpf cannot read it (%s)",
			 errno == ENOENT || errno == EACCES ? strerror(errno) :
			 "not a BPF object file");
		return why;
	}
	wrong = find_ops(policy);
	if (!wrong) {
		visit_members(policy, take_name, policy);
		if (!policy->name[0])
			wrong = "its ops have no name";
	}
	if (wrong)
		policy_close(policy);
	return wrong;
}

void policy_fit(struct policy_object *policy, uint64_t slots)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, policy->obj)
		if (!strncmp(bpf_map__name(map), "slot_", 5) &&
		    bpf_map__type(map) == BPF_MAP_TYPE_ARRAY)
			bpf_map__set_max_entries(map, slots);
}

void policy_close(struct policy_object *policy)
{
	bpf_object__close(policy->obj);
	policy->obj = NULL;
}

struct op_visit {
	void (*visit)(const char *op, void *data);
	void *data;
};

static void visit_op(const struct btf *btf, const struct btf_member *member,
		     void *bytes, void *data)
{
	struct op_visit *visit = data;

	/* libbpf puts the program's address where the callback's would be. */
	if (btf_is_ptr(btf__type_by_id(btf, member->type)) && *(void **)bytes)
		visit->visit(btf__name_by_offset(btf, member->name_off),
			     visit->data);
}

void policy_visit_ops(const struct policy_object *policy,
		      void (*visit)(const char *op, void *data), void *data)
{
	struct op_visit op_visit = { visit, data };

	visit_members(policy, visit_op, &op_visit);
}
