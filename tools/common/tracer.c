// SPDX-License-Identifier: GPL-2.0
/* Runs a BPF object of tracing programs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "libbpf_said.h"
#include "tracer.h"

/* NULL if there is no error. */
static const char *verdict(struct tracer *tracer, int err)
{
	if (!err)
		return NULL;
	tracer_close(tracer);
	snprintf(tracer->why, sizeof(tracer->why),
		 "cannot trace with %s: %s; run as root on a kernel with BTF",
		 tracer->path, strerror(-err));
	return tracer->why;
}

const char *tracer_open(struct tracer *tracer, const char *dir,
			const char *name)
{
	*tracer = (struct tracer) { };
	snprintf(tracer->path, sizeof(tracer->path), "%s/%s", dir, name);
	if (access(tracer->path, R_OK)) {
		snprintf(tracer->why, sizeof(tracer->why),
			 "%s: %s; build it with 'make bpf' or name its folder with --bpf-dir",
			 tracer->path, strerror(errno));
		return tracer->why;
	}
	libbpf_quiet();
	tracer->object = bpf_object__open_file(tracer->path, NULL);
	return verdict(tracer, tracer->object ? 0 : -errno);
}

const char *tracer_load(struct tracer *tracer)
{
	return verdict(tracer, bpf_object__load(tracer->object));
}

static int attach_all(struct tracer *tracer)
{
	struct bpf_program *program;
	struct bpf_link *link;

	bpf_object__for_each_program(program, tracer->object) {
		if (tracer->nr_links == TRACER_MAX_PROGRAMS)
			return -E2BIG;
		link = bpf_program__attach(program);
		if (!link)
			return -errno;
		tracer->links[tracer->nr_links++] = link;
	}
	return 0;
}

const char *tracer_attach(struct tracer *tracer)
{
	return verdict(tracer, attach_all(tracer));
}

void *tracer_data(struct tracer *tracer, const char *section, size_t size)
{
	struct bpf_map *map;
	size_t found;
	void *data;

	bpf_object__for_each_map(map, tracer->object) {
		if (!strstr(bpf_map__name(map), section))
			continue;
		data = bpf_map__initial_value(map, &found);
		return found == size ? data : NULL;
	}
	return NULL;
}

unsigned long long tracer_missed(struct tracer *tracer)
{
	unsigned long long missed = 0;
	struct bpf_program *program;

	bpf_object__for_each_program(program, tracer->object) {
		struct bpf_prog_info info = { };
		unsigned int size = sizeof(info);

		if (!bpf_prog_get_info_by_fd(bpf_program__fd(program), &info,
					     &size))
			missed += info.recursion_misses;
	}
	return missed;
}

void tracer_detach(struct tracer *tracer)
{
	while (tracer->nr_links)
		bpf_link__destroy(tracer->links[--tracer->nr_links]);
}

void tracer_close(struct tracer *tracer)
{
	tracer_detach(tracer);
	bpf_object__close(tracer->object);
	tracer->object = NULL;
}
