// SPDX-License-Identifier: GPL-2.0
/* Numbers whose type is known from BTF, as text. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "number.h"
#include "util.h"

static bool is_bool(const struct btf_type *type)
{
	return btf_int_encoding(type) & BTF_INT_BOOL;
}

static bool is_signed(const struct btf_type *type)
{
	return btf_int_encoding(type) & BTF_INT_SIGNED;
}

static int unused_bits(const struct btf_type *type)
{
	return 64 - 8 * type->size;
}

void number_print(const struct btf_type *type, const void *value, char *buf,
		  size_t size)
{
	int unused = unused_bits(type);
	uint64_t raw = 0;

	memcpy(&raw, value, type->size);
	/* The value's bytes are the first, which here are the upper. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	raw >>= unused;
#endif
	if (is_bool(type))
		snprintf(buf, size, "%s", raw ? "true" : "false");
	else if (is_signed(type))
		snprintf(buf, size, "%" PRId64,
			 (int64_t)(raw << unused) >> unused);
	else
		snprintf(buf, size, "%" PRIu64, raw);
}

static bool parse_bool(const char *text, uint64_t *raw)
{
	if (!strcmp(text, "true") || !strcmp(text, "false")) {
		*raw = !strcmp(text, "true");
		return true;
	}
	return parse_u64(text, raw) && *raw <= 1;
}

/* Does the number survive being cut to the type's own width? */
static bool fits(const struct btf_type *type, uint64_t raw)
{
	int unused = unused_bits(type);

	if (is_signed(type))
		return (int64_t)(raw << unused) >> unused == (int64_t)raw;
	return raw << unused >> unused == raw;
}

bool number_parse(const struct btf_type *type, const char *text, void *value)
{
	uint64_t raw;
	int64_t number;
	bool good;

	if (is_bool(type)) {
		good = parse_bool(text, &raw);
	} else if (is_signed(type)) {
		good = parse_s64(text, &number);
		raw = number;
	} else {
		good = parse_size(text, &raw);
	}
	if (!good || !fits(type, raw))
		return false;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	raw <<= unused_bits(type);
#endif
	memcpy(value, &raw, type->size);
	return true;
}

const char *number_range(const struct btf_type *type)
{
	static char text[48];

	if (is_bool(type))
		return "true or false";
	snprintf(text, sizeof(text), "a%s number of %u bits",
		 is_signed(type) ? " signed" : "n unsigned", 8 * type->size);
	return text;
}
