// SPDX-License-Identifier: GPL-2.0
/*
 * How many instructions it takes to write a text to a file, where the time
 * stamp counter counts instructions. Prints "written N" or "refused N".
 *
 * usage: timed FILE TEXT
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <x86intrin.h>

#include "util.h"

int main(int argc, char **argv)
{
	unsigned long long start, took;
	ssize_t len;
	int fd;

	set_label("timed", NULL);
	if (argc != 3)
		die_usage("usage: timed FILE TEXT");
	fd = open(argv[1], O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		die("%s: %s", argv[1], strerror(errno));
	_mm_lfence();
	start = __rdtsc();
	len = write(fd, argv[2], strlen(argv[2]));
	took = __rdtsc() - start;
	printf("%s %llu\n", len < 0 ? "refused" : "written", took);
	return 0;
}
