/* SPDX-License-Identifier: GPL-2.0 */
/* What the disk beneath a mounted file system has been asked for. */
#ifndef GCMA_DISK_H
#define GCMA_DISK_H

#include "test.h"

struct disk_reads {
	u64 requests;
	u64 sectors;
};

/* Until the test ends, have a verifying kernel read nothing for comparison. */
void disk_verify_off(void);

/* Up to now. Fails if @dir is not where a block device is mounted. */
struct disk_reads disk_reads(const char *dir);

/* Since then. */
struct disk_reads disk_reads_since(const char *dir, struct disk_reads before);

#endif
