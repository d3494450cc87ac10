/* SPDX-License-Identifier: GPL-2.0 */
/* Writes that fail, by the kernel's fault injection. */
#ifndef GCMA_FAULT_H
#define GCMA_FAULT_H

#include "test.h"

/*
 * Write back the file's dirty data, on the file system mounted at @dir, with
 * every write failing. Its pages are clean then, and differ from the disk.
 * Only data may be dirty: the blocks must be there already.
 */
void fail_writeback(const char *dir, int fd);

#endif
