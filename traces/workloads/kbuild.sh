# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Part of a small kernel is built, by a compiler that is on the disk as well,
# with little more memory than its larger files need; then a header is touched.

# shellcheck disable=SC2034 # used by the scripts that source this file
what="make of parts of a kernel, compiler on the same disk; then once more"
memory=88M
programs=(bash sh make sed cat rm mkdir awk)
packages=()

prepare()
{
	copy_source Makefile Kbuild Kconfig arch/Kconfig arch/x86 include \
		kernel/{bounds.c,configs,Makefile,sched,time} lib mm scripts \
		tools/{arch,build,include,lib,objtool,scripts}
	(cd "$BUILD/src" && find . -name 'Kconfig*' -print0 |
		cpio -0 -pdmu --quiet "$OLDPWD")
	copy_compiler
	build tinyconfig
	build prepare
}

# It looks for its parts beside itself. What compiles C for the kernel and links
# the programs that help to build it is all that is needed.
copy_compiler()
{
	local program parts

	parts=$(dirname "$(gcc -print-prog-name=cc1)")
	mkdir -p usr/bin
	cp -a --parents -t . "$parts"/{cc1,collect2,include,liblto_plugin.so} \
		"$parts"/{libgcc*,crt*}
	for program in gcc as ld ar nm objcopy; do
		cp -L "/usr/bin/$program" usr/bin
	done
}

build()
{
	PATH=$PWD/usr/bin:$PATH make "$@"
}

work()
{
	build kernel/time/ lib/math/ >/dev/null
	touch include/linux/rbtree.h
	build kernel/time/ lib/math/ >/dev/null
}
