/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers whose type is known from BTF, as text. */
#ifndef GCMA_NUMBER_H
#define GCMA_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#include <bpf/btf.h>

/* What a number of an integer type lies at, as text. */
void number_print(const struct btf_type *type, const void *value, char *buf,
		  size_t size);

/* Set it from text. False if that is no such number; then nothing is set. */
bool number_parse(const struct btf_type *type, const char *text, void *value);

/* What the type takes, for people; holds until the next call. */
const char *number_range(const struct btf_type *type);

#endif
