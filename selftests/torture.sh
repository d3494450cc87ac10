#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run one test of torture.list on the running kernel, which is to have
# CONFIG_CLEANCACHE_VERIFY, and print what was counted meanwhile.
#
# usage: torture.sh NAME

. "$(dirname "$0")/lib/case.sh"

parameters=/sys/module/cleancache/parameters

[ $# -eq 1 ] || { echo "usage: torture.sh NAME" >&2; exit 2; }
[ -d $parameters ] ||
	fail "$parameters is missing: the kernel needs CONFIG_CLEANCACHE_VERIFY"
# Every eighth hit is read from disk as well.
echo 8 >$parameters/verify_interval || exit 1

counters="cleancache_restored cleancache_stored gcma_alloc gcma_alloc_fail"
declare -A before
# KUnit has counted some at boot.
for counter in $counters; do
	before[$counter]=$(vmstat "$counter")
done
status=0
GCMA_TEST_LIST=$here/torture.list "$here/guest.sh" "$1" || status=$?
for counter in $counters; do
	echo "figure $counter $(($(vmstat "$counter") - before[$counter]))"
done
echo "figure restores_verified $(cat $parameters/verified)"
echo "figure mismatches $(cat $parameters/mismatches)"
exit $status
