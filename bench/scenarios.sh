# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2154,SC2086 # variables of init, without blanks
#
# What the guests of the benchmark do. A scenario reports
#   sample ID PAGES WHAT INSTRUCTIONS
#   value ID NUMBER
#   text ID anything
# and leaves the arithmetic to scripts/bench-rows.

vmstat()
{
	awk -v name="$1" '$1 == name { print $2 }' /proc/vmstat
}

mount_disk()
{
	losetup /dev/loop0 /disk.img &&
		mount -t ext4 -o noatime /dev/loop0 /mnt &&
		truncate -s 384M /mnt/big
}

load_meter()
{
	[ -d $meter ] || insmod /gcma_bench.ko || fail "insmod gcma_bench.ko"
}

# Report what the module has noted since the last time.
samples()
{
	sed "s|^|sample $1 $2 |" $meter/samples >>$report
	echo >$meter/samples
}

# Allocate COUNT times from an area; what was had is kept.
take()
{
	area=$1 id=$2 pages=$3 count=$4 failed=0
	progress "$id"
	while [ "$count" -gt 0 ]; do
		echo "$pages" >$cma/"$area"/alloc || failed=$((failed + 1))
		count=$((count - 1))
	done 2>/dev/null
	samples "$id" "$pages"
	say "value $id.failed $failed"
}

give_all()
{
	cat $cma/"$1"/count >$cma/"$1"/free
}

# Read until the cleancache is full and the buddy allocator has used what CMA
# memory it will use.
fill()
{
	progress fill
	echo 3 >/proc/sys/vm/drop_caches
	total=$(cat $cma/bench/count)
	cat /mnt/big >/dev/null
	cached=$(cat /sys/kernel/mm/cma/bench/cached_pages)
	say "value filled.$1.gcma $((cached * 1000 / total))"
	total=$(cat $cma/reserved/count)
	used=$((total - $(vmstat nr_free_cma)))
	say "value filled.$1.cma $((used * 1000 / total))"
}

# Both kinds of area, in one of their states.
take_size()
{
	take bench "takeback.$1.$2.gcma" "$3" "$4"
	take reserved "takeback.$1.$2.cma" "$3" "$4"
}

give_both()
{
	give_all bench
	give_all reserved
}

take_all()
{
	take bench "takeback.area.$1.gcma" "$(cat $cma/bench/count)" 1
	take reserved "takeback.area.$1.cma" "$(cat $cma/reserved/count)" 1
	give_both
}

scenario_takeback()
{
	load_meter
	grep -q " /mnt " /proc/mounts || mount_disk || return
	# Free pages that the CPU keeps to itself would pass for used ones.
	echo 100000 >/proc/sys/vm/percpu_pagelist_high_fraction
	echo 3 >/proc/sys/vm/drop_caches
	echo >$meter/empty
	samples empty 1
	take_size 4KiB empty 1 16
	take_size 64KiB empty 16 16
	take_size 2MiB empty 512 8
	give_both
	take_size 64MiB empty 16384 1
	give_both
	take_all empty
	fill ranges
	take_size 4KiB full 1 16
	take_size 64KiB full 16 16
	take_size 2MiB full 512 4
	take_size 64MiB full 16384 1
	give_both
	fill area
	take_all full
	echo 0 >/proc/sys/vm/percpu_pagelist_high_fraction
}

# Anonymous pages cannot be dropped: plain CMA has to move them.
scenario_anonymous()
{
	load_meter
	echo 3 >/proc/sys/vm/drop_caches
	# As much again has to be free elsewhere, to be moved to.
	hold "$(awk '$1 == "MemFree:" { print int($2 / 1024) - 96 }' \
		/proc/meminfo)" &
	holder=$!
	wait_for /tmp/held
	say "value anonymous.free_cma $(vmstat nr_free_cma)"
	take reserved takeback.64MiB.anonymous.cma 16384 1
	give_all reserved
	kill $holder
	wait $holder 2>/dev/null
	return 0
}

