# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Packages are installed into a small Debian system, verified, removed and
# installed again, by that system's own apt and dpkg.

# shellcheck disable=SC2034 # used by the scripts that source this file
what="apt and dpkg: packages installed, verified, removed, installed again"
memory=104M
programs=()
packages=(debootstrap)

first=(git less)
second=(python3 vim)

prepare()
{
	# shellcheck disable=SC2154 # set in scripts/apt.sh
	debootstrap --variant=minbase "$codename" root "$(apt_mirror)"
	in_root apt-get -qy --download-only install "${first[@]}" "${second[@]}"
}

in_root()
{
	chroot root env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C \
		DEBIAN_FRONTEND=noninteractive "$@"
}

apt()
{
	in_root apt-get -qy --no-download -o DPkg::Options::=--force-unsafe-io \
		-o DPkg::Use-Pty=0 -o APT::Keep-Downloaded-Packages=true \
		"$@" >/dev/null
}

work()
{
	mount -t proc proc root/proc
	apt install "${first[@]}"
	in_root dpkg --verify
	apt install "${second[@]}"
	in_root dpkg --verify
	apt purge --autoremove "${first[@]}"
	apt install "${first[@]}"
	in_root dpkg --verify
}
