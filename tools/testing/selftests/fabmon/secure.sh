#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# fabmond's security, from the configuration file to curl: what it refuses to
# start with, logins, and files that change under it.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/daemon_lib.sh"
agent_setup
load || { skip "all of it" "the modules do not load"; finish; }

SECURE=https://127.0.0.1:$AGENT_PORT
SYSTEMS=/redfish/v1/Systems

# cert NAME: $work/tls.crt and tls.key, one after the other
cert() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 2 -subj "/CN=$1" -addext subjectAltName=IP:127.0.0.1 \
		-keyout "$work/new.key" -out "$work/new.crt" 2>/dev/null
	chmod 600 "$work/new.key"
	mv "$work/new.crt" "$work/tls.crt"
	mv "$work/new.key" "$work/tls.key"
}

account() {
	printf '%s:%s:%s\n' "$1" "$(openssl passwd -6 "$2")" "$3"
}

# configure [LINE...]: the section [service]
configure() {
	printf '[service]\n' >"$work/fabmond.conf"
	[ $# -eq 0 ] || printf '%s\n' "$@" >>"$work/fabmond.conf"
}

status() {
	curl -s -o /dev/null -w '%{http_code}' --cacert "$work/tls.crt" "$@"
}

subject() {
	openssl s_client -connect "127.0.0.1:$AGENT_PORT" </dev/null 2>/dev/null |
		sed -n 's/^subject=//p'
}

refuses() {
	local text=$1 word=$2 code=0

	shift 2
	configure "$@"
	timeout 20 fabmond --config "$work/fabmond.conf" \
		--state-dir "$work/state" >"$work/out" 2>&1 || code=$?
	if [ "$code" -eq 78 ] && grep -q -- "$word" "$work/out"; then
		pass "$text"
	else
		fail "$text" "exit code $code" "$(cat "$work/out")"
	fi
}

start() {
	fabmond --config "$work/fabmond.conf" --state-dir "$work/state" \
		>"$work/agent.log" 2>&1 &
	agent_pid=$!
	children+=("$agent_pid")
	until_true 10 curl -sf --cacert "$work/tls.crt" "$1/redfish/v1/"
}

cert one
{
	account admin right Administrator
	account reader right ReadOnly
} >"$work/accounts"
chmod 600 "$work/accounts"
listen="listen = 127.0.0.1:$AGENT_PORT"
everywhere="listen = :$AGENT_PORT"
tls=("tls_cert = $work/tls.crt" "tls_key = $work/tls.key")

refuses "plain HTTP beyond loopback" plain-http "$everywhere"
refuses "no authentication beyond loopback" no-auth "$everywhere" "${tls[@]}"
refuses "accounts over plain HTTP" 'needs TLS' "$listen" \
	"accounts = $work/accounts"
refuses "a key that is not there" 'nowhere' "$listen" "${tls[0]}" \
	"tls_key = $work/nowhere"

configure "$everywhere" 'insecure = plain-http no-auth'
check "with the words it starts" start "$AGENT"
check "and warns" grep -q 'warning: .*plain HTTP' "$work/agent.log"
check "of each" grep -q 'warning: .*no authentication' "$work/agent.log"
agent_stop

configure "$listen" "${tls[@]}" "accounts = $work/accounts"
check "it starts with TLS and accounts" start "$SECURE"
equal "nobody gets nothing" 401 "$(status "$SECURE$SYSTEMS")"
equal "Basic" 200 "$(status -u admin:right "$SECURE$SYSTEMS")"
equal "a wrong password" 401 "$(status -u admin:wrong "$SECURE$SYSTEMS")"
token=$(curl -s --cacert "$work/tls.crt" -D - -o "$work/session" \
	-H 'Content-Type: application/json' \
	-d '{"UserName":"reader","Password":"right"}' \
	"$SECURE/redfish/v1/SessionService/Sessions" |
	tr -d '\r' | sed -n 's/^X-Auth-Token: //pI')
equal "a session's token" 64 "${#token}"
equal "it is good" 200 "$(status -H "X-Auth-Token: $token" "$SECURE$SYSTEMS")"
equal "for what its role may" 403 "$(status -H "X-Auth-Token: $token" \
	-X PATCH -H 'Content-Type: application/json' \
	-d '{"SessionTimeout":60}' "$SECURE/redfish/v1/SessionService")"
equal "the certificate" "CN=one" "$(subject | tr -d ' ')"

cert two
new_cert() { [ "$(subject | tr -d ' ')" = CN=two ]; }
check "a new certificate is seen" until_true 5 new_cert
equal "the session goes on" 200 \
	"$(status -H "X-Auth-Token: $token" "$SECURE$SYSTEMS")"
cp "$work/tls.crt" "$work/keep.crt"
echo broken >"$work/tls.crt"
kill -HUP "$agent_pid"
logged() { grep -q "$1" "$work/agent.log"; }
check "a broken one is refused" until_true 5 logged 'the old one stays in use'
equal "and the old one stays" "CN=two" "$(subject | tr -d ' ')"
cp "$work/keep.crt" "$work/tls.crt"
account admin right Administrator >"$work/accounts"
gone() {
	[ "$(status -H "X-Auth-Token: $token" "$SECURE$SYSTEMS")" = 401 ]
}
check "an account that is gone is out" until_true 5 gone
equal "others are not" 200 "$(status -u admin:right "$SECURE$SYSTEMS")"
agent_stop
equal "it ends as asked" 0 $?
finish
