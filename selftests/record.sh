#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# gcma-lab record: what the kernel counts is in the trace, and replaying it
# gives the hit rate there was (`counts`: fails when a tracepoint is missed or
# says something else); what leaves a file is there as well (`removals`: fails
# when the compiler hides one of the functions that are hooked); a trace is whole
# however the recorder ends, and what it had no room for is counted (`endings`);
# and wrong calls (`calls`).
#
# usage: record.sh calls | counts DIR | removals DIR | endings DIR

. "$(dirname "$0")/lib/case.sh"

group=/sys/fs/cgroup/gcma-test.record
counters="stored rejected restored missed"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

record()
{
	"$tools/gcma-lab" record -o "$work/trace" "$@" 2>"$work/err"
}

# fails STATUS COMMAND...: that status, and one line on stderr
fails()
{
	local want=$1 rc=0
	shift

	timeout 60 "$@" >"$work/out" 2>"$work/err" </dev/null || rc=$?
	[ $rc -eq "$want" ] ||
		fail "$*: status $rc, not $want: $(cat "$work/err")"
	[ "$(wc -l <"$work/err")" -eq 1 ] ||
		fail "$*: not one line on stderr: $(cat "$work/err")"
}

calls()
{
	local lab=$tools/gcma-lab rc=0

	fails 2 "$lab" record
	fails 2 "$lab" record --frobnicate
	fails 2 "$lab" record -o "$work/trace" -d soon
	fails 1 "$lab" record -o "$work/no/such"
	fails 1 "$lab" record -o "$work/trace" -f "$work/missing"
	fails 1 "$lab" record -o "$work/trace" --bpf-dir "$work"
	fails 1 setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$lab" record -o "$work/trace"
	fails 127 "$lab" record -o "$work/trace" -- "$work/missing"
	[ ! -e "$work/trace" ] || fail "a trace of nothing is left"
	record -- sh -c 'exit 7' || rc=$?
	[ $rc -eq 7 ] || fail "the command's status 7 has become $rc"
	rc=0
	record -d 1 -- sleep 60 || rc=$?
	[ $rc -eq 0 ] || fail "a command told to end: status $rc"
}

# What the trace has of a kind of event, in pages.
recorded()
{
	"$tools/gcma-lab" info --json "${2:-$work/trace}" >"$work/info" ||
		fail "the trace is not whole"
	sed -n "s/^ *\"$1\": \([0-9]*\),*\$/\1/p" "$work/info"
}

remember()
{
	local name

	for name in $counters; do
		vmstat cleancache_"$name" >"$work/$name"
	done
}

# By how much these have grown since.
grown()
{
	local name sum=0

	for name; do
		sum=$((sum + $(vmstat cleancache_"$name") - \
			$(cat "$work/$name")))
	done
	echo $sum
}

# Up to $4 may have been counted alone, by default none.
expect_equal()
{
	note "$1: $2 recorded, $3 counted"
	if [ "$2" -gt "$3" ] || [ "$2" -lt $(($3 - ${4:-0})) ]; then
		fail "$1: $2 recorded, $3 counted"
	fi
}

# The rate as the lab sees it, in hundredths of a percent.
replayed()
{
	"$tools/gcma-lab" replay --json -p builtin -c "$(cat "$sys/slots")" \
		"$work/trace" >"$work/replayed" || fail "replay: status $?"
	awk '/"id": "hit_rate/ { found = 1 }
		found && /"value"/ { print int($2 * 100); exit }' \
		"$work/replayed"
}

counts()
{
	local there here

	expect_policy builtin
	remember
	# As much is to happen on a slow kernel: the cache has to fill first.
	record -- "$bin/worker" "$1" $((8 * ${GCMA_SLOW:-1})) ||
		fail "record: $(cat "$work/err")"
	note "$(cat "$work/err")"
	expect_equal lost "$(recorded lost)" 0
	# An allocation in the middle of a large folio that is being copied
	# takes away pages that are counted as stored; the folio then goes
	# elsewhere, and is traced and counted once.
	expect_equal offers "$(recorded offer)" "$(grown stored rejected)" 64
	expect_equal hits "$(recorded recorded_hits)" "$(grown restored)"
	expect_equal lookups "$(recorded lookup)" "$(grown restored missed)"
	[ "$(recorded take)" -gt 0 ] || fail "no allocation was recorded"
	[ "$(recorded release)" -gt 0 ] || fail "no release was recorded"
	there=$(($(grown restored) * 10000 / $(grown restored missed)))
	here=$(replayed)
	note "hit rate: $there in the kernel, $here replayed (1/100 %)"
	if [ $((there - here)) -gt 100 ] || [ $((here - there)) -gt 100 ]; then
		fail "replaying does not give the hit rate there was"
	fi
}

make_group()
{
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control
	mkdir -p $group
}

