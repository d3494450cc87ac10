/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel's tracing notes during a test. Events are GROUP/NAME. */
#ifndef GCMA_TRACE_H
#define GCMA_TRACE_H

#include "test.h"

/*
 * Note events of one kind, those that fit @filter if it is not NULL, until
 * trace_stop() or the test's end. What was noted before is forgotten.
 */
void trace_start(const char *event, const char *filter);
void trace_stop(const char *event);

/* How many of the noted events print this text; their name is part of it. */
u64 trace_count(const char *text);

/* How many of those that print @text lie between others that print @around. */
u64 trace_between(const char *text, const char *around);

/* What the last noted event prints behind "@field="; all are forgotten. */
u64 trace_take(const char *field);

#endif
