// SPDX-License-Identifier: GPL-2.0
/* The kernel's side of a comparison: which reclaim, and which policy. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../gcma-policy/object.h"
#include "compare.h"
#include "kernel.h"
#include "libbpf_said.h"
#include "origin.h"
#include "tracer.h"
#include "util.h"

#define AREAS		"/sys/kernel/mm/cma/*/guaranteed"
#define LRU_GEN		"/sys/kernel/mm/lru_gen/enabled"

static char lru_gen[16];	/* what was there before */
static pid_t owner;
static struct policy_object policy;
static struct bpf_link *in_force;
static struct tracer tracer;
static volatile struct origin *origin;

static int try_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

void kernel_write(const char *path, const char *text)
{
	int err = try_write(path, text);

	if (err)
		die("%s: %s; run as root on a kernel of this project with cgroup v2",
		    path, strerror(err));
}

static void restore_lru_gen(void)
{
	if (getpid() == owner)
		try_write(LRU_GEN, lru_gen);
}

/* The model is of the active and inactive list. */
static void stop_lru_gen(void)
{
	if (read_text(LRU_GEN, lru_gen, sizeof(lru_gen)) < 0)
		return;
	kernel_write(LRU_GEN, "0");
	atexit(restore_lru_gen);
}

static void start_watching(void)
{
	char dir[PATH_MAX];
	const char *why;

	beside_program("../bpf", dir, sizeof(dir));
	why = tracer_open(&tracer, dir, "origin.bpf.o");
	if (!why)
		why = tracer_load(&tracer);
	if (!why)
		why = tracer_attach(&tracer);
	if (why)
		die("%s", why);
	origin = tracer_data(&tracer, ".bss", sizeof(*origin));
	if (!origin)
		die("%s is not of this version; build it with 'make bpf'",
		    tracer.path);
}

void kernel_watch(void)
{
	origin->stored = 0;
	origin->evicted = 0;
}

/* Where nothing came to pass, it does not matter where it would have begun. */
void kernel_watched(struct played *played)
{
	played->first_slot = origin->stored ? origin->stored - 1 : 0;
	played->first_victim = origin->evicted ? origin->evicted - 1 : 0;
}

static void check_area(const char *guaranteed)
{
	char path[PATH_MAX];
	uint64_t allocated;

	snprintf(path, sizeof(path), "%.*sallocated_pages",
		 (int)(strrchr(guaranteed, '/') + 1 - guaranteed), guaranteed);
	if (!read_u64(path, &allocated) && allocated)
		die("%s is %llu: the lab has all slots to use; release them",
		    path, (unsigned long long)allocated);
}

static void check_areas(void)
{
	glob_t found = { };
	size_t i;

	if (!glob(AREAS, 0, NULL, &found))
		for (i = 0; i < found.gl_pathc; i++)
			check_area(found.gl_pathv[i]);
	globfree(&found);
}

void kernel_prepare(void)
{
	struct cleancache cc;

	cleancache_require(&cc);
	if (!cc.slots)
		die("there is no guaranteed area; boot with gcma=NAME:SIZE");
	if (strcmp(cc.policy, POLICY_BUILTIN))
		die("policy %s is in force; 'gcma-policy unload' ends it",
		    cc.policy);
	check_areas();
	owner = getpid();
	catch_interrupts();
	stop_lru_gen();
	start_watching();
}

static const char *enter(void)
{
	struct cleancache cc;
	int err;

	cleancache_require(&cc);
	policy_fit(&policy, cc.slots);
	libbpf_quiet();
	err = bpf_object__load(policy.obj);
	if (err)
		return strerror(-err);
	in_force = bpf_map__attach_struct_ops(policy.ops);
	return in_force ? NULL : strerror(errno);
}

const char *kernel_load(const char *name)
{
	char file[128], path[PATH_MAX];
	const char *why;

	if (!strcmp(name, POLICY_BUILTIN))
		return NULL;
	snprintf(file, sizeof(file), "../bpf/%.64s.bpf.o", name);
	beside_program(file, path, sizeof(path));
	why = policy_open(path, &policy);
	if (why)
		die("%s is no policy: %s; 'make bpf' builds it", path, why);
	why = enter();
	if (why)
		policy_close(&policy);
	return why;
}

void kernel_unload(void)
{
	if (!in_force)
		return;
	bpf_link__destroy(in_force);
	in_force = NULL;
	policy_close(&policy);
}
