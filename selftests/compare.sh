#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The same traces in this kernel and in the lab, with every policy there is:
# hit rates within two percentage points. Fails when the lab's model of memory
# or of the cleancache is not what the kernel does (if a second read does not
# make a page active, say), or if a policy is another one here than there.
# A policy that makes much of a few pages more in memory gets a second chance,
# on what was recorded below it; memory is judged by itself then.
#
# usage: compare.sh DIR

. "$(dirname "$0")/lib/case.sh"

lru_gen=/sys/kernel/mm/lru_gen/enabled
work=
cleanup()
{
	restore_policy
	[ -z "$work" ] || rm -rf "$work"
}

lab()
{
	"$tools/gcma-lab" "$@"
}

# Every policy that is shipped, and the built-in order, once a trace.
expected_rows()
{
	policy list --dir "$objects" | awk '/^[^ ]/ { n++ } END { print n + 1 }'
}

# Ended in the middle of it, it leaves nothing behind.
interrupted()
{
	local dir=$1 before rc=0

	before=$(cat "$lru_gen")
	# Not by the function: the signal is for the program itself.
	TMPDIR=$work "$tools/gcma-lab" compare "$work/loop.trc" --dir "$dir" \
		-m 1500 >/dev/null 2>"$work/err" &
	for _ in {1..200}; do
		[ "$(in_force)" = builtin ] || break
		sleep 0.1
	done
	[ "$(cat "$lru_gen")" != "$before" ] || fail "the LRU was not switched"
	kill -TERM $!
	wait $! || rc=$?
	[ $rc -eq 1 ] || fail "interrupted: status $rc: $(cat "$work/err")"
	[ "$(cat "$lru_gen")" = "$before" ] || fail "the LRU is not put back"
	! compgen -G '/sys/fs/cgroup/gcma-compare.*' || fail "a cgroup is left"
	! compgen -G "$work/gcma.*" || fail "a temporary file is left"
	expect_policy builtin
}

main()
{
	local rc=0 rows

	need_tools gcma-lab gcma-policy
	trap cleanup EXIT
	work=$(mktemp -d)
	lab generate mix -o "$work/mix.trc" --accesses 20000 --pages 6000 \
		--scan-pages 1000 --scan-share 0.2
	lab generate loop -o "$work/loop.trc" --accesses 16000 --pages 4000
	expect_policy builtin
	lab compare "$work/mix.trc" "$work/loop.trc" --dir "$1" -m 1500 \
		>"$work/out" || rc=$?
	while IFS= read -r row; do
		note "$row"
	done <"$work/out"
	rows=$(grep -cE '^[^ ].* [+-][0-9]+\.[0-9]{2}' "$work/out")
	[ "$rows" -eq $((2 * $(expected_rows))) ] ||
		fail "$rows comparisons, not one a trace of $(expected_rows)"
	[ $rc -eq 0 ] || fail "gcma-lab compare: status $rc"
	expect_policy builtin
	interrupted "$1"
}

if [ $# -ne 1 ]; then
	echo "usage: compare.sh DIR" >&2
	exit 2
fi
main "$@"