# Evict and read again in a memory cgroup of its own. The words after the name
# come before the command.
cycle_as()
{
	name=$1
	shift
	progress "cycle $name"
	"$@" cycle /mnt/data $groups/work 12 >/tmp/cycle || return
	sed "s|^|cycle $name |" /tmp/cycle >>$report
}

make_group()
{
	[ -d $groups/work ] && return
	echo +memory >$groups/cgroup.subtree_control
	mkdir $groups/work
}

# Pages that were evicted, added one by one. Their cgroup is the reader's.
add_pages()
{
	sh -c "echo \$\$ >$groups/work/cgroup.procs &&
		echo '0 1024 /mnt/data' >$meter/add" || return
	samples "$1" 1
	echo >$meter/copy
	samples copy 1
	echo 3 >/proc/sys/vm/drop_caches
}

scenario_cycle()
{
	load_meter
	grep -q " /mnt " /proc/mounts || mount_disk || return
	make_group
	before=$(vmstat cleancache_restored)
	cycle_as builtin || return
	say "value cycle.restored $(($(vmstat cleancache_restored) - ${before:-0}))"
	add_pages add
}

# The same with a policy; it must still be in force at the end.
with_policy()
{
	gcma-policy load "/$1.bpf.o" >/dev/null || return
	cycle_as "$2" || return
	gcma-policy status >/dev/null || return
	gcma-policy unload >/dev/null
}

scenario_noop()
{
	make_group
	with_policy noop noop || return
	echo 3 >/proc/sys/vm/drop_caches
	cycle_as builtin.again || return
	# So little is left that each page stored needs another evicted. A policy
	# that does nothing would be ejected.
	total=$(cat $cma/bench/count)
	echo $((total - 2048)) >$cma/bench/alloc || return
	cycle_as builtin.tight || return
	with_policy fifo fifo.tight || return
	give_all bench
}

# While all of it is recorded. Nothing may be lost on the way.
scenario_recording()
{
	grep -q " /mnt " /proc/mounts || mount_disk || return
	make_group
	cycle_as recording gcma-lab record --bpf-dir / -o /tmp/cycle.trc -- \
		2>/tmp/recorded || return
	sed "s|^|text recorded |" /tmp/recorded >>$report
	grep -q " 0 dropped" /tmp/recorded || return
	rm /tmp/cycle.trc
	echo 3 >/proc/sys/vm/drop_caches
	cycle_as recording.not
}

# One way to read that does not suit a cache, and the hits it has.
pathological_case()
{
	progress "pathological $1"
	before=$(vmstat cleancache_restored)
	sh -c "echo \$\$ >$groups/work/cgroup.procs &&
		exec pathological $1 /mnt 8" >/tmp/pathological || return
	say "value pathological.$1.restored $(($(vmstat cleancache_restored) -
		${before:-0}))"
	sed "s|^|cycle pathological |" /tmp/pathological >>$report
	echo 3 >/proc/sys/vm/drop_caches
}

# In a cgroup that holds a third of what is read. The loop is larger than cgroup
# and area together, of which little is left for that; all else fits. One guest
# has no guaranteed area.
scenario_pathological()
{
	mount_disk || return
	make_group
	echo 5M >$groups/work/memory.max
	if [ -d $cma/bench ]; then
		echo $(($(cat $cma/bench/count) - 1024)) >$cma/bench/alloc ||
			return
	fi
	pathological_case loop || return
	[ ! -d $cma/bench ] || give_all bench
	pathological_case readers || return
	rm /mnt/data
	pathological_case small_files && pathological_case sparse
}

# What is in use, in KiB. The free pages that each CPU keeps to itself do not
# count as free in /proc/meminfo.
used_memory()
{
	kept=$(awk '$1 == "count:" { n += $2 } END { print n * 4 }' \
		/proc/zoneinfo)
	awk -v kept="$kept" '
		$1 == "MemTotal:" { total = $2 }
		$1 == "MemFree:" { free = $2 }
		END { print total - free - kept }' /proc/meminfo
}

