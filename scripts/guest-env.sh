# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Sourced by the guest's init (as BASH_ENV) where the machine has no udev:
# virtme-ng finds its script ports by the names that udev would have linked.

unset BASH_ENV

link_ports()
{
	local port name

	for port in /sys/class/virtio-ports/*; do
		name=$(cat "$port/name" 2>/dev/null)
		[ -z "$name" ] || ln -sf "/dev/${port##*/}" \
			"/dev/virtio-ports/$name"
	done
}

# The host announces the ports one message at a time: wait for all of them.
udevd()
{
	local name try

	mkdir -p /dev/virtio-ports
	for name in stdin stdout stderr dev_stdout dev_stderr ret; do
		for ((try = 0; try < 100; try++)); do
			link_ports
			[ ! -e "/dev/virtio-ports/virtme.$name" ] || break
			sleep 0.05
		done
	done
}

udevadm()
{
	:
}
