# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the scripts share: where things are and how they fail.

# shellcheck disable=SC2034 # used by the scripts that source this file
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$(realpath -m "${BUILD:-$top/build}")
export BUILD

# How many times the usual a test may take on the kernel full of checks.
debug_slowness=6

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

bad_usage()
{
	echo "${0##*/}: $*" >&2
	exit 2
}

need()
{
	local tool

	for tool; do
		command -v "$tool" >/dev/null ||
			die "$tool is missing; run scripts/setup"
	done
}

# Print the files that the hook patches given change, one a line.
patched_files()
{
	local file

	for file; do
		[ ! -e "$file" ] ||
			sed -n 's,^\(+++ b\|--- a\)/\([^	]*\).*,\2,p' "$file"
	done | sort -u
}

# Print the sources that kernel-patch/ adds to the kernel, one a line.
new_files()
{
	(cd "$top/kernel-patch/files" && find . -type f -printf '%P\n' | sort)
}

# How many lines the hook patches add to and remove from existing files.
hook_lines()
{
	git -C "$top" apply --numstat "$top"/kernel-patch/patches-6.12/*.patch |
		awk '{ n += $1 + $2 } END { print n + 0 }'
}

# What results were measured with: a short hash of the files given, and that of
# the kernel change.
hash_files()
{
	cat "$@" | sha256sum | cut -c1-16
}

# The same as lines NAME=VALUE, for the writers of result files: KERNEL-TREE
result_facts()
{
	echo "kernel=$(cat "$1/include/config/kernel.release")"
	echo "config=$(hash_files "$1/.config")"
	echo "series=$(hash_series)"
}

# Of what is compiled: a better sentence in the documentation voids no result,
# and the configuration has a hash of its own.
hash_series()
{
	local files

	mapfile -t files < <(find "$top/kernel-patch" -type f \
		! -path '*/Documentation/*' ! -path '*/config/*' \
		! -name '*-documentation-*' |
		LC_ALL=C sort)
	hash_files "${files[@]}"
}
