#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run tests on the running kernel, as root, and print TAP. Each test gets an
# empty mounted file system, a time limit, and a look at the kernel log: one
# during which the kernel warned has failed. Disks are found by their serial
# numbers; what is missing is made on a loop device. Tests that need another
# machine (see boots.list) than the kernel's command line tells of are skipped.
#
# usage: guest.sh [--list | NAME...]

. "$(dirname "$0")/lib/tests.sh"
. "$(dirname "$0")/lib/case.sh"

# shellcheck disable=SC2154 # both are set in lib/case.sh
export PATH=$bin:$here:$PATH
mnt=/run/gcma-test
loops=()

bad_lines='WARNING:|BUG:|BUG |Oops|general protection|Bad page|Call Trace'
bad_lines+='|possible recursive locking|circular locking|invalid wait context'
bad_lines+='|KASAN|KCSAN|UBSAN|KFENCE|rcu.*(stall|self-detected)|soft lockup'
bad_lines+='|hard LOCKUP|blocked for more than|Page cache invalidation failure'
bad_lines+='|EXT4-fs (error|warning)|XFS .*([Cc]orrupt|shutdown)|I/O error'
bad_lines+='|BTRFS (critical|error|warning)'

# The disk with this serial number, or a loop device on a new image.
device_of()
{
	local serial

	for serial in /sys/block/*/serial; do
		if [ "$(cat "$serial" 2>/dev/null)" = "$1" ]; then
			basename "$(dirname "$serial")" | sed 's|^|/dev/|'
			return
		fi
	done
	make_image "$1" "$mnt/$1.img" >&2 || return
	losetup -f --show "$mnt/$1.img"
}

declare -A devices

mount_all()
{
	local fs

	mkdir -p $mnt
	for fs in "$@"; do
		devices[$fs]=$(device_of "$fs") ||
			fail "there is no disk for $fs"
		[[ ${devices[$fs]} != /dev/loop* ]] ||
			loops+=("${devices[$fs]}")
		mkdir -p "$mnt/$fs"
	done
}

# A test may end with its file system unmounted, or read-only.
set_up()
{
	local fs=$1

	[ "$fs" != - ] || return 0
	mountpoint -q "$mnt/$fs" || mount "${devices[$fs]}" "$mnt/$fs" || return
	mount -o remount,rw "$mnt/$fs"
}

# Nothing of a test may reach the next one.
clean_up()
{
	local fs=$1 group

	for group in /sys/fs/cgroup/gcma-test.*; do
		[ -d "$group" ] || continue
		echo 1 >"$group/cgroup.kill"
		for _ in {1..50}; do
			rmdir "$group" 2>/dev/null && break
			sleep 0.1
		done
	done
	restore_policy
	[ "$fs" != - ] && set_up "$fs" &&
		find "$mnt/$fs" -mindepth 1 -delete 2>/dev/null
}

# Messages a test said it would make the kernel print; nothing if none.
expected_lines()
{
	sed -n 's/^# expected of the kernel: //p' $mnt/output | paste -sd'|'
}

# What the kernel has said since the marker of this test.
kernel_warnings()
{
	local log expected

	log=$(dmesg | sed -n "\\|$1|,\$p")
	[ -n "$log" ] || echo "the kernel log has overflowed"
	expected=$(expected_lines)
	grep -E "$bad_lines" <<<"$log" | grep -vE "${expected:-^\$}" | head -n5
}

# Why did the test skip?
reason()
{
	sed -n 's/^# skipped: //p' $mnt/output | tail -n1
}

# Was the kernel given what a machine of this name is?
booted_as()
{
	local word

	[ "$1" != default ] || return 0
	[[ $1 != host && $1 != left_out ]] || return
	for word in $(boot_field "$1" 4); do
		tr ' ' '\n' </proc/cmdline | grep -qxF -- "$word" || return
	done
}

# Run one test; its status is kselftest's.
run_test()
{
	local name=$1 fs=$2 limit=$3 command=$4 boot=$5 marker rc=0 warnings

	booted_as "$boot" || {
		echo "# skipped: needs another machine: $(boot_field "$boot" 4)" |
			tee $mnt/output
		return 4
	}
	marker="gcma-test: $name $$ begins"
	echo "$marker" >/dev/kmsg
	set_up "$fs" || { note "failed: $mnt/$fs: mount"; return 1; }
	# shellcheck disable=SC2086 # the command is several words
	timeout -k5 "$limit" ${command//@/$mnt/$fs} </dev/null 2>&1 |
		tee $mnt/output
	rc=${PIPESTATUS[0]}
	case $rc in
	0 | 4) ;;
	124 | 137) note "failed: not done within $limit s" ;;
	*) note "status $rc" ;;
	esac
	clean_up "$fs"
	warnings=$(kernel_warnings "$marker")
	if [ -n "$warnings" ]; then
		note "failed: the kernel says:"
		note "  ${warnings//$'\n'/$'\n'#   }"
		return 1
	fi
	return "$rc"
}

# What is in the default area before the first test; on x86 nothing may be.
look_at_default_area()
{
	export GCMA_PAGES_AT_BOOT=0

	# shellcheck disable=SC2154 # set in lib/tests.sh
	[ "$arch" = x86 ] || GCMA_PAGES_AT_BOOT=$(
		cat /sys/kernel/mm/cma/reserved/allocated_pages 2>/dev/null)
}

# A policy is ejected for taking too long by the clock, and an emulated machine
# is ten times slower than one that the kernel's default is meant for, or more.
allow_slow_policies()
{
	local budget=/sys/kernel/mm/cleancache/budget_us

	[ ! -e $budget ] || echo $((10000 * ${GCMA_SLOW:-1})) >$budget
}

main()
{
	local tests name fs limit command what boot start rc n=0 failed=0
	local taken verdict

	tests=$(chosen_tests "$@") || exit 2
	[ "$(id -u)" -eq 0 ] || { echo "guest.sh: run it as root" >&2; exit 1; }
	look_at_default_area
	allow_slow_policies
	echo "TAP version 13"
	echo "1..$(wc -l <<<"$tests")"
	# shellcheck disable=SC2046 # one word a file system
	mount_all $(cut -d'|' -f2 <<<"$tests" | grep -vx -e - | sort -u)
	while IFS='|' read -r name fs limit command what boot; do
		n=$((n + 1))
		# The host takes silence beyond the limit for a hung guest.
		echo "# start $name $limit: $what"
		start=$SECONDS
		rc=0
		run_test "$name" "$fs" "$limit" "$command" "$boot" || rc=$?
		taken="$((SECONDS - start)) s"
		case $rc in
		0) verdict="ok $n - $name # $taken" ;;
		4) verdict="ok $n - $name # SKIP $(reason)" ;;
		*) verdict="not ok $n - $name # $taken"; failed=1 ;;
		esac
		echo "$verdict"
	done <<<"$tests"
	for fs in "${!devices[@]}"; do
		umount "$mnt/$fs"
	done
	[ ${#loops[@]} -eq 0 ] || losetup -d "${loops[@]}"
	return $failed
}

if [ "${1:-}" = --list ]; then
	print_list
	exit
fi
main "$@"
