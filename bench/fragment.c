// SPDX-License-Identifier: GPL-2.0
/*
 * Fragment memory the way long use does: slab objects, and page tables of
 * sparse mappings, until killed. /tmp/fragmented tells that it is done.
 *
 * usage: fragment DIR FILES TABLES
 *
 * FILES empty files are made in DIR, and every second one removed again;
 * TABLES page tables are used for one page each.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util.h"

/* What one page table maps. */
#define TABLE_SPAN	(2ul << 20)

static void name_of(char *path, size_t size, const char *dir, uint64_t i)
{
	snprintf(path, size, "%s/%" PRIu64, dir, i);
}

static void make_files(const char *dir, uint64_t files)
{
	char path[256];
	uint64_t i;
	int fd;

	for (i = 0; i < files; i++) {
		name_of(path, sizeof(path), dir, i);
		fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0)
			die("%s: %s", path, strerror(errno));
		close(fd);
	}
	for (i = 0; i < files; i += 2) {
		name_of(path, sizeof(path), dir, i);
		unlink(path);
	}
}

static void make_tables(uint64_t tables)
{
	uint64_t i;
	char *map;

	map = mmap(NULL, tables * TABLE_SPAN, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (map == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	for (i = 0; i < tables; i++)
		map[i * TABLE_SPAN] = 1;
}

int main(int argc, char **argv)
{
	uint64_t files, tables;

	set_label("fragment", NULL);
	if (argc != 4 || !parse_u64(argv[2], &files) ||
	    !parse_u64(argv[3], &tables))
		die_usage("usage: fragment DIR FILES TABLES");
	make_files(argv[1], files);
	make_tables(tables);
	close(open("/tmp/fragmented", O_CREAT | O_WRONLY, 0600));
	pause();
	return 0;
}
