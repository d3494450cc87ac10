// SPDX-License-Identifier: GPL-2.0
/* Sizes: numbers of pages, of bytes, or parts of what a trace touches. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay.h"
#include "util.h"

#define PAGE_SIZE	4096

static bool parse_percent(const char *text, struct size *size)
{
	char number[sizeof(size->text)];

	snprintf(number, sizeof(number), "%s", text);
	number[strlen(number) - 1] = '\0';
	return parse_seconds(number, &size->percent) && size->percent > 0 &&
	       size->percent <= 1000;
}

bool size_parse(const char *text, struct size *size)
{
	size_t len = strlen(text);
	uint64_t number;

	*size = (struct size) { };
	if (!len || len >= sizeof(size->text))
		return false;
	memcpy(size->text, text, len + 1);
	if (text[len - 1] == '%')
		return parse_percent(text, size);
	if (!parse_size(text, &number))
		return false;
	/* A number alone is pages; with a letter behind it, it is bytes. */
	if (text[len - 1] >= 'A' && !strstr(text, "0x"))
		number /= PAGE_SIZE;
	size->pages = number;
	return number > 0 && number <= MAX_SLOTS;
}

uint32_t size_of(const struct size *size, uint32_t pages)
{
	uint64_t part = pages * size->percent / 100;

	if (size->pages)
		part = size->pages;
	if (part > MAX_SLOTS)
		part = MAX_SLOTS;
	return part ? part : 1;
}
