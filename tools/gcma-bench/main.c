// SPDX-License-Identifier: GPL-2.0
/* gcma-bench: measure allocation latency and hit rates, report and compare. */
#include "bench.h"
#include "cli.h"

int main(int argc, char **argv)
{
	static const struct cli_command commands[] = {
		{ "alloc", "time the allocation of contiguous buffers",
		  bench_alloc },
		{ "hitrate", "measure hit rates while a command runs",
		  bench_hitrate },
		{ "report", "put such measurements into one report",
		  bench_report },
		{ "compare", "put two measurements side by side",
		  bench_compare },
		{ }
	};

	return cli_dispatch(commands,
			    "Measure what the cleancache and the guaranteed areas are worth.",
			    argc, argv);
}
