/* SPDX-License-Identifier: GPL-2.0 */
/* What gcma-lab compare plays in the kernel, and what came of it. */
#ifndef GCMA_LAB_COMPARE_H
#define GCMA_LAB_COMPARE_H

#include <limits.h>
#include <sys/types.h>

#include "stream.h"

/* What the kernel counted while a trace was played. */
struct played {
	uint64_t lookups;
	uint64_t hits;
	uint32_t first_slot;	/* where it began, as in struct stream */
	uint32_t first_victim;
	char why[160];		/* it is worth nothing; empty if it is */
};

/* A trace, and files that have all its pages. */
struct player {
	struct stream stream;
	const char *dir;	/* where the files are */
	uint32_t memory;	/* pages that may be in the page cache */
	uint32_t *file_of;	/* by page */
	int *fds;		/* by file */
	uint32_t nr_files;
	dev_t dev;
	uint64_t *inos;		/* of the files */
};

/* compare_files.c: both end the program if that cannot be. */
void player_open(struct player *player, const char *path);
/* Write the trace anew, with the names that its pages have in the kernel. */
void player_save(const struct player *player, const char *path);
void player_close(struct player *player);
/* Neither page cache nor cleancache holds any page of the files. */
void player_forget(const struct player *player);

/*
 * compare_play.c: read as the trace does, from nothing. What the cleancache
 * sees of it is recorded to a file, unless that is NULL.
 */
void player_play(const struct player *player, const char *record_to,
		 struct played *played);

/* compare_record.c */
struct recorder {
	pid_t child;
	int end;	/* closing it ends the recording */
};

void recorder_start(struct recorder *recorder, const char *dir,
		    const char *path);
void recorder_stop(struct recorder *recorder);

/*
 * compare_kernel.c: have the kernel manage memory as the model does, until the
 * program ends.
 */
void kernel_prepare(void);
/* Put a policy in force; NULL, or why the kernel does not take it. */
const char *kernel_load(const char *policy);
void kernel_unload(void);
/* Look where it begins from now on; and where it did. */
void kernel_watch(void);
void kernel_watched(struct played *played);
/* Write to a file of the kernel; ends the program if it cannot. */
void kernel_write(const char *path, const char *text);

#endif