# The first policy takes what queues need for each slot, and more besides.
count_slots()
{
	say "value memory.slots $slots"
	used=$(used_memory)
	gcma-policy load /noop.bpf.o >/dev/null || return
	say "value memory.policy_kib $(($(used_memory) - used))"
}

# Before anything else has happened.
scenario_memory()
{
	say "value memory.used_kib $(used_memory)"
	slots=$(cat /sys/kernel/mm/cleancache/slots)
	[ "$slots" -eq 0 ] || count_slots
}

# What the allocator looks like now.
show_memory()
{
	{
		sed "s|^|text $1.buddyinfo |" /proc/buddyinfo
		sed "s|^|text $1.extfrag_index |" \
			/sys/kernel/debug/extfrag/extfrag_index
		sed -n "s|^compact_|text $1.vmstat compact_|p" /proc/vmstat
	} >>$report
}

wait_for()
{
	until [ -e "$1" ]; do
		usleep 50000
	done
}

# A page for good in every 128 MiB, in memory that page cache filled.
fragment_lightly()
{
	cat /mnt/big >/dev/null
	echo "100000 32768" >$meter/pin
	cat /mnt/big >/dev/null
}

# Long-lived pages of every kind all over memory that page cache filled: hardly
# any block is without one.
fragment_memory()
{
	cat /mnt/big >/dev/null
	echo "100000 8" >$meter/pin
	mkdir -p /tmp/small
	fragment /tmp/small 20000 4000 &
	interfere keep - 48 &
	wait_for /tmp/fragmented
	cat /mnt/big >/dev/null
	sleep 2
}

# The other ways to contiguous memory, in the state that $1 names.
other_ways()
{
	echo "10 32 none" >$meter/blocks
	samples "blocks.none.$1" 1024
	echo "10 32 compact" >$meter/blocks
	samples "blocks.compact.$1" 1024
	echo "16384 4" >$meter/contig
	samples "contig.$1" 16384
}

scenario_baseline()
{
	load_meter
	mount_disk || return
	show_memory fresh
	other_ways fresh
	fragment_lightly
	show_memory light
	other_ways light
	fragment_memory
	show_memory fragmented
	other_ways fragmented
	show_memory tried
	echo 100 >/proc/sys/vm/compaction_proactiveness
	sleep 20
	show_memory proactive
	other_ways proactive
}

# Both kinds of area, in the state of memory that $1 names.
try_areas()
{
	echo >$meter/samples
	for kind in cma:reserved gcma:bench; do
		failed=0
		for _ in 1 2 3 4; do
			echo 16384 >$cma/${kind#*:}/alloc || {
				failed=$((failed + 1))
				continue
			}
			give_all ${kind#*:}
		done 2>/dev/null
		samples baseline.${kind%:*}.$1 16384
		say "value baseline.${kind%:*}.$1.failed $failed"
	done
}

# Plain CMA among the same fragments.
scenario_fragmented()
{
	load_meter
	mount_disk || return
	try_areas fresh
	fragment_lightly
	show_memory cma.light
	try_areas light
	fragment_memory
	show_memory cma
	try_areas fragmented
}

# 64 MiB of huge pages at run time, from a zone without unmovable pages.
huge_pages()
{
	sed "s|^|huge $1 |" <<-RESULT >>$report
		$(timed /proc/sys/vm/nr_hugepages 32)
		$(awk '$1 == "HugePages_Total:" { print "got", $2 }' \
			/proc/meminfo)
	RESULT
	echo 0 >/proc/sys/vm/nr_hugepages
}

scenario_hugetlb()
{
	load_meter
	mount_disk || return
	huge_pages fresh
	fragment_memory
	show_memory movablecore
	huge_pages fragmented
}

# How many pages an area of a kind does not lend at the moment.
not_lent()
{
	case $1 in
	gcma) echo $(($(cat $cma/"$2"/count) - \
		$(cat /sys/kernel/mm/cma/"$2"/cached_pages))) ;;
	cma) vmstat nr_free_cma ;;
	esac
}

