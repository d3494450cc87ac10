# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2034,SC2154 # shares its variables with scripts/guest
#
# What is peculiar to arm64, for scripts/guest: an emulated "virt" machine, its
# device tree with overlays on it, and a root in memory. The guest sees the
# project, the build and the current folder of this machine, nothing else.

emulator=(qemu-system-aarch64)
root=$BUILD/arm64-root/initramfs
kernel=${kernel:-$BUILD/linux-arm64}
# Its root has no locales.
locale=C

# Whatever the guest is to see has to be shared.
covered()
{
	return 0
}

check_machine()
{
	need qemu-system-aarch64 dtc fdtoverlay
	[ -e "$kernel/arch/arm64/boot/Image" ] ||
		die "no kernel in $kernel; run: make kernel-arm64"
	[ -e "$root" ] || die "$root is missing; run: make root-arm64"
	accel=tcg
}

machine_options()
{
	emulator+=(-M virt -accel "$accel" -cpu cortex-a76
		   -m "$memory" -smp "$cpus")
	qemu+=(-display none -nic none -no-reboot
	       -device virtio-serial-pci
	       -chardev "file,id=gout,path=$(escaped "$state/out")"
	       -device "virtserialport,chardev=gout,name=guest.out"
	       -chardev "file,id=gerr,path=$(escaped "$state/err")"
	       -device "virtserialport,chardev=gerr,name=guest.err"
	       -fsdev "local,id=gstate,security_model=none,path=$(escaped "$state")"
	       -device "virtio-9p-pci,fsdev=gstate,mount_tag=gstate")
	# Words the kernel does not know become its init's environment.
	append=(panic=-1 "GUEST_STATE=$state" "GUEST_9P=$p9_options"
		"${append[@]}")
	device_tree
}

# The machine's own device tree, with the overlays on it.
device_tree()
{
	local tree=$state/tree.dtb i

	[ ${#overlays[@]} -gt 0 ] || return 0
	"${emulator[@]}" -M "dumpdtb=$tree" >"$state/tree.log" 2>&1 ||
		die "no device tree: $(tail -n1 "$state/tree.log")"
	for i in "${!overlays[@]}"; do
		dtc -@ -q -I dts -O dtb -o "$state/$i.dtbo" "${overlays[i]}" ||
			die "${overlays[i]}: not a device tree overlay"
		overlays[i]=$state/$i.dtbo
	done
	fdtoverlay -i "$tree" -o "$state/guest.dtb" "${overlays[@]}" ||
		die "the overlays do not fit the device tree"
	qemu+=(-dtb "$state/guest.dtb")
}

log_options()
{
	if [ -z "$log" ]; then
		qemu+=(-serial null)
		return
	fi
	: >"$log" || die "$log: cannot be written"
	qemu+=(-chardev "file,id=klog,path=$(escaped "$(realpath "$log")")"
	       -serial chardev:klog)
	append+=(earlycon console=ttyAMA0 ignore_loglevel)
}

launch()
{
	exec setsid timeout --foreground -k5 "$limit" "${emulator[@]}" \
		"${qemu[@]}" -kernel "$kernel/arch/arm64/boot/Image" \
		-initrd "$root" -append "${append[*]}"
}
