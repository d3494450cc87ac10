// SPDX-License-Identifier: GPL-2.0
/* What libbpf has to say is kept until somebody asks. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "libbpf_said.h"

static char *said;
static size_t said_len;

static int remember(enum libbpf_print_level level, const char *fmt,
		    va_list args)
{
	char *line, *longer;
	int len;

	if (level != LIBBPF_WARN)
		return 0;
	len = vasprintf(&line, fmt, args);
	if (len < 0)
		return 0;
	longer = realloc(said, said_len + len + 1);
	if (longer) {
		said = longer;
		memcpy(said + said_len, line, len + 1);
		said_len += len;
	}
	free(line);
	return len;
}

void libbpf_quiet(void)
{
	free(said);
	said = NULL;
	said_len = 0;
	libbpf_set_print(remember);
}

const char *libbpf_said(void)
{
	return said ? said : "";
}