# Wait until so much of an area is lent that a range of so many pages is nearly
# full, but not for long: plain CMA never lends all. Adds up what is not lent.
wait_lent()
{
	most=$(($3 / 20)) tries=200
	[ $most -ge 64 ] || most=64
	[ "$1" = gcma ] || tries=20
	while missing=$(not_lent "$1" "$2") && [ "$missing" -gt $most ] &&
		[ $tries -gt 0 ]; do
		usleep 5000
		tries=$((tries - 1))
	done
	idle=$((idle + missing))
}

# Allocate from an area of a kind again and again: KIND AREA SIZE:PAGES COUNT
take_loaded()
{
	id=loaded.${3%:*}.$1 pages=${3#*:} count=$4 failed=0 idle=0
	progress "$id"
	echo >$meter/samples
	dropped=$(vmstat cleancache_allocated)
	while [ "$count" -gt 0 ]; do
		wait_lent "$1" "$2" "$pages"
		result=$(chrt -f 50 hammer "$2" 1 100000 "$pages") || return
		failed=$((failed + ${result#* }))
		count=$((count - 1))
	done
	say "value $id.failed $failed"
	say "value $id.dropped $(($(vmstat cleancache_allocated) - dropped))"
	say "value $id.lent $((1000 - idle * 1000 / $4 / $(cat $cma/"$2"/count)))"
	samples "$id" "$pages"
}

# Allocations while both CPUs reclaim and refault. The allocating task has
# real-time priority, or it would wait its turn among the readers. These read
# more than their cgroup and the guaranteed area can hold; the rest of memory is
# full of page cache.
scenario_loaded()
{
	load_meter
	mount_disk || return
	make_group
	echo 64M >$groups/work/memory.max
	for cpu in 0 1; do
		truncate -s 112M /mnt/big.$cpu
		sh -c "echo \$\$ >$groups/work/cgroup.procs &&
			exec taskset $((1 << cpu)) \
				interfere read /mnt/big.$cpu 112" &
	done
	cat /mnt/big >/dev/null
	sleep 1
	echo 12 >$meter/slice
	before=$(vmstat cleancache_restored)
	for size in 4KiB:1:400 64KiB:16:400 2MiB:512:200 64MiB:16384:60; do
		take_loaded gcma bench "${size%:*}" "${size##*:}"
		take_loaded cma reserved "${size%:*}" 20
	done
	take_loaded gcma bench area:"$(cat $cma/bench/count)" 20
	take_loaded cma reserved area:"$(cat $cma/reserved/count)" 10
	say "value loaded.restored $(($(vmstat cleancache_restored) - before))"
}

# Policies come and go that propose nonsense, or nothing until they are ejected.
change_policies()
{
	while :; do
		for policy in liar silent; do
			gcma-policy load /$policy.bpf.o >/dev/null
			sleep 1
			gcma-policy unload >/dev/null 2>&1
		done
	done
}

hammer_area()
{
	hammer "$1" 1000000 "$2" mixed >/tmp/hammer.$1 || return
	read -r count failures </tmp/hammer.$1
	say "value hammer.$1.count $count"
	say "value hammer.$1.failures $failures"
}

# Both kinds side by side, against everything that is in the way of one.
scenario_failures()
{
	mount_disk || return
	# Once memory is full, what is pinned may be anywhere.
	cat /mnt/big >/dev/null
	interfere keep - 32 &
	interfere pin - &
	interfere direct /mnt/data &
	truncate -s 8M /mnt/dirty
	interfere dirty /mnt/dirty 8 &
	interfere fork - &
	interfere read /mnt/big 640 &
	change_policies &
	sleep 3
	hammer_area bench 180 &
	gcma=$!
	hammer_area reserved 180 &
	wait $gcma && wait $!
}
