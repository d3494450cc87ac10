// SPDX-License-Identifier: GPL-2.0
/* gcma-policy: list, load, look at and unload cleancache policies. */
#include <stdlib.h>

#include "cli.h"
#include "policy.h"
#include "util.h"

enum { OPT_JSON = 0x100, OPT_REPLACE, OPT_DIR, OPT_SHARE };

#define JSON_OPTION	{ "json", OPT_JSON, NULL, 0, "Print JSON", 0 }
#define DIR_OPTION	{ "dir", OPT_DIR, "DIR", 0, \
			  "Where policy objects lie " \
			  "(default: ../bpf beside the program)", 0 }

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct policy_options *opts = state->input;

	switch (key) {
	case OPT_JSON:
		opts->json = true;
		return 0;
	case OPT_DIR:
		opts->dir = arg;
		return 0;
	case OPT_REPLACE:
		opts->replace = true;
		return 0;
	case OPT_SHARE:
		opts->shares[opts->nr_shares++] = arg;
		return 0;
	case 's':
		opts->settings[opts->nr_settings++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_load(int key, char *arg, struct argp_state *state)
{
	struct policy_options *opts = state->input;

	if (key != ARGP_KEY_ARG)
		return parse_option(key, arg, state);
	if (opts->object)
		die_usage("one OBJECT at a time; '%s' is one too many", arg);
	opts->object = arg;
	return 0;
}

static int run(const struct argp *argp, int argc, char **argv,
	       int (*command)(struct policy_options *opts))
{
	struct policy_options opts = { };
	int ret;

	/* No more of either than there are arguments. */
	opts.settings = calloc(argc, sizeof(*opts.settings));
	opts.shares = calloc(argc, sizeof(*opts.shares));
	if (!opts.settings || !opts.shares)
		die("out of memory");
	beside_program("../bpf", opts.default_dir, sizeof(opts.default_dir));
	opts.dir = opts.default_dir;
	cli_parse(argp, argc, argv, &opts);
	ret = command(&opts);
	free(opts.settings);
	free(opts.shares);
	return ret;
}

static int run_list(int argc, char **argv)
{
	static const struct argp_option options[] = {
		DIR_OPTION, JSON_OPTION, { }
	};
	static const struct argp argp = {
		.options = options, .parser = parse_option,
		.doc = "List the policy objects at hand, what they implement and what they let tune.",
	};

	return run(&argp, argc, argv, policy_list);
}

static int run_load(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "replace", OPT_REPLACE, NULL, 0,
		  "Swap the policy in force; cached pages stay", 0 },
		{ "set", 's', "NAME=VALUE", 0,
		  "Set a tunable of the policy; may be repeated", 0 },
		{ "share", OPT_SHARE, "CGROUP=WEIGHT[,FLOOR]", 0,
		  "What a cgroup is entitled to, in proportion to others, and the slots it keeps in any case, for policies like memcg_share; may be repeated",
		  0 },
		DIR_OPTION, JSON_OPTION, { }
	};
	static const struct argp argp = {
		.options = options, .parser = parse_load,
		.args_doc = "OBJECT",
		.doc = "Put a policy in force until it is unloaded. OBJECT is a file, or the short name of one in DIR.",
	};

	return run(&argp, argc, argv, policy_load);
}

static int run_status(int argc, char **argv)
{
	static const struct argp_option options[] = { JSON_OPTION, { } };
	static const struct argp argp = {
		.options = options, .parser = parse_option,
		.doc = "Print what the kernel says: the policy in force and the cache's counters since boot. Exit status 1 if the policy that was loaded is out of force, and was not unloaded: ejected by the kernel, for one.",
	};

	return run(&argp, argc, argv, policy_status);
}

static int run_unload(int argc, char **argv)
{
	static const struct argp_option options[] = { JSON_OPTION, { } };
	static const struct argp argp = {
		.options = options, .parser = parse_option,
		.doc = "Go back to the kernel's built-in policy; cached pages stay. Exit status 1 if there is none to unload, as after an ejection.",
	};

	return run(&argp, argc, argv, policy_unload);
}

int main(int argc, char **argv)
{
	static const struct cli_command commands[] = {
		{ "list", "the policy objects at hand", run_list },
		{ "load", "put a policy in force", run_load },
		{ "status", "the policy in force and its figures", run_status },
		{ "unload", "go back to the built-in policy", run_unload },
		{ }
	};

	return cli_dispatch(commands,
			    "Choose which pages the cleancache keeps.",
			    argc, argv);
}
