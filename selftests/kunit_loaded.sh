#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run a KUnit suite of the kernel again and again while eight processes read a
# file that comes and goes between memory and the cleancache. Guards what the
# suite and crowds.c guard: allocations from an interrupt, among others, while
# pages are stored and restored by the code that was interrupted.
#
# usage: kunit_loaded.sh SUITE DIR

. "$(dirname "$0")/lib/case.sh"

runs=0
readers=
results=$(mktemp)

clean_up()
{
	[ -z "$readers" ] || kill "$readers" 2>/dev/null
	rm -f "$results"
}

[ $# -eq 2 ] || {
	echo "usage: kunit_loaded.sh SUITE DIR" >&2
	exit 2
}
trap clean_up EXIT
"$bin/crowds" "$2" readers &
readers=$!
while kill -0 $readers 2>/dev/null; do
	"$here/kunit.sh" "$1" >"$results" 2>&1 || {
		cat "$results"
		fail "run $((runs + 1)) of $1"
	}
	runs=$((runs + 1))
done
wait $readers || fail "the readers failed"
readers=
note "$runs runs of $1"
[ $runs -gt 1 ] || fail "the readers were done before the suite"
