/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the measuring module share: the log of samples and the
 * clock. The clock is the time stamp counter, which counts instructions in a
 * guest that runs under -icount shift=0.
 */
#ifndef GCMA_BENCH_H
#define GCMA_BENCH_H

#include <linux/types.h>
#include <asm/msr.h>

/* Room for the text of one command. */
#define BENCH_COMMAND	128

static inline u64 bench_now(void)
{
	return rdtsc_ordered();
}

/*
 * Note a sample under the name of what was measured, a literal. The cost of
 * reading the clock is taken off.
 */
void bench_log(const char *name, u64 cost);

/**
 * struct bench_command - a file of the module's debugfs folder to write to
 * @name: its name
 * @run: does what the text asks for; returns 0 or a negative error number
 */
struct bench_command {
	const char *name;
	int (*run)(const char *text);
};

int bench_spans_start(void);
void bench_spans_stop(void);

/* "" : tracepoints around nothing, for the cost of the probes themselves */
int bench_empty(const char *text);
/* "": the copy of a page */
int bench_copy(const char *text);
/* "FIRST COUNT PATH": add single pages to a file's page cache */
int bench_add(const char *text);
/* "ORDER COUNT none|compact": allocate blocks, then free them */
int bench_blocks(const char *text);
/* "PAGES COUNT": alloc_contig_pages(), then free them */
int bench_contig(const char *text);
/* "PAGES EVERY": allocate single pages, and keep one in EVERY for good */
int bench_pin(const char *text);
/* "TICKS": have the emulator switch between its CPUs that often */
int bench_slice(const char *text);

#endif
