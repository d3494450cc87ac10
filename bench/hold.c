// SPDX-License-Identifier: GPL-2.0
/*
 * Hold anonymous memory until killed; /tmp/held tells that it is there.
 *
 * usage: hold MIB
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util.h"

int main(int argc, char **argv)
{
	uint64_t mib;
	void *memory;

	set_label("hold", NULL);
	if (argc != 2 || !parse_u64(argv[1], &mib))
		die_usage("usage: hold MIB");
	memory = mmap(NULL, mib << 20, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		die("%" PRIu64 " MiB: %s", mib, strerror(errno));
	memset(memory, 1, mib << 20);
	close(open("/tmp/held", O_CREAT | O_WRONLY, 0600));
	pause();
	return 0;
}
