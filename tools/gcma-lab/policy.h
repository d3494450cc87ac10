/* SPDX-License-Identifier: GPL-2.0 */
/* Policies, compiled for the machine this runs on. */
#ifndef GCMA_LAB_POLICY_H
#define GCMA_LAB_POLICY_H

#include <limits.h>
#include <stdbool.h>

#include <gcma/native.h>

/* No policy at all. */
#define POLICY_NONE	"builtin"

/* One to be simulated: found, but loaded only where it runs. */
struct policy {
	char name[64];		/* as given, without folder and suffix */
	char path[PATH_MAX];	/* of the shared object; empty if builtin */
};

/*
 * Find a policy: the name of one that was built, a shared object, or a source,
 * which is compiled for this run. Ends the program if that fails.
 */
void policy_find(struct policy *policy, const char *what);
/* All that were built, and the built-in order. Return how many. */
unsigned int policy_find_all(struct policy **policies);

/* Its callbacks, with tunables set; NULL for the built-in order. */
const struct cleancache_policy_ops *
policy_load(const struct policy *policy, const char *const *settings,
	    unsigned int nr_settings);

/* compile.c: make a shared object of a source. False if the compiler failed. */
bool policy_compile(const char *source, const char *object);

#endif
