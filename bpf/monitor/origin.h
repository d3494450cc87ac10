/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Where the cleancache began, as origin.bpf.c and its reader share it. */
#ifndef GCMA_ORIGIN_H
#define GCMA_ORIGIN_H

/* Each is one more than the slot, and 0 as long as there was none. */
struct origin {
	unsigned int stored;	/* the first to be filled */
	unsigned int evicted;	/* the first that the built-in order chose */
};

#endif
