# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash
# Shared by the scripts of this folder: where things are, how they speak.

vm_dir=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck disable=SC2034 # used by the scripts which source this file
vm_repo=$(cd -- "$vm_dir/../../.." && pwd -P)
vm_cache=$(realpath -m -- \
	"${FABMON_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/fabmon}")

# For env(1): what was compiled is kept in the cache, for this clone or for all
vm_ccache=(CCACHE_DIR="$vm_cache/ccache" CCACHE_MAXSIZE=2G)
# shellcheck disable=SC2034
vm_ccache_clones=("${vm_ccache[@]}" CCACHE_BASEDIR="$vm_repo" CCACHE_NOHASHDIR=1)

# say TEXT: one progress line
say() { printf '%s\n' "$*" >&2; }

# die TEXT: what is wrong and what to do about it
die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# need_root WHAT
need_root() {
	[ "$(id -u)" -eq 0 ] || die "$1 needs root: run it as root (or sudo -E)"
}

# need_tool COMMAND PACKAGE: installs the host package a command comes from
need_tool() {
	command -v "$1" >/dev/null && return
	say "host: installing the Debian package $2 (for $1)"
	if ! {
		apt-get -qq update &&
			DEBIAN_FRONTEND=noninteractive \
				apt-get -qq install -y --no-install-recommends "$2"
	} >/dev/null 2>&1; then
		die "cannot install $2: run 'apt-get install $2' and look"
	fi
}

# debian_site main|security: base address of the host's own Debian mirror
debian_site() {
	local sites main security

	sites=$(apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' \
		"Created-By: Packages" 2>/dev/null)
	main=$(awk '$3 == "main" && $2 !~ /[\/-]/ { print $1; exit }' \
		<<<"$sites")
	[ -n "$main" ] ||
		die "apt knows no Debian mirror: set one in /etc/apt/sources.list.d"
	security=$(awk '$3 == "main" && $2 ~ /-security$/ { print $1; exit }' \
		<<<"$sites")
	case $1 in
	main) echo "${main%/}" ;;
	security)
		security=${security:-${main%/}-security}
		echo "${security%/}"
		;;
	esac
}

# debian_keyring: the archive keys, under the name this release gives them
debian_keyring() {
	local f

	for f in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
		[ -e "$f" ] && echo "$f" && return
	done
	die "no Debian archive keys: apt-get install debian-archive-keyring"
}

arch=amd64

# apt_setup SUITE...: an apt of our own, apart from the host's
apt_setup() {
	local dir key suite site

	dir=$vm_cache/apt/$1
	key=$(debian_keyring)
	mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial"
	: >"$dir/state/status"
	for suite; do
		site=$(debian_site main)
		case $suite in *-security) site=$(debian_site security) ;; esac
		echo "deb [arch=$arch signed-by=$key] $site $suite main"
	done >"$dir/sources.list"
	cat >"$dir/apt.conf" <<-EOF
	Dir::Etc::SourceList "$dir/sources.list";
	Dir::Etc::SourceParts "/dev/null";
	Dir::Etc::Preferences "/dev/null";
	Dir::Etc::PreferencesParts "/dev/null";
	Dir::State "$dir/state";
	Dir::State::status "$dir/state/status";
	Dir::Cache "$dir/cache";
	APT::Architecture "$arch";
	APT::Sandbox::User "root";
	Acquire::Languages "none";
	Acquire::Retries "3";
	EOF
	export APT_CONFIG=$dir/apt.conf
	# a suite out of reach is not fatal as long as one has the kernel
	apt-get -q update >"$dir/log" 2>&1 || true
}
