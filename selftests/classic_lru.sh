#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run a test with the active and inactive list instead of the multi-generational
# LRU: shadows have other bits in them there, and reclaim takes other paths.
# Guards what the test itself guards.
#
# usage: classic_lru.sh PROGRAM [ARGUMENT...]

. "$(dirname "$0")/lib/case.sh"

lru_gen=/sys/kernel/mm/lru_gen/enabled

[ $# -gt 0 ] || {
	echo "usage: classic_lru.sh PROGRAM [ARGUMENT...]" >&2
	exit 2
}
before=$(cat $lru_gen)
trap 'echo "$before" >$lru_gen' EXIT
echo n >$lru_gen || fail "the LRU cannot be switched"
"$@"
