#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run a KUnit suite of the kernel and pass its results on. Guards what the
# suite guards. Fails when a test of the suite fails, is skipped or has left no
# result, and when the kernel has no such suite.
#
# usage: kunit.sh SUITE [MODULE.PARAMETER=VALUE]

. "$(dirname "$0")/lib/case.sh"

debugfs=/sys/kernel/debug
parameter=
previous=

put_back()
{
	[ -z "$parameter" ] || echo "$previous" >"$parameter"
}

# Change a parameter of the suite for this run.
set_parameter()
{
	local name=${1%%=*} value=${1#*=}

	parameter=/sys/module/${name%.*}/parameters/${name#*.}
	previous=$(cat "$parameter") || fail "no parameter $name"
	trap put_back EXIT
	echo "$value" >"$parameter" || fail "$name cannot be $value"
}

# Print what is wrong with the results on standard input. Every plan must be
# kept: as many results as it says, at its own depth, each of them "ok". A test
# that runs once for each of several parameters has results and no plan.
complaints()
{
	awk '
	{ depth = match($0, /[^ ]/) }
	/^ *1\.\.[0-9]+$/ { plan[depth] = substr($0, depth + 3) }
	/^ *ok [0-9]+ / { done[depth]++; results++ }
	/^ *not ok / { print "failed: " $0 }
	/^ *(not )?ok .*# SKIP/ { print "skipped: " $0 }
	END {
		for (depth in plan)
			if (plan[depth] + 0 != done[depth])
				print plan[depth] " results announced, " \
					done[depth] + 0 " ok"
		if (!results)
			print "no results"
	}'
}

main()
{
	local dir=$debugfs/kunit/$1 bad

	mountpoint -q $debugfs || mount -t debugfs debugfs $debugfs ||
		fail "$debugfs: cannot be mounted"
	[ -e "$dir/run" ] ||
		fail "no KUnit suite $1: CONFIG_KUNIT, its test or kunit.enable is off"
	[ -z "${2:-}" ] || set_parameter "$2"
	echo now >"$dir/run" || fail "$dir/run cannot be written"
	# Messages that are not results are passed on as such.
	sed 's/^ *#* *//; s/^/# /' "$dir/results"
	bad=$(complaints <"$dir/results")
	[ -z "$bad" ] || fail "${bad//$'\n'/; }"
}

if [ $# -lt 1 ] || [ $# -gt 2 ] || [[ $# -eq 2 && $2 != *.*=* ]]; then
	echo "usage: kunit.sh SUITE [MODULE.PARAMETER=VALUE]" >&2
	exit 2
fi
main "$@"
