/* SPDX-License-Identifier: GPL-2.0 */
/* The mounted file system a test was given, and the device beneath it. */
#ifndef GCMA_MOUNT_H
#define GCMA_MOUNT_H

#include "test.h"

struct where {
	char device[128];
	char type[32];
};

/* What is mounted at @dir; fails if nothing is. */
struct where find_mount(const char *dir);

/* Mount it again at the same place, with other flags of mount(2). */
void remount(const char *dir, unsigned long flags);

/* The same with options of the file system. */
void remount_with(const char *dir, unsigned long flags, const char *options);

void unmount_at(const char *dir);
void mount_at(const struct where *where, const char *dir);

/* Where on the device is this page of the file? Fails for a hole. */
u64 device_offset(int fd, u32 index);

/* Overwrite a page of the file on the device, past all caches. */
void write_beneath(const char *device, u64 offset, const void *page);

#endif
