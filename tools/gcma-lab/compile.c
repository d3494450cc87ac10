// SPDX-License-Identifier: GPL-2.0
/* Compile a policy for the machine this runs on. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "lab.h"
#include "policy.h"
#include "program.h"
#include "util.h"

static const char *compiler(void)
{
	const char *cc = getenv("CC");

	return cc && *cc ? cc : "cc";
}

/*
 * BPF programs are compiled without strict aliasing too, and their names are
 * their own: without -Bsymbolic, those of the lab would come first. The types
 * of tunables are found in the BTF.
 */
bool policy_compile(const char *source, const char *object)
{
	char headers[PATH_MAX], include[PATH_MAX + 2];
	const char *const argv[] = {
		compiler(), "-std=gnu11", "-O2", "-g1", "-gbtf", "-Wall",
		"-Wno-unused-function",
		"-fno-strict-aliasing", "-fPIC", "-shared", "-Wl,-Bsymbolic",
		include, "-o", object, "-x", "c", source, NULL
	};
	int err;

	beside_program("../lab/include", headers, sizeof(headers));
	if (access(headers, R_OK | X_OK))
		die("%s: %s; build it with 'make tools'", headers,
		    strerror(errno));
	snprintf(include, sizeof(include), "-I%s", headers);
	err = run_program(argv);
	if (err < 0)
		die("%s: %s; install a C compiler or name one in CC", argv[0],
		    strerror(-err));
	return !err;
}

struct options {
	const char *source;
	const char *object;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *opts = state->input;

	switch (key) {
	case 'o':
		opts->object = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (opts->source)
			die_usage("one SOURCE at a time; '%s' is one too many",
				  arg);
		opts->source = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int lab_compile(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "output", 'o', "FILE", 0, "The shared object to make", 0 },
		{ }
	};
	static const struct argp argp = {
		.options = options, .parser = parse, .args_doc = "SOURCE",
		.doc = "Compile a policy for 'gcma-lab replay', which also takes the source; this saves it the time.",
	};
	struct options opts = { };

	cli_parse(&argp, argc, argv, &opts);
	if (!opts.source || !opts.object)
		die_usage("give both: 'gcma-lab compile SOURCE -o FILE'");
	return policy_compile(opts.source, opts.object) ? 0 : 1;
}
