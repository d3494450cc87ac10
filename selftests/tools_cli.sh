#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tools with wrong calls and bad input: one clear line on stderr, status 2
# for usage and 1 otherwise, nothing left loaded. Fails when a tool prints a
# usage text at length, swallows an error, or leaves a policy behind; and when a
# policy that gave up, which takes a file system to make it, goes unnoticed.
#
# usage: tools_cli.sh usage|errors|refusals|json|ejected DIR

. "$(dirname "$0")/lib/case.sh"

work=$(mktemp -d)
cleanup()
{
	restore_policy
	rm -rf "$work"
}

# expect STATUS TOOL [ARG...]: that status, and one line on stderr if not 0.
expect()
{
	local want=$1 tool=$2 rc=0 lines
	shift 2

	timeout 20 "$tools/$tool" "$@" >"$work/out" 2>"$work/err" </dev/null ||
		rc=$?
	lines=$(wc -l <"$work/err")
	[ $rc -eq "$want" ] ||
		fail "$tool $*: status $rc, not $want: $(cat "$work/err")"
	if [ "$want" -ne 0 ] && [ "$lines" -ne 1 ]; then
		fail "$tool $*: not one line on stderr: $(cat "$work/err")"
	fi
	expect_policy builtin
}

usage()
{
	expect 2 gcma-policy
	expect 2 gcma-policy frobnicate
	expect 2 gcma-policy --frobnicate
	expect 2 gcma-policy load
	expect 2 gcma-policy load a b
	expect 2 gcma-policy load "$objects/fifo.bpf.o" --frobnicate
	expect 2 gcma-policy load "$objects/fifo.bpf.o" -s
	expect 2 gcma-policy load "$objects/fifo.bpf.o" -s no_such_tunable=1
	expect 2 gcma-policy load "$objects/fifo.bpf.o" -s no_value
	expect 2 gcma-policy load "$objects/ghost.bpf.o" -s probation_share=x
	expect 2 gcma-policy load "$objects/ghost.bpf.o" --share group=100
	expect 2 gcma-policy load "$objects/memcg_share.bpf.o" --share group
	expect 2 gcma-policy load "$objects/memcg_share.bpf.o" --share group=1,x
	expect 2 gcma-policy status extra
	expect 2 gcma-policy unload extra
	expect 2 gcma-top --frobnicate
	expect 2 gcma-top --batch --interval soon
	expect 2 gcma-top --batch --interval -1
	expect 2 gcma-top --batch --count many
	expect 2 gcma-bench
	expect 2 gcma-bench frobnicate
	expect 2 gcma-bench alloc --size big
	expect 2 gcma-bench alloc --size 0
	expect 2 gcma-bench alloc --count -3
	expect 2 gcma-bench alloc --frobnicate
	expect 2 gcma-bench hitrate
	expect 2 gcma-bench compare one
	expect 2 gcma-lab
	expect 2 gcma-lab frobnicate
	expect 2 gcma-lab replay
	expect 2 gcma-lab replay trace -c none
	expect 2 gcma-lab compare
	expect 2 gcma-lab compare trace -m 100
	expect 2 gcma-lab compare trace --dir "$work"
	expect 2 gcma-lab compare trace --dir "$work" -m lots
	expect 2 gcma-lab compare trace --dir "$work" -m 100 -p ./fifo.bpf.c
	expect 0 gcma-lab --help
	expect 0 gcma-policy --help
	expect 0 gcma-top --help
	expect 0 gcma-bench --help
}

errors()
{
	echo "no object" >"$work/text.bpf.o"
	: >"$work/empty.bpf.o"
	head -c 1000 "$objects/fifo.bpf.o" >"$work/short.bpf.o"

	expect 1 gcma-policy load "$work/missing.bpf.o"
	expect 1 gcma-policy load "$work"
	expect 1 gcma-policy load "$work/text.bpf.o"
	expect 1 gcma-policy load "$work/empty.bpf.o"
	expect 1 gcma-policy load "$work/short.bpf.o"
	expect 1 gcma-policy load "$bin/worker"
	expect 1 gcma-policy unload
	expect 1 gcma-policy list --dir "$work/missing"
	expect 1 gcma-bench alloc --heap no_such_heap --size 1M --count 1
	expect 1 gcma-bench alloc --size 1M --count 1 --output "$work/no/such"
	expect 1 gcma-bench compare "$work/missing" "$work/missing"
	expect 1 gcma-bench compare "$work/text.bpf.o" "$work/text.bpf.o"
}

