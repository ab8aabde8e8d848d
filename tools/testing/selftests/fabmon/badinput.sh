#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# Bad input: one clear line that says what to do, and a code of its own.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/daemon_lib.sh"
agent_setup

# refused DESCRIPTION CODE WORD COMMAND...: exits with CODE, says WORD in a line
refused() {
	local text=$1 code=$2 word=$3 status=0 lines

	shift 3
	timeout 20 "$@" >"$work/out" 2>&1 || status=$?
	lines=$(grep -Evc ' (warning|info|debug): ' "$work/out")
	if [ "$status" -eq "$code" ] && [ "$lines" -eq 1 ] &&
	   grep -qi -- "$word" "$work/out"; then
		pass "$text"
	else
		fail "$text" "exit code $status, wanted $code; $lines lines; word: $word" \
			"$(cat "$work/out")"
	fi
}

agent() { echo fabmond --config "$work/fabmond.conf" --state-dir "$work/state" --listen 127.0.0.1:5901; }
# shellcheck disable=SC2046 # words are meant
{
unload
refused "fabmond without the module" 69 modprobe $(agent)
refused "fabmon show without the module" 69 modprobe fabmon show
load || { skip "the rest" "the modules do not load"; finish; }

refused "an unknown option" 64 'help' fabmond --no-such-option
refused "a misspelt OFMF URL" 78 'http' $(agent) --ofmf htp:/ofmf
refused "an OFMF URL without a host" 78 'host' $(agent) --ofmf http://
refused "a configuration file that is not there" 78 'nowhere' fabmond --config /nowhere.conf
printf '[ofmf]\nulr = http://ofmf:5000\n' >"$work/bad.conf"
refused "an unknown key" 78 'ulr' fabmond --config "$work/bad.conf" --check-config
printf 'no section and no equals sign\n' >"$work/bad.conf"
refused "a line that is none" 78 'bad.conf:1' fabmond --config "$work/bad.conf" --check-config
printf '[service]\nlisten = 127.0.0.1:99999\n' >"$work/bad.conf"
refused "a port out of range" 78 '99999' fabmond --config "$work/bad.conf" --check-config
head -c 4000 /dev/urandom >"$work/bad.conf"
refused "a file of noise" 78 'bad.conf' fabmond --config "$work/bad.conf" --check-config

ofmf-standin --listen 127.0.0.1:5901 >/dev/null 2>&1 &
children+=($!)
until_true 10 curl -sf http://127.0.0.1:5901/redfish/v1/
refused "a port that is taken" 71 'taken' $(agent)
kill "${children[-1]}"

touch "$work/file"
refused "a state directory that cannot be" 73 "$work/file" \
	fabmond --config "$work/fabmond.conf" --state-dir "$work/file/x" --listen 127.0.0.1:5901 --ofmf http://127.0.0.1:1
refused "fabmon with a command that is none" 2 'help' fabmon shwo
if [ -x "$FABMON_BIN/newer/fabmon" ]; then
	refused "a module older than the command" 76 'older\|too old' "$FABMON_BIN/newer/fabmon" show
	refused "a module older than the daemon" 76 'older\|too old' "$FABMON_BIN/newer/fabmond" \
		--config "$work/fabmond.conf" --state-dir "$work/state" --listen 127.0.0.1:5901
else
	skip "a module that is too old" "not built"
fi
}

# Without CAP_NET_ADMIN: it runs, and says what it then cannot see.
# Only root reads SMBIOS's UUID: then the machine id says which host it is.
[ -s /etc/machine-id ] || echo 3f0f9c1d2b7a4e5d8c6b5a4938271605 >/etc/machine-id
mkdir -p "$work/nobody"
chmod 755 "$work"
chown 65534 "$work/nobody"
setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all \
	fabmond --config "$work/fabmond.conf" --state-dir "$work/nobody" \
	--listen 127.0.0.1:5901 --ofmf http://127.0.0.1:1 >"$work/out" 2>&1 &
children+=($!)
check "without CAP_NET_ADMIN it serves" until_true 10 curl -sf "$AGENT/redfish/v1/"
check "and says what it misses" grep -q CAP_NET_ADMIN "$work/out"
[ "$ktap_failed" -eq 0 ] || sed 's/^/# /' "$work/out"

# HTTP that is none.
http_code() { curl -s -o /dev/null -m 10 -w '%{http_code}' "$@"; }
sub=$AGENT/redfish/v1/EventService/Subscriptions/SunfishServer
for request in 'GET' 'GET / HTTP/9.9\r\n\r\n' '\0\0\0\0' 'GET /%%00%%ff%%zz HTTP/1.1\r\nHost: x\r\n\r\n' \
	'PATCH /redfish/v1/ HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n'; do
	# shellcheck disable=SC2059 # the format is the request
	printf "$request" | timeout 2 bash -c 'cat >/dev/tcp/127.0.0.1/5901' 2>/dev/null
done
head -c 200000 /dev/urandom | timeout 5 bash -c 'cat >/dev/tcp/127.0.0.1/5901' 2>/dev/null
check "it lives after garbage on its port" curl -sf "$AGENT/redfish/v1/"
equal "an unknown method" 501 "$(http_code -X BREW "$AGENT/redfish/v1/")"
equal "a method that is not allowed" 405 "$(http_code -X DELETE "$AGENT/redfish/v1/Systems")"
head -c 2000000 /dev/zero >"$work/big"
equal "a body that is too large is refused" 413 "$(http_code -X PATCH \
	-H 'Content-Type: application/json' --data-binary "@$work/big" "$sub")"
equal "a body that is no JSON" 400 "$(http_code -X PATCH \
	-H 'Content-Type: application/json' -d '{"Context": ' "$sub")"
kill "${children[-1]}"
finish
