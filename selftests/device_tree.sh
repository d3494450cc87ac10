#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Compare what the kernel made of /reserved-memory with the device tree it got.
# A node is expected to become an area if it says shared-dma-pool and reusable
# and its name does not begin with "bad-".
#
# usage: device_tree.sh figures | lend DIR | plain AREA | errors

. "$(dirname "$0")/lib/case.sh"

nodes=/proc/device-tree/reserved-memory
cma=/sys/kernel/mm/cma
debugfs=/sys/kernel/debug/cma
group=/sys/fs/cgroup/gcma-test.device_tree
page=4096

is_area()
{
	[[ ${1##*/} != bad-* && -e $1/reusable ]] &&
		grep -qsx shared-dma-pool <(tr '\0' '\n' <"$1/compatible")
}

# Names of the areas there should be. With "guarantee" only those that have
# the property, with "plain" only the others.
areas()
{
	local node kind

	for node in "$nodes"/*/; do
		node=${node%/}
		is_area "$node" || continue
		kind=plain
		[ ! -e "$node/guarantee" ] || kind=guarantee
		[ "${1:-$kind}" != $kind ] || echo "${node##*/}"
	done
}

# The area's size in pages by the device tree: the last two cells of "reg" or
# of "size".
wanted_pages()
{
	local file=$nodes/$1/reg hex

	[ -e "$file" ] || file=$nodes/$1/size
	hex=$(hexdump -v -e '1/1 "%02x"' "$file") || fail "$file: not there"
	echo $((16#${hex: -16} / page))
}

figure()
{
	cat "$cma/$1/$2" 2>/dev/null || fail "area $1 has no $2"
}

expect_figure()
{
	local found

	found=$(figure "$1" "$2") || { echo "$found"; exit 1; }
	[ "$found" = "$3" ] || fail "area $1: $2 is $found, not $3"
}

# Only guaranteed areas have that file.
expect_plain()
{
	[ ! -e "$cma/$1/guaranteed" ] || fail "the area $1 is a guaranteed one"
}

# The file of debugfs takes a number of pages.
allocate()
{
	echo "$2" >"$debugfs/$1/alloc" || fail "$2 pages of $1: not allocated"
}

release()
{
	echo "$2" >"$debugfs/$1/free" || fail "$2 pages of $1: not released"
}

figures()
{
	local area pages n=0

	for area in $(areas); do
		pages=$(wanted_pages "$area")
		[ -d "$cma/$area" ] || fail "there is no area $area"
		[ "$(cat "$debugfs/$area/count")" = "$pages" ] ||
			fail "$area has not the size of $pages pages"
		if [ -e "$nodes/$area/guarantee" ]; then
			expect_figure "$area" guaranteed 1
			expect_figure "$area" total_pages "$pages"
		else
			expect_plain "$area"
		fi
		n=$((n + 1))
	done
	note "$n areas are what the device tree says"
	[ $n -ge 2 ] || fail "only $n areas in $nodes: the wrong device tree"
	[ "$(find $cma -mindepth 1 -maxdepth 1 | wc -l)" -eq $n ] ||
		fail "areas that the device tree does not have: $(ls $cma)"
}

enter_group()
{
	echo +memory >/sys/fs/cgroup/cgroup.subtree_control
	mkdir "$group" || fail "$group cannot be made"
	echo 0 >"$group/cgroup.procs" || fail "$group cannot be entered"
}

# Read the file and have the kernel evict it, so that its pages are lent memory.
read_and_evict()
{
	local sum

	sum=$(sha256sum <"$1")
	[ "$sum" = "$2" ] || fail "$1 reads differently than it was written"
	# Reclaiming less than is asked for is no failure.
	echo 96M 2>/dev/null >"$group/memory.reclaim"
	:
}

# Is nearly all of the area in use by the cleancache?
expect_lent()
{
	local cached total

	cached=$(figure "$1" cached_pages)
	total=$(figure "$1" total_pages)
	[ "$cached" -ge $((total * 9 / 10)) ] ||
		fail "area $1: only $cached of $total pages are lent"
	note "$1: $cached of $total pages are lent"
}

# The file is larger than all areas together, so that it fills each of them.
lend()
{
	local file=$1/file area others total sum

	others=$(areas guarantee)
	[ -n "$others" ] || fail "no guaranteed area in the device tree"
	enter_group
	for area in $others; do
		expect_figure "$area" cached_pages 0
	done
	dd if=/dev/urandom of="$file" bs=1M count=40 2>/dev/null || fail "$file: not written"
	sync
	sum=$(sha256sum <"$file")
	for area in $others; do
		read_and_evict "$file" "$sum"
		expect_lent "$area"
		total=$(figure "$area" total_pages)
		allocate "$area" "$total"
		expect_figure "$area" cached_pages 0
		expect_figure "$area" allocated_pages "$total"
		read_and_evict "$file" "$sum"
		expect_figure "$area" cached_pages 0
		release "$area" "$total"
		expect_figure "$area" allocated_pages 0
	done
	read_and_evict "$file" "$sum"
	for area in $others; do
		expect_lent "$area"
	done
	read_and_evict "$file" "$sum"
}

meminfo()
{
	awk -v name="$1:" '$1 == name { print $2 * 1024 }' /proc/meminfo
}

# A plain area goes on as ever: its pages are the buddy allocator's.
plain()
{
	local area=$1 name total=0 used

	[[ -e $nodes/$area && ! -e $nodes/$area/guarantee ]] ||
		fail "$area is no plain area of this device tree"
	expect_plain "$area"
	for name in $(areas plain); do
		total=$((total + $(wanted_pages "$name")))
	done
	[ "$(meminfo CmaTotal)" -eq $((total * page)) ] ||
		fail "CmaTotal is $(meminfo CmaTotal), not $((total * page))"
	used=$(cat "$debugfs/$area/used")
	allocate "$area" 100
	[ "$(cat "$debugfs/$area/used")" -eq $((used + 100)) ] ||
		fail "100 pages of $area do not show"
	release "$area" 100
}

# Print what the kernel said about a node.
said_about()
{
	dmesg | grep -F -e "$1" | sed 's/^\[[^]]*\] *//'
}

# A node, and words by which the kernel has to say what is wrong with it.
reasons='bad-size|whole pages
bad-base@52000800|whole pages
bad-carveout@53000000|must be reusable
bad-no-map@54000000|must be reusable
bad-too-large|failed to allocate'

errors()
{
	local node words said

	while IFS='|' read -r node words; do
		[ -e "$nodes/$node" ] || fail "$node is not in the device tree"
		[ ! -e "$cma/$node" ] || fail "$node became an area"
		said=$(said_about "$node")
		grep -qE "$words" <<<"$said" ||
			fail "$node: the kernel says no reason, only: $said"
		note "$(grep -m1 -E "$words" <<<"$said")"
	done <<<"$reasons"
}

case $1.$# in
figures.1 | errors.1) "$1" ;;
lend.2 | plain.2) "$1" "$2" ;;
*)
	echo "usage: device_tree.sh figures | lend DIR | plain AREA | errors" >&2
	exit 2 ;;
esac
