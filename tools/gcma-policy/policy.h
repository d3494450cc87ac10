/* SPDX-License-Identifier: GPL-2.0 */
/* The sub-commands of gcma-policy. */
#ifndef GCMA_POLICY_TOOL_H
#define GCMA_POLICY_TOOL_H

#include <limits.h>
#include <stdbool.h>

struct policy_options {
	const char *dir;		/* where policy objects lie */
	const char *object;
	const char **settings;		/* "name=value", nr_settings of them */
	int nr_settings;
	const char **shares;		/* "cgroup=weight,floor", nr_shares */
	int nr_shares;
	bool replace;
	bool json;
	char default_dir[PATH_MAX];
};

int policy_list(struct policy_options *opts);
int policy_load(struct policy_options *opts);
int policy_status(struct policy_options *opts);
int policy_unload(struct policy_options *opts);

#endif
