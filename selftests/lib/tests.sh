# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The list of tests and the file systems they run on, for both runners.

file_systems=(ext4_1k ext4_4k xfs)
list=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/tests.list

# Print every test as "NAME|FS|SECONDS|COMMAND|WHAT", once a file system.
every_test()
{
	awk -F ' *[|] *' -v all="${file_systems[*]}" '
	/^#/ { next }
	{
		where = $2 == "all" ? all : $2
		n = split(where, fs, "[ ,]")
		for (i = 1; i <= n; i++) {
			name = fs[i] == "-" ? $1 : $1 "." fs[i]
			print name "|" fs[i] "|" $3 "|" $4 "|" $5
		}
	}' "$list"
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
		mkfs.ext4 -q -b 4096 -E lazy_itable_init=0,lazy_journal_init=0 \
			"$file" ;;
	xfs)
		truncate -s 512M "$file"
		mkfs.xfs -q "$file" ;;
	esac
}
