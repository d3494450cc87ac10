# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The lists of tests, of the file systems they run on and of the machines they
# need, for whatever runs them.

# shellcheck disable=SC2034 # used by the scripts that source this file
file_systems=(ext4_1k ext4_4k xfs_1k xfs btrfs)
# What "all" stands for; the others are named where they are worth the time.
common_file_systems=(ext4_1k ext4_4k xfs)
lists=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
list=("${GCMA_TEST_LIST:-$lists/tests.list}")
boots=$lists/boots.list
# Another architecture than x86 has machines and tests of its own, too, and
# tests that are left out there, each with the reason.
arch=${GCMA_ARCH:-x86}
left_out=/dev/null
if [ "$arch" != x86 ]; then
	list+=("$lists/$arch/tests.list")
	boots=$lists/$arch/boots.list
	left_out=$lists/$arch/left_out.list
fi

# Print every test as "NAME|FS|SECONDS|COMMAND|WHAT|BOOT", once a file system.
# Those that are left out get "left_out" as their machine, and the reason.
# GCMA_SLOW is how many times the usual a kernel full of checks may take.
every_test()
{
	awk -F ' *[|] *' -v all="${common_file_systems[*]}" \
		-v slow="${GCMA_SLOW:-1}" -v left_out="$left_out" '
	/^#/ { next }
	FILENAME == left_out { reason[$1] = $2; next }
	$1 in reason { $5 = reason[$1]; $6 = "left_out" }
	{
		where = $2
		sub("^all", all, where)
		n = split(where, fs, "[ ,]")
		for (i = 1; i <= n; i++) {
			name = fs[i] == "-" ? $1 : $1 "." fs[i]
			print name "|" fs[i] "|" $3 * slow "|" $4 "|" $5 "|" \
				($6 == "" ? "default" : $6)
		}
	}' "$left_out" "${list[@]}"
}

# The same for the tests that are named, in full or without the file system.
# A name that fits none is an error.
chosen_tests()
{
	local name all

	all=$(every_test)
	[ $# -gt 0 ] || set -- ".*"
	for name; do
		grep -qxE "$name([.][^|]*)?[|].*" <<<"$all" || {
			echo "${0##*/}: no test $name; see --list" >&2
			return 2
		}
	done
	grep -xE "($(IFS='|'; echo "$*"))([.][^|]*)?[|].*" <<<"$all"
}

boot_names()
{
	sed -n '/^#/!s/ *|.*//p' "$boots"
}

# Print a field of a machine: 2 memory, 3 CPUs, 4 command line, 5 options,
# 6 overlay of the device tree.
boot_field()
{
	awk -F ' *[|] *' -v name="$1" -v field="$2" \
		'$1 == name { print $field }' "$boots"
}

print_list()
{
	every_test | awk -F '|' '{ printf "%-28s %s\n", $1, $5 }'
}

# An empty file system of the named kind in a file.
make_image()
{
	local fs=$1 file=$2

	rm -f "$file"
	case $fs in
	ext4_1k)
		truncate -s 320M "$file"
		mkfs.ext4 -q -b 1024 -E lazy_itable_init=0,lazy_journal_init=0 \
			"$file" ;;
	ext4_4k)
		truncate -s 1G "$file"
		mkfs.ext4 -q -b 4096 -O verity,encrypt \
			-E lazy_itable_init=0,lazy_journal_init=0 "$file" ;;
	xfs_1k)
		truncate -s 512M "$file"
		mkfs.xfs -q -b size=1024 "$file" ;;
	xfs)
		truncate -s 512M "$file"
		mkfs.xfs -q "$file" ;;
	btrfs)
		truncate -s 512M "$file"
		mkfs.btrfs -q "$file" ;;
	esac
}
