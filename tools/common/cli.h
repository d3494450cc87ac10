/* SPDX-License-Identifier: GPL-2.0 */
/* Sub-commands and options, with one line and status 2 for a wrong call. */
#ifndef GCMA_CLI_H
#define GCMA_CLI_H

#include <argp.h>

struct cli_command {
	const char *name;
	const char *doc;
	int (*run)(int argc, char **argv);
};

/*
 * Run the sub-command that argv[1] names and return its exit status.
 * @commands ends with an empty entry; @doc is the first line of --help.
 */
int cli_dispatch(const struct cli_command *commands, const char *doc,
		 int argc, char **argv);

/* argp_parse() with --help added, and one line for what it cannot parse. */
void cli_parse(const struct argp *argp, int argc, char **argv, void *input);

#endif
