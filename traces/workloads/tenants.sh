# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Two cgroups: the database of sqlite.sh with a hot set, and a backup that reads
# a source tree over and over. All the while a buffer of half the area is taken
# now and then, and given back.

# shellcheck disable=SC2154 # set in scripts/common.sh
. "$top/traces/workloads/sqlite.sh"

# shellcheck disable=SC2034 # used by the scripts that source this file
what="SQLite queries beside a backup in another cgroup; buffers are taken"
# shellcheck disable=SC2034
memory=24M
scan_memory=16M
programs+=(tar cat)
buffers=/sys/kernel/debug/cma/lab

prepare()
{
	make_database
	mkdir tree
	cd tree || return
	copy_source drivers/net/ethernet
}

back_up()
{
	local dir

	enter backup $scan_memory
	while :; do
		for dir in tree/drivers/net/ethernet/*; do
			tar cf - "$dir" | cat >/dev/null
			sleep 0.3
		done
	done
}

take_buffers()
{
	local half

	half=$(($(cat $buffers/count) / 2))
	while :; do
		sleep 4
		echo $half >$buffers/alloc
		sleep 1
		echo $half >$buffers/free
	done
}

work()
{
	local others

	back_up &
	others=$!
	take_buffers &
	others+=" $!"
	query_database
	# shellcheck disable=SC2086 # two numbers
	kill $others
	wait
}
