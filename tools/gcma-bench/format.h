/* SPDX-License-Identifier: GPL-2.0 */
/* The format file of a tracepoint: its number and where its fields lie. */
#ifndef GCMA_FORMAT_H
#define GCMA_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tp_field {
	unsigned int offset;
	unsigned int size;
	bool is_signed;
};

/* "ID: n"; false if the text has none. */
bool format_id(const char *text, unsigned int *id);
/* The field called @name; false if there is none. */
bool format_field(const char *text, const char *name, struct tp_field *field);

/* Its value in a raw record of @size bytes; false if it lies outside. */
bool field_read(const struct tp_field *field, const void *raw, size_t size,
		int64_t *value);

#endif
