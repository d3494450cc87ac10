// SPDX-License-Identifier: GPL-2.0
/* Runs the tracing program that counts the pages programs ask for. */
#include "asked_reader.h"
#include "tracer.h"

static struct tracer tracer;
static const volatile struct asked *counters;

const char *asked_start(const char *bpf_dir)
{
	const char *why = tracer_open(&tracer, bpf_dir, "asked.bpf.o");

	if (!why)
		why = tracer_load(&tracer);
	if (!why)
		why = tracer_attach(&tracer);
	if (why)
		return why;
	counters = tracer_data(&tracer, ".bss", sizeof(*counters));
	if (counters)
		return NULL;
	asked_stop();
	return "asked.bpf.o is not of this version; build it with 'make bpf'";
}

struct asked asked_read(void)
{
	return (struct asked) {
		.by_read = counters->by_read,
		.by_fault = counters->by_fault,
	};
}

void asked_stop(void)
{
	tracer_close(&tracer);
	counters = NULL;
}