# Not with expect(): here a policy is in force meanwhile.
refuses()
{
	local rc=0

	"$@" >"$work/out" 2>"$work/err" || rc=$?
	[ $rc -eq 1 ] || fail "$*: status $rc, not 1"
	[ "$(wc -l <"$work/err")" -eq 1 ] ||
		fail "$*: not one line on stderr: $(cat "$work/err")"
}

refusals()
{
	load "$objects/fifo.bpf.o"
	refuses policy load "$objects/ghost.bpf.o"
	expect_policy fifo
	grep -q fifo "$work/err" || fail "the running policy is not named"
	grep -q -- --replace "$work/err" || fail "--replace is not named"
	load "$objects/ghost.bpf.o" --replace
	expect_policy ghost
	refuses setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$tools/gcma-policy" unload
	expect_policy ghost
	unload
	refuses setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$tools/gcma-policy" load "$objects/fifo.bpf.o"
	expect_policy builtin
	refuses setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$tools/gcma-bench" alloc --size 1M --count 1
	unwilling
}

says()
{
	grep -q "$1" "$work/err" || fail "'$1' is not said: $(cat "$work/err")"
}

# It gives up in init(), whether there is another to replace or not.
unwilling()
{
	refuses policy load "$bin/quitter.bpf.o"
	says 'quitter gave up in init(): enough of callback 0'
	expect_policy builtin
	load "$objects/fifo.bpf.o"
	refuses policy load "$bin/quitter.bpf.o" --replace
	says 'enough of callback 0'
	expect_policy fifo
	unload
}

# It is told of until it is unloaded, and that is no success.
ejected()
{
	load "$bin/quitter.bpf.o" -s where=1 -s patience=5
	"$bin/worker" "$1" 5 >"$work/worker" || fail "the worker: status $?"
	expect_policy builtin
	refuses policy status
	says 'quitter was ejected (error): enough of callback 1'
	grep -q '^last exit .*enough of callback 1' "$work/out" ||
		fail "status does not show the last exit"
	refuses policy status --json
	parses
	refuses policy unload
	says 'quitter was ejected'
	[ ! -e /sys/fs/bpf/gcma/policy ] || fail "the pinned link is left"
	expect 0 gcma-policy status
}

# The last output, or every line of it, is one JSON document.
parses()
{
	python3 -m json.tool "$@" "$work/out" >/dev/null ||
		fail "not JSON: $(head -c 300 "$work/out")"
}

json()
{
	expect 0 gcma-policy status --json
	parses
	expect 0 gcma-policy list --json
	parses
	grep -q fifo "$work/out" || fail "fifo is not listed"
	expect 0 gcma-bench alloc --size 1M --count 3
	parses
	expect 0 gcma-top --batch --interval 1 --count 2 --json
	parses --json-lines
	load "$objects/fifo.bpf.o"
	policy status --json >"$work/out" || fail "status: status $?"
	parses
	grep -q fifo "$work/out" || fail "status does not name fifo"
	unload
	expect 0 gcma-policy status --json
	grep -q '"kind": *"detached"' "$work/out" ||
		fail "status does not say how fifo ended"
}

case ${1:-}:$# in
usage:1 | errors:1 | refusals:1 | json:1 | ejected:2)
	trap cleanup EXIT
	need_tools gcma-policy gcma-top gcma-bench
	expect_policy builtin
	"$@" ;;
*)
	echo "usage: tools_cli.sh usage|errors|refusals|json|ejected DIR" >&2
	exit 2 ;;
esac
