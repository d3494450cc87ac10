// SPDX-License-Identifier: GPL-2.0
/* gcma-lab record: a trace of what the cleancache of this machine sees. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "kernel.h"
#include "lab.h"
#include "program.h"
#include "record_ring.h"
#include "util.h"

enum { OPT_BPF_DIR = 0x100 };

#define MIB		1048576.0
#define NOT_FOUND	127
/* How long records may lie in the ring while there are few. */
#define MAX_WAIT_MS	500

struct options {
	const char *output;
	const char *file_system;
	const char *bpf_dir;
	char **command;
	double seconds;
};

struct recording {
	const struct options *opts;
	struct tracer tracer;
	struct trace trace;
	struct record_ring ring;
	struct program command;
	double took;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *opts = state->input;

	switch (key) {
	case 'o':
		opts->output = arg;
		return 0;
	case 'd':
		if (!parse_seconds(arg, &opts->seconds) || !opts->seconds)
			die_usage("--duration takes seconds above 0, not '%s'",
				  arg);
		return 0;
	case 'f':
		opts->file_system = arg;
		return 0;
	case OPT_BPF_DIR:
		opts->bpf_dir = arg;
		return 0;
	case ARGP_KEY_ARG:
		opts->command = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0,
	  "Where the trace goes; compressed if the name ends in .gz", 0 },
	{ "duration", 'd', "SECONDS", 0,
	  "Stop after so long; a COMMAND still running is told to end", 0 },
	{ "file-system", 'f', "PATH", 0,
	  "Only files of the file system that PATH is on", 0 },
	{ "bpf-dir", OPT_BPF_DIR, "DIR", 0,
	  "Where record.bpf.o lies (default: ../bpf beside the program)", 0 },
	{ }
};

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[-- COMMAND...]",
	.doc = "Record what the cleancache is offered and asked for, on the whole machine, until COMMAND ends, the time is up, or Ctrl-C.",
};

/* The line of a mount in /proc/self/mountinfo, or false. */
static bool find_mount(uint64_t id, unsigned int *major, unsigned int *minor)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	unsigned long long found;
	char line[PATH_MAX];
	bool ok = false;

	while (file && !ok && fgets(line, sizeof(line), file))
		ok = sscanf(line, "%llu %*u %u:%u", &found, major,
			    minor) == 3 && found == id;
	if (file)
		fclose(file);
	return ok;
}

/*
 * As the kernel numbers the file system's device. What stat() says of a file
 * is another number where there are subvolumes.
 */
static uint32_t device_of(const char *path)
{
	unsigned int major, minor;
	struct statx stx;

	if (statx(AT_FDCWD, path, 0, STATX_MNT_ID, &stx))
		die("%s: %s; name a path on a file system that is mounted",
		    path, strerror(errno));
	if (!find_mount(stx.stx_mnt_id, &major, &minor))
		die("%s: its mount is not in /proc/self/mountinfo; name another path",
		    path);
	return kernel_dev(major, minor);
}

static void need(const char *why)
{
	if (why)
		die("%s", why);
}

static void load(struct recording *rec)
{
	uint32_t *only_device;

	need(tracer_open(&rec->tracer, rec->opts->bpf_dir, "record.bpf.o"));
	only_device = tracer_data(&rec->tracer, ".rodata",
				  sizeof(*only_device));
	if (!only_device)
		die("record.bpf.o is another version's; run 'make bpf'");
	if (rec->opts->file_system)
		*only_device = device_of(rec->opts->file_system);
	need(tracer_load(&rec->tracer));
	need(record_ring_open(&rec->ring, &rec->tracer, &rec->trace));
}

/* Nothing was recorded that anyone could want. */
static void remove_output(const struct recording *rec)
{
	struct stat st;

	if (!stat(rec->opts->output, &st) && S_ISREG(st.st_mode))
		unlink(rec->opts->output);
}

static void start_command(struct recording *rec)
{
	char **command = rec->opts->command;
	int err;

	rec->command.pidfd = -1;
	if (!command)
		return;
	err = start_program(&rec->command, command, STDOUT_FILENO);
	if (err) {
		remove_output(rec);
		warn("%s: %s; name a program that can be run", command[0],
		     strerror(-err));
		exit(NOT_FOUND);
	}
}