in_group()
{
	sh -c "echo \$\$ >$group/cgroup.procs && exec \"\$@\"" sh "$@"
}

evict()
{
	evict_group $group 64M
}

# A file of 300 pages, or $2, of which nothing is in memory.
evicted_file()
{
	in_group dd if=/dev/urandom of="$1" bs=4k count="${2:-300}" status=none
	sync "$1"
	evict
}

# removal PAGES COMMAND...: so many at least, and no more than the file has
removal()
{
	local least=$1 nr
	shift

	evicted_file "$file"
	record -- "$@" || fail "$*: $(cat "$work/err")"
	nr=$(recorded invalidate)
	note "$nr pages are invalid after $*"
	[ "$nr" -ge "$least" ] ||
		fail "$*: $least pages are gone, and $nr recorded"
	# A large folio, or a node of the index, more.
	[ "$nr" -le $((2 * least + 64)) ] ||
		fail "$*: $least pages are gone, and $nr recorded"
}

removals()
{
	file=$1/file

	make_group
	removal 200 truncate -s 409700 "$file"
	removal 10 fallocate -p -o 40960 -l 40960 "$file"
	removal 300 rm "$file"
	removal 300 dd of="$file" oflag=nocache conv=notrunc count=0 status=none
	removal 300 sh -c 'echo 3 >/proc/sys/vm/drop_caches'
	removal 5 dd if=/dev/zero of="$file" bs=4k count=5 oflag=direct \
		conv=notrunc status=none
	removal 5 dd if=/dev/zero of="$file" bs=4k count=5 conv=notrunc \
		status=none
	# Only what is on the file system asked for.
	evicted_file "$file"
	record -f /proc -- cat "$file" >/dev/null || fail "$(cat "$work/err")"
	expect_equal elsewhere "$(recorded lookup)" 0
	evicted_file "$file"
	record -f "$1" -- cat "$file" >/dev/null || fail "$(cat "$work/err")"
	[ "$(recorded lookup)" -ge 300 ] || fail "nothing is recorded with -f"
}

# Returns when there is something in the trace.
start_recorder()
{
	rm -f "$work/trace" "$work/err"
	"$tools/gcma-lab" record -o "$work/trace" 2>"$work/err" &
	recorder=$!
	for _ in {1..100}; do
		[ ! -s "$work/err" ] || fail "$(cat "$work/err")"
		in_group cat "$file" >/dev/null
		evict
		[ ! -s "$work/trace" ] || return
		sleep 0.2
	done
	kill $recorder
	fail "nothing is recorded"
}

ended_by()
{
	start_recorder
	kill -"$1" $recorder
	wait $recorder || fail "after SIG$1: status $?"
	[ "$(recorded lookup)" -gt 0 ] || fail "an empty trace after SIG$1"
}

# Whether that much of a trace without an end has lookups.
has_lookups()
{
	rm -f "$work/kept"
	"$tools/gcma-lab" convert --partial "$work/trace" "$work/kept" \
		2>"$work/err" || fail "convert: $(cat "$work/err")"
	[ "$(recorded lookup "$work/kept")" -gt 0 ]
}

# What was written before the end is there. It is written in quiet moments.
killed()
{
	start_recorder
	for _ in {1..20}; do
		in_group cat "$file" >/dev/null
		evict
		sleep 1
		! has_lookups || break
	done
	kill -KILL $recorder
	wait $recorder 2>/dev/null
	fails 1 "$tools/gcma-lab" info "$work/trace"
	has_lookups || fail "nothing is left of the trace"
}

# The recorder's command, which stops it until more has happened than fits.
overrun()
{
	kill -STOP $PPID
	remember
	while [ "$(grown restored missed)" -lt 80000 ]; do
		in_group cat "$1" >/dev/null
		evict
	done
	kill -CONT $PPID
}

lost()
{
	local records

	evicted_file "$file" 8000
	remember
	record -- "$0" overrun "$file" || fail "$(cat "$work/err")"
	note "$(cat "$work/err")"
	[ "$(recorded lost)" -gt 0 ] || fail "nothing was lost"
	records=$(($(recorded offer) + $(recorded lookup) + $(recorded lost)))
	expect_equal records "$records" \
		"$(grown stored rejected restored missed)"
	grep -q 'were dropped' "$work/err" || fail "nobody says so"
}

endings()
{
	local signal

	file=$1/file
	make_group
	evicted_file "$file"
	for signal in TERM INT HUP; do
		ended_by $signal
	done
	killed
	lost
}

case ${1:-}:$# in
calls:1 | counts:2 | removals:2 | endings:2 | overrun:2)
	need_tools gcma-lab
	"$@" ;;
*)
	echo "usage: record.sh calls | counts DIR | removals DIR | endings DIR" >&2
	exit 2 ;;
esac
