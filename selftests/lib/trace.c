// SPDX-License-Identifier: GPL-2.0
/* What the kernel's tracing notes during a test. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace.h"

#define TRACING		"/sys/kernel/tracing"
#define MAX_EVENTS	8

static const char *started[MAX_EVENTS];

static void write_control(const char *text, const char *file)
{
	int fd = xopen(O_WRONLY | O_TRUNC, TRACING "/%s", file);

	check(write(fd, text, strlen(text)) == (ssize_t)strlen(text),
	      TRACING "/%s: %m", file);
	close(fd);
}

static void write_event(const char *text, const char *event, const char *file)
{
	char path[128];

	snprintf(path, sizeof(path), "events/%s/%s", event, file);
	write_control(text, path);
}

static FILE *open_trace(void)
{
	FILE *f = fopen(TRACING "/trace", "r");

	check(f, TRACING "/trace: %m");
	return f;
}

static void stop_all(void)
{
	size_t i;

	for (i = 0; i < MAX_EVENTS; i++)
		if (started[i])
			trace_stop(started[i]);
}

static void remember(const char *event)
{
	static bool registered;
	size_t i = 0;

	while (i < MAX_EVENTS && started[i])
		i++;
	check(i < MAX_EVENTS, "too many events are traced");
	started[i] = event;
	if (!registered)
		check(!atexit(stop_all), "atexit");
	registered = true;
}

void trace_start(const char *event, const char *filter)
{
	remember(event);
	write_control("", "trace");
	/* A 0 is no filter. */
	write_event(filter ? filter : "0", event, "filter");
	write_event("1", event, "enable");
}

void trace_stop(const char *event)
{
	size_t i;

	write_event("0", event, "enable");
	write_event("0", event, "filter");
	for (i = 0; i < MAX_EVENTS; i++)
		if (started[i] == event)
			started[i] = NULL;
}

u64 trace_count(const char *text)
{
	FILE *f = open_trace();
	char line[512];
	u64 count = 0;

	while (fgets(line, sizeof(line), f))
		count += line[0] != '#' && strstr(line, text);
	fclose(f);
	return count;
}

u64 trace_between(const char *text, const char *around)
{
	u64 count = 0, since = 0;
	FILE *f = open_trace();
	bool begun = false;
	char line[512];

	while (fgets(line, sizeof(line), f)) {
		if (strstr(line, around)) {
			count += begun ? since : 0;
			since = 0;
			begun = true;
		}
		since += !!strstr(line, text);
	}
	fclose(f);
	return count;
}

u64 trace_take(const char *field)
{
	FILE *f = open_trace();
	char key[64], line[512], *at;
	bool found = false;
	u64 value = 0;

	snprintf(key, sizeof(key), " %s=", field);
	while (fgets(line, sizeof(line), f)) {
		at = line[0] != '#' ? strstr(line, key) : NULL;
		if (!at)
			continue;
		value = strtoull(at + strlen(key), NULL, 0);
		found = true;
	}
	fclose(f);
	check(found, "no event with %s was traced", field);
	write_control("", "trace");
	return value;
}
