#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Read-only file systems: every byte of a set of files larger than its cgroup,
# from an image made here. The image is read past the page cache, so that what
# comes from the cleancache are pages of the files in it. erofs_lz4 is EROFS
# with compressed files, which it reads on another way than others. Guards
# invariants 1 and 3 (mutant no-copy).
#
# usage: image.sh erofs|erofs_lz4|squashfs DIR

. "$(dirname "$0")/lib/case.sh"

files=6
size=2
limit=6
bytes=$((files * size * 1024 * 1024))
loop=
dir=

cleanup()
{
	[ -z "$loop" ] || { umount "$dir/mnt"; losetup -d "$loop"; }
}

make_image()
{
	case $1 in
	erofs) mkfs.erofs "$dir/image" "$dir/tree" ;;
	erofs_lz4) mkfs.erofs -zlz4 -C65536 "$dir/image" "$dir/tree" ;;
	squashfs) mksquashfs "$dir/tree" "$dir/image" -comp gzip ;;
	esac >"$dir/log" 2>&1 || fail "mkfs of $1: $(tail -n1 "$dir/log")"
	[ "$1" = erofs ] || [ "$(stat -c %s "$dir/image")" -lt $bytes ] ||
		fail "$1: nothing in the image is compressed"
}

if [ $# -ne 2 ] || [[ ! $1 =~ ^(erofs|erofs_lz4|squashfs)$ ]]; then
	echo "usage: image.sh erofs|erofs_lz4|squashfs DIR" >&2
	exit 2
fi
dir=$2
trap cleanup EXIT
mkdir "$dir/tree" "$dir/mnt"
"$bin/data_equality" "$dir/tree" $files $size || fail "no tree of files"
make_image "$1"
loop=$(losetup -f --show --direct-io=on -r "$dir/image") ||
	fail "no loop device"
mount -t "${1%_lz4}" -o ro "$loop" "$dir/mnt" || fail "$1: mount"
"$bin/data_equality" "$dir/mnt" $files $size $limit
