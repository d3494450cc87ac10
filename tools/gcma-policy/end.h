/* SPDX-License-Identifier: GPL-2.0 */
/* How the last policy that ended did so, for people and for programs. */
#ifndef GCMA_END_H
#define GCMA_END_H

#include <json-c/json.h>

#include "kernel.h"

/* An object, or NULL, which is null in JSON, if the kernel does not tell. */
struct json_object *end_json(const struct policy_end *end);
void end_print(const struct policy_end *end);

/*
 * Why the link that was pinned is dead, as the beginning of a line: a text that
 * holds until the next call.
 */
const char *end_reason(const struct policy_end *end);

#endif
