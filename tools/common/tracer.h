/* SPDX-License-Identifier: GPL-2.0 */
/* Runs a BPF object of tracing programs. */
#ifndef GCMA_TRACER_H
#define GCMA_TRACER_H

#include <stddef.h>

#include <bpf/libbpf.h>

#define TRACER_MAX_PROGRAMS	16

struct tracer {
	struct bpf_object *object;
	struct bpf_link *links[TRACER_MAX_PROGRAMS];
	int nr_links;
	char path[4096];
	char why[4096 + 128];
};

/*
 * Open DIR/NAME, load it, and attach all its programs: three steps, for those
 * who have to set something between them. NULL, or why it cannot be done; then
 * everything is undone.
 */
const char *tracer_open(struct tracer *tracer, const char *dir,
			const char *name);
const char *tracer_load(struct tracer *tracer);
const char *tracer_attach(struct tracer *tracer);

/*
 * The section of the object's data by that name, or NULL if it has another
 * size. Live once the object is loaded.
 */
void *tracer_data(struct tracer *tracer, const char *section, size_t size);

/*
 * How often a program did not run because it was running already on that CPU.
 * The kernel then calls none.
 */
unsigned long long tracer_missed(struct tracer *tracer);

/* The programs run no more; their data stays. */
void tracer_detach(struct tracer *tracer);
void tracer_close(struct tracer *tracer);

#endif
