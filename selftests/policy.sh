#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Policies that come and go under load, and policies that answer badly. Guards
# invariant 7: a policy decides only what to keep. A worker checks every byte
# it reads and that every allocation succeeds meanwhile. Fails when the
# kernel takes a policy's answer without looking at the slot's state
# (`nonsense`), when nothing stands in for a missing one (`nothing`), or when
# replacing a policy loses or mixes up slots (`reload`).
#
# usage: policy.sh reload|nothing|nonsense|reject DIR

. "$(dirname "$0")/lib/case.sh"

rounds=30
worker=

cleanup()
{
	[ -z "$worker" ] || kill "$worker" 2>/dev/null
	restore_policy
}

start_worker()
{
	"$bin/worker" "$@" >"$result" &
	worker=$!
}

join_worker()
{
	local rc=0

	wait "$worker" || rc=$?
	worker=
	note "$(cat "$result")"
	[ $rc -eq 0 ] || fail "the worker failed, status $rc"
}

# A figure from the worker's result line.
figure()
{
	tr ' ' '\n' <"$result" | sed -n "s/^$1=//p"
}

reload()
{
	local seq done=0

	seq=$(cat $sys/enable_seq)
	start_worker "$1" 25
	while [ $done -lt $rounds ] || kill -0 "$worker" 2>/dev/null; do
		load "$objects/fifo.bpf.o"
		expect_policy fifo
		load "$objects/ghost.bpf.o" --replace
		expect_policy ghost
		load "$objects/fifo.bpf.o" --replace
		expect_policy fifo
		unload
		done=$((done + 1))
	done
	join_worker
	note "$done rounds of load, swap, swap, unload"
	seq=$(($(cat $sys/enable_seq) - seq))
	[ $seq -ge $((3 * done)) ] || fail "enable_seq grew by $seq only"
	[ "$(figure restored)" -gt 0 ] || fail "no read was a hit"
	[ ! -e /sys/fs/bpf/gcma/policy ] || fail "a pinned link is left behind"
}

# Run the worker under a policy of the tests' own.
under()
{
	load "$bin/$1.bpf.o"
	expect_policy "$1"
	start_worker "$2" 12
	join_worker
	expect_policy "$1"
	restore_policy
	expect_policy builtin
}

falls_back()
{
	local before

	before=$(vmstat cleancache_fallback)
	under "$1" "$2"
	[ "$(figure stored)" -gt 0 ] || fail "nothing was stored"
	[ "$(figure restored)" -gt 0 ] || fail "no read was a hit"
	[ "$(vmstat cleancache_fallback)" -gt "$before" ] ||
		fail "cleancache_fallback did not grow"
}

reject()
{
	local before

	before=$(vmstat cleancache_rejected)
	under reject "$1"
	[ "$(figure stored)" -eq 0 ] ||
		fail "$(figure stored) pages were stored"
	[ "$(vmstat cleancache_rejected)" -gt "$before" ] ||
		fail "cleancache_rejected did not grow"
}

main()
{
	need_tools gcma-policy
	trap cleanup EXIT
	result=$(mktemp)
	expect_policy builtin
	case $1 in
	reload) reload "$2" ;;
	nothing | nonsense) falls_back "$1" "$2" ;;
	reject) reject "$2" ;;
	esac
}

if [ $# -ne 2 ] || [[ ! $1 =~ ^(reload|nothing|nonsense|reject)$ ]]; then
	echo "usage: policy.sh reload|nothing|nonsense|reject DIR" >&2
	exit 2
fi
main "$@"
