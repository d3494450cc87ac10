#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Pages of inodes that a file system keeps for itself are not stored: btrfs has
# its metadata in one, ext4 what it knows of free blocks. Nobody gives these a
# mode. Fails when one takes over the mode of the file that had its memory
# before (mutant inode-mode).
#
# usage: internal_inodes.sh MOUNTPOINT

. "$(dirname "$0")/lib/case.sh"

tracing=/sys/kernel/tracing
event=$tracing/events/cleancache/cleancache_store
group=/sys/fs/cgroup/gcma-test.internal
# The number of these inodes; no file has it.
internal=1

cleanup()
{
	echo 0 >$event/enable
	echo 0 >$event/filter
}

make_files()
{
	local i

	for ((i = 0; i < $2; i++)); do
		echo "$i" >"$1/$i"
	done
	sync
}

# The inodes of the next mount get the memory of files.
leave_inodes()
{
	make_files "$1" 1000
	rm "$1"/*
	umount "$1" || fail "$1: cannot be unmounted"
	mount "$device" "$1" || fail "$1: cannot be mounted again"
}

use_metadata()
{
	make_files "$1" 3000
	head -c 4M /dev/urandom >"$1/data"
	sync
	evict_group $group 64M
	find "$1" -type f -exec cat {} + >/dev/null
	evict_group $group 64M
}

main()
{
	local before

	device=$(findmnt -rno SOURCE "$1") || fail "$1: not mounted"
	trap cleanup EXIT
	leave_inodes "$1"
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control
	mkdir $group
	echo "ino == $internal" >$event/filter
	echo >$tracing/trace
	echo 1 >$event/enable
	before=$(vmstat cleancache_stored)
	(echo $BASHPID >$group/cgroup.procs && use_metadata "$1")
	note "$(($(vmstat cleancache_stored) - before)) pages of files stored"
	[ "$(vmstat cleancache_stored)" -gt $((before + 512)) ] ||
		fail "nothing was stored"
	! grep -m3 "cleancache_store:" $tracing/trace ||
		fail "pages of inode $internal were stored"
}

if [ $# -ne 1 ]; then
	echo "usage: internal_inodes.sh MOUNTPOINT" >&2
	exit 2
fi
main "$@"
