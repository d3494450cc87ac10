# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034 # used by the tests that source this file
#
# What the tests written in shell share.

sys=/sys/kernel/mm/cleancache
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=${GCMA_TEST_BIN:-$here}
tools=${GCMA_TOOLS:-$here/../build/tools}
objects=${GCMA_BPF:-$here/../build/bpf}

note()
{
	echo "# $*"
}

fail()
{
	echo "# failed: $*"
	exit 1
}

vmstat()
{
	awk -v name="$1" '$1 == name { print $2; found = 1 }
		END { exit !found }' /proc/vmstat ||
		fail "/proc/vmstat has no $1"
}

in_force()
{
	cat $sys/policy || fail "$sys/policy: not a kernel with the cleancache"
}

policy()
{
	"$tools/gcma-policy" "$@"
}

# Is a policy by that name in force? Asked of the kernel, not of the tool.
expect_policy()
{
	[ "$(in_force)" = "$1" ] || fail "$(in_force) is in force, not $1"
}

load()
{
	policy load "$@" >/dev/null || fail "gcma-policy load $*: status $?"
}

unload()
{
	policy unload >/dev/null || fail "gcma-policy unload: status $?"
	expect_policy builtin
}

# However a test ends, it leaves the built-in policy behind.
restore_policy()
{
	[ "$(cat $sys/policy 2>/dev/null)" = builtin ] ||
		policy unload >/dev/null 2>&1
}

# Evict so much of a cgroup: FOLDER SIZE. The kernel says so if there was less.
evict_group()
{
	echo "$2" >"$1/memory.reclaim" 2>/dev/null || :
}

need_tools()
{
	local tool

	for tool; do
		[ -x "$tools/$tool" ] || fail "$tools/$tool: not built"
	done
}
