// SPDX-License-Identifier: GPL-2.0
/* gcma-lab: try policies on traces, outside the kernel. */
#include "cli.h"
#include "lab.h"

int main(int argc, char **argv)
{
	static const struct cli_command commands[] = {
		{ "replay", "run policies against traces", lab_replay },
		{ "compare", "the same trace in the kernel and in the lab",
		  lab_compare },
		{ "record", "make a trace of what the cleancache sees",
		  lab_record },
		{ "info", "what is in a trace", lab_info },
		{ "generate", "make a synthetic trace", lab_generate },
		{ "convert", "from and to the format of libCacheSim",
		  lab_convert },
		{ "compile", "make a policy ready to be replayed",
		  lab_compile },
		{ }
	};

	return cli_dispatch(commands,
			    "Find out which pages a policy would keep, without a kernel.",
			    argc, argv);
}
