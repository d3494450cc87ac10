#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Find what the opt_in program presses on: guests see the tests through 9p.
#
# usage: opt_in.sh 9p | opt_in.sh device MOUNTPOINT

. "$(dirname "$0")/lib/case.sh"

case ${1:-} in
9p)
	file=$bin/alloc_full
	# statfs() shows the host's type; an overlay's pages are the root's.
	case $(findmnt -nro FSTYPE -T "$file")@$(findmnt -nro FSTYPE /) in
	9p@* | overlay@9p) ;;
	*)
		note "$file is not on a 9p file system"
		exit 1 ;;
	esac ;;
device)
	file=$(findmnt -rno SOURCE "$2") ;;
*)
	echo "usage: opt_in.sh 9p | opt_in.sh device MOUNTPOINT" >&2
	exit 2 ;;
esac
note "pressing on $file"
exec "$bin/opt_in" "$file"
