/* SPDX-License-Identifier: GPL-2.0 */
/* The sub-commands of gcma-bench and what their documents share. */
#ifndef GCMA_BENCH_H
#define GCMA_BENCH_H

#include <stdint.h>

#include "json.h"
#include "vmstat.h"

#define BENCH_SCHEMA	1

int bench_alloc(int argc, char **argv);
int bench_hitrate(int argc, char **argv);
int bench_report(int argc, char **argv);
int bench_compare(int argc, char **argv);

/*
 * A document of the given kind with what is true of the machine by itself.
 * "setup" is what must be equal for two documents to be comparable.
 */
struct json_object *document_new(const char *kind, struct json_object *setup);
/* Ends the program, before any work is done, if @path could not be saved. */
void document_check(const char *path);
/* Print to stdout and, if @path is not NULL, save; the document is given up. */
void document_finish(struct json_object *doc, const char *path);
/* Ends the program unless the file is a document of this kind. */
struct json_object *document_load(const char *path, const char *kind);

/* What the counters that matter to memory counted in between. */
struct json_object *counters_between(const struct vmstat *before,
				     const struct vmstat *after);
/* A set-up as this machine has it; callers add their own. */
struct json_object *setup_new(void);
/* The name of the first member in which two objects differ, or NULL. */
const char *first_difference(struct json_object *a, struct json_object *b);

#endif
