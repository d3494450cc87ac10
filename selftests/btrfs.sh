#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The tests of content in a directory with one of btrfs's attributes: what is
# compressed is read in larger pieces than pages, what is not copied on write
# is changed in place. Guards what those tests guard (mutants blind, no-copy).
#
# usage: btrfs.sh compress|nocow DIR

. "$(dirname "$0")/lib/case.sh"

step()
{
	note "$*"
	"$bin/$1" "${@:2}" || exit
}

compress()
{
	step partial_pages "$1" truncate
	step partial_pages "$1" punch
	step overwrite "$1" parts
	step direct_write "$1" write
	step data_equality "$1" 6 2 6
}

nocow()
{
	step direct_write "$1" write
	step direct_write "$1" race
	step partial_pages "$1" zero_range
}

case "$# ${1:-}" in
"2 compress") attribute=c ;;
"2 nocow") attribute=C ;;
*)
	echo "usage: btrfs.sh compress|nocow DIR" >&2
	exit 2 ;;
esac
mkdir "$2/$1"
chattr +$attribute "$2/$1" || fail "$2/$1: no attribute $attribute"
"$1" "$2/$1"
