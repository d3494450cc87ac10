// SPDX-License-Identifier: GPL-2.0
/* Sub-commands and options, with one line and status 2 for a wrong call. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "util.h"

static const struct argp_option help_option[] = {
	{ "help", 'h', NULL, 0, "Print this and exit", -1 },
	{ }
};

static error_t parse_help(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->input;
		return 0;
	case 'h':
		argp_help(state->root_argp, stdout,
			  ARGP_HELP_USAGE | ARGP_HELP_DOC | ARGP_HELP_LONG,
			  (char *)label());
		exit(0);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/*
 * argp says what is wrong in two lines, the second of which names options it
 * would print on more; so it is kept silent here, and --help is ours.
 */
void cli_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	struct argp inner = {
		.options = argp->options,
		.parser = argp->parser,
	};
	struct argp_child child[] = { { .argp = &inner }, { } };
	struct argp outer = {
		.options = help_option,
		.parser = parse_help,
		.args_doc = argp->args_doc,
		.doc = argp->doc,
		.children = child,
	};
	int next = 0;
	error_t err;

	err = argp_parse(&outer, argc, argv,
			 ARGP_IN_ORDER | ARGP_NO_ERRS | ARGP_NO_HELP, &next,
			 input);
	if (err == ENOMEM)
		die("out of memory");
	if (err)
		die_usage("option '%s' is unknown or lacks its value; see '%s --help'",
			  argv[next > 1 ? next - 1 : argc - 1], label());
	if (next < argc)
		die_usage("unexpected argument '%s'; see '%s --help'",
			  argv[next], label());
}

static void print_commands(const struct cli_command *commands, const char *doc)
{
	printf("Usage: %s COMMAND [OPTION...]\n%s\n\n", label(), doc);
	for (; commands->name; commands++)
		printf("  %-10s %s\n", commands->name, commands->doc);
	printf("\n'%s COMMAND --help' describes one.\n", label());
}

static void __attribute__((noreturn))
die_unknown(const struct cli_command *commands, const char *name)
{
	char known[128] = "";
	size_t len = 0;

	for (; commands->name; commands++)
		len += snprintf(known + len, sizeof(known) - len, "%s%s",
				len ? ", " : "", commands->name);
	if (name)
		die_usage("unknown sub-command '%s'; known: %s", name, known);
	die_usage("no sub-command; known: %s", known);
}

int cli_dispatch(const struct cli_command *commands, const char *doc,
		 int argc, char **argv)
{
	const char *tool = program_invocation_short_name;
	const struct cli_command *command;

	set_label(tool, NULL);
	if (argc < 2)
		die_unknown(commands, NULL);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_commands(commands, doc);
		return 0;
	}
	for (command = commands; command->name; command++)
		if (!strcmp(argv[1], command->name))
			break;
	if (!command->name)
		die_unknown(commands, argv[1]);
	set_label(tool, command->name);
	return command->run(argc - 1, argv + 1);
}
