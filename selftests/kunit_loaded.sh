#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run a KUnit suite of the kernel while eight processes read a file that comes
# and goes between memory and the cleancache. Guards what the suite and crowds.c
# guard: allocations from an interrupt, among others, while pages are stored and
# restored by the code that was interrupted.
#
# usage: kunit_loaded.sh SUITE DIR

. "$(dirname "$0")/lib/case.sh"

work=$(mktemp -d)
trap 'touch "$work/enough"; wait; rm -rf "$work"' EXIT

# What is read is checked.
read_on()
{
	while [ ! -e "$work/enough" ]; do
		"$bin/crowds" "$1" readers || return
	done
}

[ $# -eq 2 ] || {
	echo "usage: kunit_loaded.sh SUITE DIR" >&2
	exit 2
}
read_on "$2" &
readers=$!
for _ in 1 2 3; do
	"$here/kunit.sh" "$1" >"$work/results" 2>&1 || {
		cat "$work/results"
		fail "$1 fails beside readers"
	}
done
touch "$work/enough"
wait $readers || fail "the readers failed"
