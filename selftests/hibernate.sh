#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Hibernate a machine, on the host: devices of a network root do not come back
# from hibernation, so this machine has its programs in memory. `test_resume`
# writes the image and reads it again at once; `shutdown` turns the machine
# off, and a second one reads the image.
#
# usage: hibernate.sh test_resume|shutdown

set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/tests.sh"
BUILD=$(realpath -m "${BUILD:-$here/../build}")
# Set by the runner where it is not x86; so is $arch, in lib/tests.sh.
bin=${GCMA_TEST_BIN:-$BUILD/selftests}
kernel=${GCMA_KERNEL:-$BUILD/linux}
warnings='WARNING:|BUG|Oops|Call Trace|Bad page'
# A kernel full of checks leaves too little of that for the image.
memory=512M
[ "${GCMA_SLOW:-1}" -eq 1 ] || memory=768M
work=

fail()
{
	echo "# failed: $*"
	exit 1
}

# The first process: mount what is needed, run the program, turn off. A machine
# that was to read the image and did not gets the mode "none".
write_init()
{
	cat <<-'INIT'
		#!/bin/sh
		[ ! -e /bin/busybox ] || /bin/busybox --install -s /bin
		mount -t proc proc /proc
		mount -t sysfs sysfs /sys
		mount -t devtmpfs dev /dev
		mount -t debugfs debugfs /sys/kernel/debug
		mount -t cgroup2 cgroup /sys/fs/cgroup
		export GCMA_PAGES_AT_BOOT=$(cat \
			/sys/kernel/mm/cma/reserved/allocated_pages)
		mode=$(sed 's/.*gcma_test=\([a-z_]*\).*/\1/' /proc/cmdline)
		if [ $mode = none ]; then
			echo "# failed: the image was not used"
		else
			mount -t ext4 /dev/vda /mnt && swapon /dev/vdb &&
				hibernate /mnt $mode
			echo "hibernate: status $?"
			umount /mnt
		fi
		poweroff -f || echo o >/proc/sysrq-trigger
		sleep 60
	INIT
}

programs_x86()
{
	cp "$(command -v busybox)" "$1/bin/" && ln -s busybox "$1/bin/sh"
}

programs_arm64()
{
	cp -a "$BUILD/arm64-root/root/." "$1"
}

make_initramfs()
{
	local root=$work/root

	mkdir -p "$root"/{bin,proc,sys,dev,mnt}
	"programs_$arch" "$root" || fail "the machine's programs are missing"
	cp "$bin/hibernate" "$root/bin/" || fail "$bin/hibernate is missing"
	write_init >"$root/init"
	chmod +x "$root/init"
	(cd "$root" && find . | cpio -o -H newc --quiet) >"$work/initramfs" ||
		fail "the machine's programs cannot be packed"
}

# How a machine is emulated, in $emulator, its kernel and its console.
choose_x86()
{
	local accel cpu=max,-cx16

	accel=$("$here/../scripts/guest" --kernel "$kernel" --print-accel)
	[ "$accel" != kvm ] || cpu=host
	emulator=(qemu-system-x86_64 -accel "$accel" -cpu "$cpu")
	image=bzImage
	console=ttyS0
}

choose_arm64()
{
	emulator=(qemu-system-aarch64 -M virt -accel tcg -cpu cortex-a76)
	image=Image
	console=ttyAMA0
}

# Run the machine until it is off. Its console is shown and kept.
machine()
{
	local mode=$1 emulator image console
	local drive=if=virtio,format=raw,cache=unsafe

	"choose_$arch"
	"${emulator[@]}" -smp 2 -m "$memory" \
		-nodefaults -display none -no-reboot -serial stdio \
		-kernel "$kernel/arch/$arch/boot/$image" \
		-initrd "$work/initramfs" \
		-drive "$drive,file=$work/disk" \
		-drive "$drive,file=$work/swap" \
		-append "console=$console panic=-1 no_timer_check cma=64M gcma resume=/dev/vdb \
			gcma_test=$mode" </dev/null 2>&1 |
		tr -d '\r' | tee -a "$work/console" | grep --line-buffered '^#'
}

# Of the area's 16384 pages a quarter is allocated, the others are to be zero:
# the image takes all of them for used.
check_image()
{
	local zero

	zero=$(sed -nE 's/.*Image created \(.* ([0-9]+) zero pages\).*/\1/p' \
		"$work/console")
	echo "# ${zero:-no} pages of the image are zero"
	[ "${zero:-0}" -ge $((16384 * 95 * 3 / 400)) ] ||
		fail "what is not used is in the image"
}

main()
{
	case "${1:-}" in
	test_resume | shutdown) ;;
	*)
		echo "usage: hibernate.sh test_resume|shutdown" >&2
		exit 2 ;;
	esac
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	make_initramfs
	make_image ext4_4k "$work/disk" || fail "no file system"
	truncate -s 640M "$work/swap"
	mkswap "$work/swap" >/dev/null 2>&1 || fail "no swap space"
	machine "$1"
	[ "$1" != shutdown ] || machine none
	if grep -E -B5 -A10 "$warnings" "$work/console"; then
		fail "the kernel warned"
	fi
	# The kernel may say something before the line ends.
	grep -qE 'hibernate: status 0([^0-9]|$)' "$work/console" || {
		tail -n20 "$work/console" | sed 's/^/#   /'
		fail "the program did not pass"
	}
	check_image
}

main "$@"
