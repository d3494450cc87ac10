# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A repository with a history is cloned, searched, logged, switched back and
# forth and packed anew.

# shellcheck disable=SC2034 # used by the scripts that source this file
what="git: clone, log -p, grep, checkout back and forth, gc"
memory=48M
programs=(git)
packages=()

# Of this many folders each is a commit, and so is each of these renames.
folders=60
names=(skb sk err ret flags inode page lock count ptr len rcu)

git()
{
	command git -c user.name=trace -c user.email=trace -c gc.auto=0 \
		-c safe.directory='*' -c advice.detachedHead=false \
		-c core.deltaBaseCacheLimit=8m -c pack.threads=1 \
		-c pack.windowMemory=4m "$@"
}

prepare()
{
	local dir name

	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
	export GIT_{AUTHOR,COMMITTER}_DATE=2024-01-01T00:00:00Z
	mkdir src
	(cd src && copy_source net mm fs/{ext4,btrfs,xfs,nfs})
	git init -q -b main src
	cd src || return
	for dir in $(printf '%s\n' net/*/ fs/*/ | head -n$folders); do
		git add "$dir"
		git commit -q -m "$dir"
	done
	git add .
	git commit -q -m "what is left"
	for name in "${names[@]}"; do
		git grep -lz -w "$name" net/ipv4 net/core mm fs/ext4 fs/xfs |
			xargs -0 sed -i "s/\<$name\>/${name}_/g"
		git commit -q -a -m "rename $name"
	done
	git repack -q -a -d
	rm -rf .git/logs
}

work()
{
	local back

	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
	git clone -q --no-hardlinks src copy
	cd copy || return
	for back in 2 5 9; do
		git grep -c list_for_each_entry >/dev/null
		git checkout -q "HEAD~$back"
		git log -p -3 >/dev/null
		git grep -c rcu_dereference -- net >/dev/null
		git checkout -q main
		git status --short >/dev/null
		git diff --stat "HEAD~$back" >/dev/null
		git log --oneline -- mm fs/ext4 >/dev/null
	done
	git gc -q
}
