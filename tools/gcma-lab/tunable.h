/* SPDX-License-Identifier: GPL-2.0 */
/* Tunables of a policy that was compiled for this machine. */
#ifndef GCMA_LAB_TUNABLE_H
#define GCMA_LAB_TUNABLE_H

#include "policy.h"

/*
 * Apply settings, "NAME=VALUE" or "POLICY.NAME=VALUE" for one policy alone, to
 * an object that was loaded. Ends the program if there is no such tunable or it
 * does not take the value.
 */
void tunables_set(const struct policy *policy, void *object,
		  const char *const *settings, unsigned int nr_settings);

#endif
