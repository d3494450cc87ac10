/* SPDX-License-Identifier: GPL-2.0 */
/* What cgroups are entitled to, said as "CGROUP=WEIGHT[,FLOOR]". */
#ifndef GCMA_SHARE_TOOL_H
#define GCMA_SHARE_TOOL_H

#include "object.h"

/* Ends the program if that is no share, or the policy knows none. */
void share_check(const struct policy_object *policy, const char *text);

/* Tell a policy that is loaded, but not in force yet. */
void share_give(const struct policy_object *policy, const char *text);

#endif
