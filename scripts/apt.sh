# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Packages of another suite or architecture, from the machine's own mirror but
# beside its own package sources, which stay as they are.

# shellcheck disable=SC2034 # used by the scripts that source this file
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")

# The first mirror the machine itself uses.
apt_mirror()
{
	local mirror

	mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources \
		2>/dev/null | head -n1)
	[ -n "$mirror" ] || mirror=$(awk '$1 == "deb" {
			for (i = 2; i <= NF; i++)
				if ($i ~ /:\/\//) { print $i; exit }
		}' /etc/apt/sources.list 2>/dev/null)
	[ -n "$mirror" ] || die \
		"no mirror in the apt sources; add a deb line to /etc/apt/sources.list"
	echo "$mirror"
}

# Make an apt configuration in a folder, for an architecture and some suites,
# pinned below the release, and print its name.
private_apt()
{
	local dir=$1 arch=$2 mirror suite
	shift 2

	mirror=$(apt_mirror) || exit
	mkdir -p "$dir"/{lists/partial,cache/archives/partial,parts}
	for suite; do
		printf 'deb [signed-by=%s] %s %s main\n' \
			/usr/share/keyrings/debian-archive-keyring.gpg \
			"$mirror" "$suite"
	done >"$dir/sources"
	cat >"$dir/conf" <<-CONF
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		Dir::Etc::SourceList "$dir/sources";
		Dir::Etc::SourceParts "$dir/parts";
		Dir::State::Lists "$dir/lists";
		Dir::Cache "$dir/cache";
		APT::Default-Release "$codename";
		APT::Sandbox::User "root";
	CONF
	echo "$dir/conf"
}
