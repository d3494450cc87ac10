/* SPDX-License-Identifier: GPL-2.0 */
/* Runs the tracing program that counts the pages programs ask for. */
#ifndef GCMA_ASKED_READER_H
#define GCMA_ASKED_READER_H

#include "asked.h"

/* NULL once pages are counted, else why they cannot be. */
const char *asked_start(const char *bpf_dir);
/* What was counted since asked_start(). */
struct asked asked_read(void);
void asked_stop(void);

#endif
