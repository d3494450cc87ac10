// SPDX-License-Identifier: GPL-2.0
/* The format file of a tracepoint: its number and where its fields lie. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "format.h"

bool format_id(const char *text, unsigned int *id)
{
	const char *found = strstr(text, "\nID:");

	return found && sscanf(found, "\nID: %u", id) == 1;
}

/* "field:TYPE NAME;" or "field:TYPE NAME[n];": the name is the last word. */
static bool declares(const char *line, const char *name)
{
	size_t len = strlen(name);
	const char *end = strchr(line, ';');
	const char *array;
	char before;

	if (!end)
		return false;
	array = memchr(line, '[', end - line);
	if (array)
		end = array;
	if (end - line <= len || memcmp(end - len, name, len))
		return false;
	before = *(end - len - 1);
	return !isalnum(before) && before != '_';
}

bool format_field(const char *text, const char *name, struct tp_field *field)
{
	const char *line = text;
	int is_signed;

	while ((line = strstr(line, "field:"))) {
		if (!declares(line, name)) {
			line++;
			continue;
		}
		if (sscanf(strchr(line, ';'),
			   "; offset:%u; size:%u; signed:%d;", &field->offset,
			   &field->size, &is_signed) != 3)
			return false;
		field->is_signed = is_signed;
		return true;
	}
	return false;
}

static int64_t sign_extend(uint64_t value, unsigned int bits)
{
	return (int64_t)(value << (64 - bits)) >> (64 - bits);
}

bool field_read(const struct tp_field *field, const void *raw, size_t size,
		int64_t *value)
{
	const uint8_t *bytes = raw;
	uint64_t wide;
	uint32_t word;
	uint16_t half;

	if (field->offset + field->size > size)
		return false;
	bytes += field->offset;
	switch (field->size) {
	case 1:
		wide = *bytes;
		break;
	case 2:
		memcpy(&half, bytes, sizeof(half));
		wide = half;
		break;
	case 4:
		memcpy(&word, bytes, sizeof(word));
		wide = word;
		break;
	case 8:
		memcpy(&wide, bytes, sizeof(wide));
		break;
	default:
		return false;
	}
	*value = field->is_signed ? sign_extend(wide, 8 * field->size) : wide;
	return true;
}
