# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the workloads share. A workload sets `memory`, the limit of its cgroup,
# `programs`, what it runs that is not on its disk, `packages`, those of them
# that scripts/packages.list has not, and has two functions: prepare() fills
# the current folder, which becomes the disk, and work() runs on that disk.

# shellcheck disable=SC2034 # used by the scripts that source this file
disk=/run/gcma-trace
cgroups=/sys/fs/cgroup

# Move the current process into a new cgroup: NAME MEMORY
enter()
{
	mkdir -p "$cgroups/$1"
	echo "$2" >"$cgroups/$1/memory.max"
	echo "$BASHPID" >"$cgroups/$1/cgroup.procs"
}

# Copy folders of the kernel source into the current one.
copy_source()
{
	(cd "$BUILD/src" && cp -a --parents -t "$OLDPWD" "$@")
}

# Print COUNT numbers from 1 to N, each that much rarer the greater it is:
# Zipf's law. The random numbers are the minimal standard generator's.
zipf()
{
	awk -v count="$1" -v n="$2" -v x="${3:-1}" 'BEGIN {
		while (count--) {
			x = x * 16807 % 2147483647
			print int(exp(x / 2147483647 * log(n + 1)))
		}
	}'
}

# Put the popular ones of 1 to N anywhere in there; 7919 must not divide N.
scatter()
{
	awk -v n="$1" '{ print 1 + $1 * 7919 % n }'
}

# Print COUNT of the lines read, popular ones more often.
popular_lines()
{
	local lines n

	mapfile -t lines
	zipf "$1" ${#lines[@]} | scatter ${#lines[@]} | while read -r n; do
		echo "${lines[n - 1]}"
	done
}