static int wait_ms(uint64_t now, uint64_t end)
{
	uint64_t left = end > now ? end - now : 0;

	return left / NSEC_PER_MSEC < MAX_WAIT_MS ? left / NSEC_PER_MSEC + 1 :
						    MAX_WAIT_MS;
}

/* What came in a quiet time is not kept for long. */
static void take(struct recording *rec, bool quiet)
{
	uint64_t before = rec->ring.tail;

	record_ring_take(&rec->ring);
	if (quiet && rec->ring.tail != before)
		trace_flush(&rec->trace);
}

static void record_until_done(struct recording *rec)
{
	uint64_t start = now_ns(), end = UINT64_MAX, now;
	struct pollfd pollers[] = {
		{ .fd = record_ring_fd(&rec->ring), .events = POLLIN },
		{ .fd = rec->command.pidfd, .events = POLLIN },
	};

	if (rec->opts->seconds)
		end = start + rec->opts->seconds * 1e9;
	while ((now = now_ns()) < end && !interrupted && !pollers[1].revents) {
		int ready = poll(pollers, ARRAY_SIZE(pollers),
				 wait_ms(now, end));

		take(rec, !ready);
	}
	rec->took = (now_ns() - start) / 1e9;
}

/* The file is whole before anyone is waited for. */
static void finish(struct recording *rec)
{
	tracer_detach(&rec->tracer);
	record_ring_finish(&rec->ring, tracer_missed(&rec->tracer));
	trace_finish(&rec->trace);
	tracer_close(&rec->tracer);
}

static void summarize(const struct recording *rec)
{
	const uint64_t *count = rec->trace.count;
	struct stat st = { };

	stat(rec->opts->output, &st);
	warn("%s: %" PRIu64 " offers, %" PRIu64 " lookups (%" PRIu64
	     " hits), %" PRIu64 " invalidations, %" PRIu64 " takes, %" PRIu64
	     " releases; %" PRIu64 " dropped; %.1f MiB in %.1f s",
	     rec->opts->output, count[GCMA_TRACE_OFFER],
	     count[GCMA_TRACE_LOOKUP], rec->trace.hits,
	     count[GCMA_TRACE_INVALIDATE], count[GCMA_TRACE_TAKE],
	     count[GCMA_TRACE_RELEASE], rec->ring.told, st.st_size / MIB,
	     rec->took);
	if (rec->ring.told)
		warn("%" PRIu64 " records were dropped because they came faster than they could be written; write to a faster disk, not compressed, or use -f",
		     rec->ring.told);
}

/* As a shell would say; a command that was told to end has done its work. */
static int end_command(struct recording *rec)
{
	bool told = end_program(&rec->command) && !interrupted;
	int status = rec->command.status;

	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return told && WTERMSIG(status) == SIGTERM ? 0 :
						     128 + WTERMSIG(status);
}

static void check_machine(struct cleancache *cc)
{
	cleancache_require(cc);
	if (!cc->slots)
		die("no area is guaranteed, so nothing to record; boot with cma=SIZE gcma");
	if (geteuid())
		die("recording takes root; use sudo");
}

static void open_all(struct recording *rec, const struct cleancache *cc)
{
	load(rec);
	trace_create(&rec->trace, rec->opts->output, GCMA_TRACE_BELOW,
		     GCMA_TRACE_MONOTONIC);
	rec->trace.header.slots = cc->slots;
	trace_count_later(&rec->trace);
}

int lab_record(int argc, char **argv)
{
	char default_dir[PATH_MAX];
	struct options opts = { .bpf_dir = default_dir };
	static struct recording rec;
	struct cleancache cc;

	beside_program("../bpf", default_dir, sizeof(default_dir));
	cli_parse(&argp, argc, argv, &opts);
	if (!opts.output)
		die_usage("name the file the trace goes to with -o");
	check_machine(&cc);
	rec.opts = &opts;
	open_all(&rec, &cc);
	catch_interrupts();
	need(tracer_attach(&rec.tracer));
	start_command(&rec);
	record_until_done(&rec);
	finish(&rec);
	summarize(&rec);
	return end_command(&rec);
}
