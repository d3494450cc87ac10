#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the kernel makes of a gcma= that is wrong in every way: it says in one
# line which area it left out and why, and sets up the others. Guards the
# checks of the command line. Fails when a specification is dropped or taken
# without a word, or takes another one with it.
#
# usage: boot_errors.sh said | others | crowded | names | across

. "$(dirname "$0")/lib/case.sh"

cma=/sys/kernel/mm/cma

# AREA | WHAT IS WRONG WITH IT | A PATTERN FOR WHAT THE KERNEL SAYS
errors='
nosuch   | nobody declares such an area          | no area
bad!name | a character no name may have          | expected
zero     | no size                               | expected
sizeless | a colon and no size                   | expected
crooked  | does not start at the start of a page | address of a page
huge     | larger than the machine               | no .* of memory
beyond   | behind the end of memory              | no memory
over     | over another area                     | in use
good1    | a name for the second time            | of that name
late     | one more than there can be            | no more than
'

# One line a wrong area, with the reason in it.
said()
{
	local area what pattern lines count

	lines=$(dmesg | grep -E 'gcma: ')
	note "the kernel says:"
	note "  ${lines//$'\n'/$'\n'#   }"
	while IFS='|' read -r area what pattern; do
		area=${area//[[:space:]]/}
		[ -n "$area" ] || continue
		pattern=${pattern# }
		count=$(grep -F "'$area" <<<"$lines" | grep -cE "$pattern")
		[ "$count" -eq 1 ] ||
			fail "$area ($what): $count lines say why"
	done < <(sed 's/ *| */|/; s/ *| */|/2' <<<"$errors")
	grep -q 'no default area.*cma=' <<<"$lines" ||
		fail "nothing is said about gcma without cma="
}

# What is wrong left nothing behind; all that is right is there and works.
others()
{
	local dir area pages address

	for dir in "$cma"/*; do
		area=${dir##*/}
		case $area in
		good1 | base) ;;
		*) fail "there is an area $area" ;;
		esac
	done
	for area in base good1; do
		[ "$(cat "$cma/$area"/guaranteed 2>/dev/null)" = 1 ] ||
			fail "area $area is missing"
		pages=$(cat "$cma/$area"/total_pages)
		[ "$pages" -eq 1024 ] || fail "area $area has $pages pages"
		echo 1024 >"/sys/kernel/debug/cma/$area/alloc" ||
			fail "area $area cannot be allocated"
		[ "$(cat "$cma/$area"/allocated_pages)" -eq 1024 ] ||
			fail "area $area is not allocated"
		echo 1024 >"/sys/kernel/debug/cma/$area/free"
	done
	[ "$(cat $sys/slots)" -eq 2048 ] ||
		fail "there are $(cat $sys/slots) slots"
	[ ! -e /dev/dma_heap/reserved ] ||
		fail "there is a heap without a default area"
	address=$(sed 's/.*base:4M@\(0x[0-9a-f]*\).*/\1/' /proc/cmdline)
	[ "$(cat /sys/kernel/debug/cma/base/base_pfn)" -eq \
		$((address / 4096)) ] || fail "area base is not at $address"
}

# More areas than CONFIG_CMA_AREAS: the default one has its place all the same.
crowded()
{
	[ -d $cma/reserved ] || fail "there is no default area"
	[ ! -d $cma/late ] || fail "there is an area too many"
	dmesg | grep "gcma: .*'late.* no more than" ||
		fail "nothing is said about the area that was left out"
}

# A name that the default area has as well: both are there, and nothing is lost.
names()
{
	[ -d $cma/reserved ] || fail "the default area is missing"
	[ ! -e $cma/reserved/guaranteed ] ||
		fail "the default area is a guaranteed one"
	[ "$(cat $cma/reserved.1/guaranteed)" = 1 ] ||
		fail "the other area is missing"
	[ "$(cat $cma/reserved.1/total_pages)" -eq 1024 ] ||
		fail "the other area has not the size asked for"
	dmesg | grep "gcma: area 'reserved' is called 'reserved.1'" ||
		fail "nothing is said about the name"
}

# An area in two zones, which no CMA area may be: that CMA itself finds out late,
# and gives its memory back. The others are there.
across()
{
	local before total

	dmesg | grep 'CMA area across could not be activated' ||
		fail "nothing is said about the area in two zones"
	[ ! -e $cma/across/guaranteed ] || fail "it is a guaranteed area"
	! echo 1 2>/dev/null >/sys/kernel/debug/cma/across/alloc ||
		fail "it can be allocated"
	[ "$(cat $cma/reserved/guaranteed)" = 1 ] ||
		fail "the default area is missing"
	[ "$(cat $sys/slots)" -eq 2048 ] ||
		fail "there are $(cat $sys/slots) slots"
	before=$(dmesg | sed -n 's/.* Memory: \([0-9]*\)K.*/\1/p')
	[ -n "$before" ] || fail "the kernel does not say what it began with"
	total=$(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo)
	note "$((total - before)) KiB more than the kernel began with"
	# About 37,900 on x86, and 5,200 without the 32,768 of the area.
	[ $((total - before)) -gt 20000 ] || fail "its memory is lost"
}

case ${1:-} in
said | others | crowded | names | across) "$1" ;;
*)
	echo "usage: boot_errors.sh said|others|crowded|names|across" >&2
	exit 2 ;;
esac
