# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Someone searches parts of a source tree again and again, opens files in
# between, popular ones more often, and once in a while a backup reads all.

# shellcheck disable=SC2034 # used by the scripts that source this file
what="grep -r over parts of a source tree, files opened beside it, a backup"
memory=32M
programs=(grep tar cat xargs)
packages=()

reads=3000

prepare()
{
	copy_source fs/{ext4,btrfs,xfs,nfs} \
		include/{linux,net,uapi,sound} mm net sound/soc/codecs
	find . -type f -name '*.[ch]' | LC_ALL=C sort >files
	popular_lines $reads <files >opened
}

open_files()
{
	while read -r file; do
		cat "$file"
		sleep 0.02
	done <opened >/dev/null
}

search()
{
	grep -rc "$@" >/dev/null || :
}

work()
{
	local round reader

	open_files &
	reader=$!
	for round in 1 2 3; do
		search list_for_each_entry_rcu net
		search static_branch include/linux include/net
		search folio_test_uptodate fs/ext4 fs/btrfs fs/xfs mm
		search u32 include/linux include/uapi
		search skb_shinfo net/core net/ipv4 net/ipv6 include/linux
		search snd_soc_component_read sound/soc/codecs include/sound
		[ $round -ne 2 ] || tar cf - . | cat >/dev/null
	done
	kill $reader 2>/dev/null || :
	wait $reader || :
}
