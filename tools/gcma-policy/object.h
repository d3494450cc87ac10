/* SPDX-License-Identifier: GPL-2.0 */
/* A policy object file: what it is called, what it does, what it lets tune. */
#ifndef GCMA_OBJECT_H
#define GCMA_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define POLICY_OPS_TYPE	"cleancache_policy_ops"

struct policy_object {
	struct bpf_object *obj;
	struct bpf_map *ops;
	char name[32];
};

/*
 * Parse an object file; nothing enters the kernel. Returns NULL, or why it is
 * no policy: a text that holds until the next call.
 */
const char *policy_open(const char *path, struct policy_object *policy);
void policy_close(struct policy_object *policy);

/* Make the policy's arrays of state for each slot as long as they must be. */
void policy_fit(struct policy_object *policy, uint64_t slots);

/* Call @visit for every callback the policy implements. */
void policy_visit_ops(const struct policy_object *policy,
		      void (*visit)(const char *op, void *data), void *data);

/* A `const volatile` number of the object and where its value lies. */
struct tunable {
	const char *name;
	const struct btf_type *type;
	void *value;
};

void policy_visit_tunables(const struct policy_object *policy,
			   void (*visit)(const struct tunable *tunable,
					 void *data),
			   void *data);
/* Apply "name=value"; ends the program if either will not do. */
void policy_tune(const struct policy_object *policy, const char *setting);

#endif
