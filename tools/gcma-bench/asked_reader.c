// SPDX-License-Identifier: GPL-2.0
/* Runs the tracing program that counts the pages programs ask for. */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "asked_reader.h"
#include "util.h"

#define MAX_PROGRAMS	8

static struct bpf_object *object;
static struct bpf_link *links[MAX_PROGRAMS];
static int nr_links;
static const volatile struct asked *counters;

static int say_nothing(enum libbpf_print_level level, const char *fmt,
		       va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

/* The zeroed data of the object is mapped here, live, once it is loaded. */
static const struct asked *find_counters(void)
{
	struct bpf_map *map;
	size_t size;
	void *data;

	bpf_object__for_each_map(map, object) {
		if (!strstr(bpf_map__name(map), ".bss"))
			continue;
		data = bpf_map__initial_value(map, &size);
		return size == sizeof(struct asked) ? data : NULL;
	}
	return NULL;
}

static int attach_all(void)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object) {
		if (nr_links == MAX_PROGRAMS)
			return -E2BIG;
		links[nr_links] = bpf_program__attach(program);
		if (!links[nr_links])
			return -errno;
		nr_links++;
	}
	return 0;
}

const char *asked_start(const char *bpf_dir)
{
	static char why[PATH_MAX + 128];
	char path[PATH_MAX];
	int err = 0;

	snprintf(path, sizeof(path), "%s/asked.bpf.o", bpf_dir);
	if (access(path, R_OK)) {
		snprintf(why, sizeof(why),
			 "%s: %s; build it with 'make bpf' or name its folder with --bpf-dir",
			 path, strerror(errno));
		return why;
	}
	libbpf_set_print(say_nothing);
	object = bpf_object__open_file(path, NULL);
	if (!object)
		err = -errno;
	if (!err)
		err = bpf_object__load(object);
	if (!err)
		err = attach_all();
	if (!err) {
		counters = find_counters();
		err = counters ? 0 : -EINVAL;
	}
	if (!err)
		return NULL;
	asked_stop();
	snprintf(why, sizeof(why),
		 "cannot trace with %s: %s; run as root on a kernel with BTF",
		 path, strerror(-err));
	return why;
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
	while (nr_links)
		bpf_link__destroy(links[--nr_links]);
	bpf_object__close(object);
	object = NULL;
	counters = NULL;
}
