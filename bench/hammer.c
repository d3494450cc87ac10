// SPDX-License-Identifier: GPL-2.0
/*
 * Allocate from a CMA area and give back, again and again.
 *
 * usage: hammer AREA COUNT SECONDS PAGES|mixed
 *
 * Ends after COUNT allocations or SECONDS, whichever comes first. "mixed" is
 * mostly a few pages, one in twenty times 2 MiB, one in two hundred 16 MiB, one
 * in two thousand 64 MiB; small ones are kept for a while. Prints "COUNT
 * FAILURES".
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

#define MAX_HELD	8
#define MIB_PAGES	256
#define USAGE	"usage: hammer AREA COUNT SECONDS PAGES|mixed"

struct hammer {
	int alloc_fd, free_fd;
	uint64_t pages;		/* 0: mixed */
	uint64_t held[MAX_HELD];
	unsigned int nr_held;
	uint64_t count, failures;
	uint64_t random;
};

static int open_file(const char *area, const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/debug/cma/%s/%s", area, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	return fd;
}

static bool write_number(int fd, uint64_t number)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%" PRIu64, number);

	return write(fd, text, len) == len;
}

/* Knuth's MMIX constants; the same sequence each time. */
static uint64_t draw(struct hammer *h, uint64_t below)
{
	h->random = h->random * 6364136223846793005ull + 1442695040888963407ull;
	return (h->random >> 33) % below;
}

static uint64_t next_size(struct hammer *h)
{
	uint64_t luck;

	if (h->pages)
		return h->pages;
	luck = draw(h, 2000);
	if (!luck)
		return 64 * MIB_PAGES;
	if (luck <= 10)
		return 16 * MIB_PAGES;
	if (luck <= 110)
		return 2 * MIB_PAGES;
	return 1 + draw(h, 16);
}

/* The area gives back what was allocated last first. */
static void give(struct hammer *h)
{
	uint64_t pages = h->held[--h->nr_held];

	if (!write_number(h->free_fd, pages))
		die("cannot give back %" PRIu64 " pages: %s", pages,
		    strerror(errno));
}

static void give_some(struct hammer *h, uint64_t last)
{
	unsigned int keep = 0;

	if (!h->pages && last <= 2 * MIB_PAGES)
		keep = draw(h, MAX_HELD);
	while (h->nr_held > keep)
		give(h);
}

static void allocate(struct hammer *h)
{
	uint64_t pages = next_size(h);

	h->count++;
	/* What is kept must not stand in the way of the large ones. */
	while (pages > 2 * MIB_PAGES && h->nr_held)
		give(h);
	if (write_number(h->alloc_fd, pages))
		h->held[h->nr_held++] = pages;
	else
		h->failures++;
	give_some(h, pages);
}

int main(int argc, char **argv)
{
	struct hammer h = { .random = 1 };
	uint64_t count, seconds, end;

	set_label("hammer", NULL);
	if (argc != 5 || !parse_u64(argv[2], &count) ||
	    !parse_u64(argv[3], &seconds) ||
	    (strcmp(argv[4], "mixed") && !parse_u64(argv[4], &h.pages)))
		die_usage(USAGE);
	h.alloc_fd = open_file(argv[1], "alloc");
	h.free_fd = open_file(argv[1], "free");
	end = now_ns() + seconds * NSEC_PER_SEC;
	while (h.count < count && now_ns() < end)
		allocate(&h);
	while (h.nr_held)
		give(&h);
	printf("%" PRIu64 " %" PRIu64 "\n", h.count, h.failures);
	return 0;
}
