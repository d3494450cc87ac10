// SPDX-License-Identifier: GPL-2.0
/* gcma-bench hitrate: what share of the pages asked for needed no disk. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "asked_reader.h"
#include "bench.h"
#include "cli.h"
#include "kernel.h"
#include "program.h"
#include "util.h"

#define SAMPLE_NS	1000000000ull

struct options {
	char **command;
	const char *bpf_dir;
	const char *output;
	uint64_t pid;
	double seconds;
};

struct run {
	const struct options *opts;
	struct program command;		/* or only its pidfd, of --pid */
	double took;
	const char *not_counted;		/* why, or NULL */
	struct asked asked;
	struct vmstat before, after;
	struct cleancache cc;
	struct json_object *cached;	/* pages, one a second */
};

enum { OPT_BPF_DIR = 0x100, OPT_PID };

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *opts = state->input;

	switch (key) {
	case OPT_BPF_DIR:
		opts->bpf_dir = arg;
		return 0;
	case OPT_PID:
		if (!parse_u64(arg, &opts->pid) || !opts->pid ||
		    opts->pid > INT_MAX)
			die_usage("--pid takes the number of a process, not '%s'",
				  arg);
		return 0;
	case 't':
		if (!parse_seconds(arg, &opts->seconds) || !opts->seconds)
			die_usage("--seconds takes seconds above 0, not '%s'",
				  arg);
		return 0;
	case 'o':
		opts->output = arg;
		return 0;
	case ARGP_KEY_ARG:
		opts->command = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* What the command prints goes to stderr: stdout is for the document alone. */
static void start_command(struct run *run)
{
	char **command = run->opts->command;
	int err = start_program(&run->command, command, STDERR_FILENO);

	if (err)
		die("%s: %s; name a program that can be run", command[0],
		    strerror(-err));
}

static void find_subject(struct run *run)
{
	run->command.pidfd = -1;
	if (run->opts->command) {
		start_command(run);
	} else if (run->opts->pid) {
		run->command.pidfd = pidfd_open(run->opts->pid, 0);
		if (run->command.pidfd < 0)
			die("process %" PRIu64 ": %s", run->opts->pid,
			    strerror(errno));
	}
}

static void take_cached(struct run *run)
{
	cleancache_require(&run->cc);
	json_object_array_add(run->cached,
			      json_object_new_uint64(run->cc.cached));
}

/* Rounded up: to wake before the time would only be to wait again. */
static int ms_until(uint64_t now, uint64_t then)
{
	return then > now ? (then - now + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC :
			    0;
}

/* Sample once a second until the process ends or the time is up. */
static void watch(struct run *run)
{
	uint64_t start = now_ns(), next = start + SAMPLE_NS, now, end;
	struct pollfd poller = { .fd = run->command.pidfd, .events = POLLIN };

	end = run->opts->seconds ? start + run->opts->seconds * 1e9 :
				   UINT64_MAX;
	take_cached(run);
	for (now = start; now < end && !interrupted; now = now_ns()) {
		uint64_t then = next < end ? next : end;

		if (poll(&poller, 1, ms_until(now, then)) > 0)
			break;
		if (now_ns() < next)
			continue;
		take_cached(run);
		next += SAMPLE_NS;
	}
	run->took = (now_ns() - start) / 1e9;
}

/* Without an area the kernel does not count what is read from disk. */
static const char *start_counting(const struct run *run)
{
	if (!run->cc.slots)
		return "no area is guaranteed; boot with cma=SIZE gcma";
	return asked_start(run->opts->bpf_dir);
}

static void measure(struct run *run)
{
	run->not_counted = start_counting(run);
	if (run->not_counted)
		warn("overall hit rate not counted: %s", run->not_counted);
	vmstat_read(&run->before);
	find_subject(run);
	watch(run);
	end_program(&run->command);
	vmstat_read(&run->after);
	take_cached(run);
	if (!run->not_counted)
		run->asked = asked_read();
	asked_stop();
}

static struct json_object *cleancache_part(const struct run *run)
{
	struct json_object *part = json_object_new_object();
	double hits = vmstat_delta(&run->before, &run->after,
				   "cleancache_restored");
	double misses = vmstat_delta(&run->before, &run->after,
				     "cleancache_missed");
	const char *const *name;

	for (name = cleancache_events; *name; name++)
		json_put_u64(part, *name,
			     cleancache_event(&run->after, *name) -
			     cleancache_event(&run->before, *name));
	json_put_number(part, "hit_rate", ratio(hits, hits + misses));
	return part;
}

/*
 * Pages that had to come from the disk are those the page cache took in for
 * reading and the cleancache did not have, readahead that nobody asked for
 * included: the rate errs on the low side. That holds where all file systems on
 * disks are opted in, since pages of others are asked for and never missed.
 */
static struct json_object *overall_part(const struct run *run)
{
	uint64_t asked = run->asked.by_read + run->asked.by_fault;
	uint64_t missed = vmstat_delta(&run->before, &run->after,
				       "cleancache_missed");
	struct json_object *part;

	if (run->not_counted)
		return NULL;
	part = json_object_new_object();
	json_put_u64(part, "asked_by_read", run->asked.by_read);
	json_put_u64(part, "asked_by_fault", run->asked.by_fault);
	json_put_u64(part, "asked", asked);
	json_put_u64(part, "from_disk", missed);
	json_put_number(part, "hit_rate",
			asked ? fmax(1 - ratio(missed, asked), 0) : NAN);
	return part;
}

static struct json_object *disk_part(const struct run *run)
{
	struct json_object *part = json_object_new_object();

	json_put_number(part, "read_mib",
			vmstat_delta(&run->before, &run->after, "pgpgin") /
			1024.0);
	json_put_number(part, "saved_mib",
			vmstat_delta(&run->before, &run->after,
				     "cleancache_restored") / PAGES_PER_MIB);
	return part;
}

static struct json_object *setup(const struct options *opts)
{
	struct json_object *setup = setup_new();
	struct json_object *words = json_object_new_array();
	char **word;

	for (word = opts->command; word && *word; word++)
		json_object_array_add(words, json_object_new_string(*word));
	json_object_object_add(setup, "command", words);
	return setup;
}

static struct json_object *describe(struct run *run)
{
	struct json_object *doc = document_new("hitrate", setup(run->opts));
	int status = run->command.status;

	json_put_number(doc, "seconds", run->took);
	if (run->command.pid)
		json_put_u64(doc, "exit_status", WIFEXITED(status) ?
			     WEXITSTATUS(status) : 128 + WTERMSIG(status));
	json_object_object_add(doc, "cleancache", cleancache_part(run));
	json_object_object_add(doc, "overall", overall_part(run));
	if (run->not_counted)
		json_put_text(doc, "why", run->not_counted);
	json_object_object_add(doc, "disk", disk_part(run));
	json_put_u64(doc, "slots", run->cc.slots);
	json_put_u64(doc, "sample_seconds", 1);
	json_object_object_add(doc, "cached_pages", run->cached);
	json_object_object_add(doc, "counters",
			       counters_between(&run->before, &run->after));
	return doc;
}

/* A command that was told to end when its time was up has done its work. */
static int verdict(const struct run *run)
{
	int status = run->command.status;

	if (!run->command.pid || !status)
		return 0;
	if (run->opts->seconds && WIFSIGNALED(status) &&
	    WTERMSIG(status) == SIGTERM)
		return 0;
	if (WIFEXITED(status))
		warn("'%s' ended with status %d", run->opts->command[0],
		     WEXITSTATUS(status));
	else
		warn("'%s' was ended by signal %d", run->opts->command[0],
		     WTERMSIG(status));
	return 1;
}

static void check_options(const struct options *opts)
{
	if (opts->command && opts->pid)
		die_usage("give a COMMAND or --pid, not both");
	if (!opts->command && !opts->pid && !opts->seconds)
		die_usage("nothing to measure: give -- COMMAND, --pid or --seconds");
}

int bench_hitrate(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "pid", OPT_PID, "PID", 0,
		  "Measure until this process ends", 0 },
		{ "seconds", 't', "S", 0,
		  "Measure for at most S seconds; a COMMAND still running is told to end",
		  0 },
		{ "bpf-dir", OPT_BPF_DIR, "DIR", 0,
		  "Where asked.bpf.o lies (default: ../bpf beside the program)",
		  0 },
		{ "output", 'o', "FILE", 0, "Save the document here too", 0 },
		{ }
	};
	static const struct argp argp = {
		.options = options, .parser = parse_option,
		.args_doc = "[-- COMMAND...]",
		.doc = "Print one JSON document on the hit rates of the whole machine while a command runs. What the command prints goes to stderr.",
	};
	char default_dir[PATH_MAX];
	struct options opts = { .bpf_dir = default_dir };
	static struct run run;
	int ret;

	beside_program("../bpf", default_dir, sizeof(default_dir));
	cli_parse(&argp, argc, argv, &opts);
	check_options(&opts);
	document_check(opts.output);
	cleancache_require(&run.cc);
	run.opts = &opts;
	run.cached = json_object_new_array();
	catch_interrupts();
	measure(&run);
	ret = verdict(&run);
	document_finish(describe(&run), opts.output);
	return ret;
}
