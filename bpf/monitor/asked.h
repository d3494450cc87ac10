/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What asked.bpf.c counts, as the program and its reader share it. */
#ifndef GCMA_ASKED_H
#define GCMA_ASKED_H

/* Pages of files on disks; the object's .bss holds one of these. */
struct asked {
	unsigned long long by_read;	/* asked for by read() and its kin */
	unsigned long long by_fault;	/* asked for by touching a mapping */
};

#endif
