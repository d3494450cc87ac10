#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Policies that come and go by the loader under load, and one that admits
# nothing. Guards invariant 7: a policy decides only what to keep. A worker
# checks every byte it reads and that every allocation succeeds meanwhile. Fails
# when replacing a policy loses or mixes up slots (`reload`). See policies.c for
# what the loader does not do.
#
# Shares of cgroups come from the loader: fails when the kernel and it do not
# mean the same cgroup (`shares`), and when what takes long is charged to the
# policy for large folios as for small ones (`large`; mutant policy-large).
#
# usage: policy.sh reload|greedy|shipped|shares|large DIR

. "$(dirname "$0")/lib/case.sh"

rounds=30
worker=
cgroups=/sys/fs/cgroup
groups=(gcma-much gcma-little)
# Set while it is another than usual.
budget=
event=/sys/kernel/tracing/events/cleancache/cleancache_store

cleanup()
{
	[ -z "$worker" ] || kill "$worker" 2>/dev/null
	[ -z "$budget" ] || echo "$budget" >$sys/budget_us
	echo 0 >$event/enable
	echo 0 >$event/filter
	restore_policy
	(cd $cgroups && rmdir "${groups[@]}" 2>/dev/null)
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

greedy()
{
	local before

	before=$(vmstat cleancache_rejected)
	under greedy "$1"
	[ "$(figure stored)" -eq 0 ] ||
		fail "$(figure stored) pages were stored"
	[ "$(vmstat cleancache_rejected)" -gt "$before" ] ||
		fail "cleancache_rejected did not grow"
}

# Every policy that is shipped is accepted, in use, and not ejected.
shipped()
{
	local names name before

	mapfile -t names < <(policy list --dir "$objects" |
		awk '/^[^ ]/ { print $1 }')
	[ ${#names[@]} -gt 0 ] || fail "there is no policy in $objects"
	for name in "${names[@]}"; do
		load "$objects/$name.bpf.o"
		expect_policy "$name"
		before=$(vmstat cleancache_restored)
		start_worker "$1" 5
		join_worker
		expect_policy "$name"
		unload
		note "$name: $(($(vmstat cleancache_restored) - before)) hits"
		[ "$(vmstat cleancache_restored)" -gt "$before" ] ||
			fail "$name: no read was a hit"
	done
}

# Read a cgroup's file from within it, and evict it.
read_in()
{
	(echo $BASHPID >"$cgroups/$2/cgroup.procs" && exec cat "$1/$2" \
		>/dev/null) || fail "$2: its file cannot be read"
}

evict()
{
	evict_group "$cgroups/$1" 1G
}

hits_in()
{
	local before

	before=$(vmstat cleancache_restored)
	read_in "$@"
	echo $(($(vmstat cleancache_restored) - before))
}

# Each file alone could fill the area; the one evicted last would, first in,
# first out.
shares()
{
	local slots floor group much little

	slots=$(cat $sys/slots)
	floor=$((slots / 8))
	echo +memory >$cgroups/cgroup.subtree_control
	for group in "${groups[@]}"; do
		mkdir "$cgroups/$group"
		head -c $((slots * 4096)) /dev/urandom >"$1/$group"
	done
	sync
	echo 3 >/proc/sys/vm/drop_caches
	load "$objects/memcg_share.bpf.o" --share gcma-much=100 \
		--share "$cgroups/gcma-little=1,$floor"
	expect_policy memcg_share
	for group in "${groups[@]}"; do
		read_in "$1" "$group"
		evict "$group"
	done
	much=$(hits_in "$1" gcma-much)
	little=$(hits_in "$1" gcma-little)
	expect_policy memcg_share
	note "$slots slots: $much and $little hits, floor $floor"
	[ "$little" -ge $((floor * 3 / 4)) ] || fail "the floor is not kept"
	[ "$little" -le $((floor * 5 / 4)) ] || fail "the weight is not kept"
	[ "$much" -ge $((slots * 3 / 4)) ] || fail "the greater share is not had"
	expect_share_refused gcma-no-such=100
	expect_share_refused gcma-much=0
}

expect_share_refused()
{
	if policy load "$objects/memcg_share.bpf.o" --replace --share "$1" \
			>/dev/null 2>&1; then
		fail "share $1 is taken"
	fi
	expect_policy memcg_share
}

# Whether a policy is kept that has so many microseconds for a call.
stays_within()
{
	local ejected

	ejected=$(cat $sys/ejected)
	load "$objects/s3fifo.bpf.o"
	echo $(($1 * ${GCMA_SLOW:-1})) >$sys/budget_us
	for _ in {1..8}; do
		read_in "$2" "${groups[0]}"
		evict "${groups[0]}"
	done
	echo "$budget" >$sys/budget_us
	if [ "$(cat $sys/ejected)" -ne "$ejected" ]; then
		note "$(head -n1 $sys/last_exit)"
		# That it was ejected is no success.
		policy unload >/dev/null 2>&1
		return 1
	fi
	expect_policy s3fifo
}

# All events are of large folios: an event of a small one makes the next call a
# quick one, which is forgiving.
large()
{
	local stored

	groups=(gcma-large)
	echo +memory >$cgroups/cgroup.subtree_control
	mkdir "$cgroups/${groups[0]}"
	budget=$(cat $sys/budget_us)
	echo "order >= 4" >$event/filter
	echo >/sys/kernel/tracing/trace
	echo 1 >$event/enable
	dd if=/dev/zero of="$1/${groups[0]}" bs=256K count=160 conv=fsync \
		2>/dev/null || fail "$1 cannot be written"
	echo 3 >/proc/sys/vm/drop_caches
	# On a busy host a call may be interrupted too often: once more, then.
	stays_within 300 "$1" || stays_within 600 "$1" ||
		fail "$(head -n1 $sys/last_exit)"
	stored=$(grep -c cleancache_store: /sys/kernel/tracing/trace)
	note "$stored large folios were stored"
	[ "$stored" -ge 640 ] || fail "too few large folios were stored"
}

main()
{
	need_tools gcma-policy
	trap cleanup EXIT
	result=$(mktemp)
	expect_policy builtin
	case $1 in
	reload) reload "$2" ;;
	greedy) greedy "$2" ;;
	shipped) shipped "$2" ;;
	shares) shares "$2" ;;
	large) large "$2" ;;
	esac
}

if [ $# -ne 2 ] || [[ ! $1 =~ ^(reload|greedy|shipped|shares|large)$ ]]; then
	echo "usage: policy.sh reload|greedy|shipped|shares|large DIR" >&2
	exit 2
fi
main "$@"
