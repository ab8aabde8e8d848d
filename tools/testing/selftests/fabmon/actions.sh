#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck disable=SC2154
# Requests to change the host: a port's link, CXL regions. fabmond runs as nobody,
# with the capabilities that fabmond.conf(5) asks for.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cxl_lib.sh"
. "$(dirname "$0")/daemon_lib.sh"
cxl_start
rxe_add 0 || skip "a port's link" "no rxe here"
agent_setup
chmod 755 "$work"
chown 65534 "$work/state"
online=/sys/devices/system/memory/auto_online_blocks
echo offline >"$online"
modprobe -qa device_dax dax_cxl kmem

# configure LINE...: of the section [service]
configure() {
	printf '%s\n' '[service]' "$@" '[ofmf]' "url = $OFMF" '[health]' \
		'flap_count = 0' 'log_entries = 8' '[daemon]' \
		"control_socket = $work/state/control" >"$work/fabmond.conf"
}

caps=-all,+net_admin,+dac_read_search,+dac_override
# agent_up LINE...: as nobody, with $caps
agent_up() {
	configure "$@"
	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps="$caps" \
		--ambient-caps="$caps" --bounding-set="$caps" \
		fabmond --config "$work/fabmond.conf" --state-dir "$work/state" \
		--listen "127.0.0.1:$AGENT_PORT" >>"$work/agent.log" 2>&1 &
	agent_pid=$!
	children+=("$agent_pid")
	until_true 20 curl -sf "$AGENT/redfish/v1/"
}

# ask METHOD URI [BODY]: prints the status; the body is in $work/answer, the
# headers are in $work/head
ask() {
	curl -s -m 60 -X "$1" -o "$work/answer" -D "$work/head" -w '%{http_code}' \
		-H 'Content-Type: application/json' ${3:+-d "$3"} "${at:-$AGENT}$2"
}

answer() { jq -ce "$1" "$work/answer"; }
message_id() { jq -r '.error["@Message.ExtendedInfo"][0].MessageId // ""' "$work/answer"; }

# asks TEXT STATUS METHOD URI [BODY]
asks() {
	local text=$1 wanted=$2

	shift 2
	equal "$text" "$wanted" "$(ask "$@")"
}

regions() { cxl list -R | jq length; }
# bytes of memory devices that a decoder has taken
taken() {
	local sum=0 size

	for size in $(cat "$bus"/decoder[1-9]*/dpa_size 2>/dev/null); do
		sum=$((sum + size))
	done
	echo "$sum"
}

is_up() { ip -j link show "$1" | jq -r '.[0].flags | index("UP") != null'; }

# ---- who may, and who may not

check "the OFMF starts" ofmf_start --conformant
check "fabmond starts, without allow_actions" agent_up "trust = 127.0.0.1"
system=$(curl -sf "$AGENT/redfish/v1/Systems" | jq -r '.Members[0]["@odata.id"]')
port=$(curl -sfg "$AGENT/redfish/v1/Chassis/${system##*/}/NetworkAdapters?\$expand=*(\$levels=3)" |
	jq -r '[.. | objects | select(.Oem.Fabmon.NetworkDevice? == "d0") | .["@odata.id"]] | unique[0]')
down='{"InterfaceEnabled": false}'
up='{"InterfaceEnabled": true}'
# domain DECODER KIND: URI of the window's MemoryDomain
domain() {
	curl -sfg "$AGENT$system/MemoryDomains?\$expand=." |
		jq -r --arg d "$1" --arg k "-$2" '.Members[] | select(.Oem.Fabmon.KernelName == $d and
			(.Id | endswith($k))) | .["@odata.id"]'
}
ram=$(domain decoder0.0 ram)
volatile=
[ -e "$bus/decoder0.0/create_ram_region" ] && volatile=1

asks "without allow_actions a port cannot be changed" 405 PATCH "$port" "$down"
equal "and the message is" Base.1.22.OperationNotAllowed "$(message_id)"
asks "nor a region made" 404 POST "$ram/MemoryChunks" '{}'
asks "nor of a name" 404 POST "$ram/MemoryChunks/x" '{}'
check "and the domain says so" sh -c \
	"curl -sf '$AGENT$ram' | jq -e '.AllowsMemoryChunkCreation == false and .MemoryChunks == null'"
equal "the link is up as before" true "$(is_up d0)"
agent_stop

check "fabmond starts, for everybody on the host" agent_up "allow_actions = yes"
asks "who has no account may not" 403 PATCH "$port" "$down"
[ -z "$volatile" ] || asks "may not make a region" 403 POST "$ram/MemoryChunks/x" '{}'
equal "the link is up as before" true "$(is_up d0)"
equal "there is no region" 0 "$(regions)"
check "the log warns that nobody may" grep -q 'allow_actions: nobody may' "$work/agent.log"
agent_stop

check "fabmond starts, for the OFMF's address" agent_up "allow_actions = yes" "trust = 127.0.0.1"
check "the log warns whom it trusts" grep -q 'allow_actions: 127.0.0.1 may' "$work/agent.log"
check "the host is registered" until_true 30 sh -c \
	"curl -sf $OFMF/standin/tree | jq -e '.\"$port\"'"

# ---- a port's link

if [ -n "$port" ]; then
	stream_start
	asks "a link is taken down" 200 PATCH "$port" "$down"
	equal "the answer is the port as it is now" "[false,\"$port\"]" \
		"$(answer '[.InterfaceEnabled, ."@odata.id"]')"
	equal "the kernel's link is down" false "$(is_up d0)"
	stream_stop
	check "the kernel notified it" stream '[.[] | select(.op == "change" and
		any(.node.edges[]?; .ifname == "d0" and .up == false or .up == 0))] | length > 0'
	check "and the OFMF hears of that" until_true 10 sh -c \
		"curl -sf $OFMF/standin/tree | jq -e '.\"$port\" | .InterfaceEnabled == false and .LinkStatus != \"LinkUp\"'"
	asks "once more: the same answer" 200 PATCH "$port" "$down"
	equal "and the same port" false "$(answer .InterfaceEnabled)"
	at=$OFMF asks "an OFMF forwards it: up" 200 PATCH "$port" \
		"{\"@odata.id\": \"$port\", \"InterfaceEnabled\": true}"
	equal "the kernel's link is up" true "$(is_up d0)"
	check "and the OFMF hears of that" until_true 10 sh -c \
		"curl -sf $OFMF/standin/tree | jq -e '.\"$port\" | .InterfaceEnabled and .LinkStatus == \"LinkUp\"'"
	asks "what is no switch" 400 PATCH "$port" '{"InterfaceEnabled": "on"}'
	asks "what cannot be set" 400 PATCH "$port" '{"PortId": "9"}'
	ip link set d0 down
	check "what others do is seen" until_true 10 sh -c \
		"curl -sf $AGENT$port | jq -e '.InterfaceEnabled == false'"
	asks "and undone" 200 PATCH "$port" "$up"
	equal "the kernel's link is up" true "$(is_up d0)"

	# the reference server, which has to be given the resource of the answer
	ofmf_stop
	check "an OFMF as the reference is starts" ofmf_start
	ip addr add 192.0.2.7/24 dev d0
	check "the host is registered" until_true 30 sh -c \
		"curl -sf $OFMF/standin/tree | jq -e '.\"$port\"'"
	at=$OFMF asks "it forwards a request, and takes the answer" 200 PATCH "$port" \
		"{\"@odata.id\": \"$port\", \"InterfaceEnabled\": false}"
	check "its copy is the port as it is now, and ours" sh -c \
		"curl -sf $OFMF/standin/tree | jq -e '.\"$port\" | .InterfaceEnabled == false and
			.Oem.Sunfish_RM.ManagingAgent'"
	equal "the kernel's link is down" false "$(is_up d0)"
	ofmf_stop
	check "the OFMF starts" ofmf_start --conformant
	asks "up again" 200 PATCH "$port" "$up"
	check "the host is registered" until_true 30 sh -c \
		"curl -sf $OFMF/standin/tree | jq -e '.\"$port\".InterfaceEnabled'"
fi

# ---- regions

# sets KIND SERIAL...: InterleaveSets of these devices
sets() {
	local kind=$1 serial

	shift
	for serial; do
		printf '{"Memory": {"@odata.id": "%s/Memory/cxl-%016x-%s"}}\n' \
			"$system" "$serial" "$kind"
	done | jq -sc .
}

# chunk_body MIB KIND SERIAL...
chunk_body() {
	jq -nc --argjson size "$1" --argjson sets "$(sets "${@:2}")" \
		'{MemoryChunkSizeMiB: $size, InterleaveSets: $sets}'
}

answer_of() { curl -sf "$AGENT$1" | jq -c "$2"; }
same_chunk() { [ "$(answer_of "$chunk" .DisplayName)" = "$uuid" ]; }

# life TEXT DOMAIN MIB KIND SERIAL...
life() {
	local text=$1 chunks=$2/MemoryChunks body chunk region

	shift 2
	body=$(chunk_body "$@")
	check "$text: the domain allows it" sh -c \
		"curl -sf '$AGENT${chunks%/*}' | jq -e .AllowsMemoryChunkCreation"
	asks "$text: its empty collection is served" 200 GET "$chunks"
	asks "$text: made" 201 POST "$chunks" "$body"
	chunk=$(answer '."@odata.id"' | jq -r .)
	if [ "$(regions)" != 1 ]; then
		fail "$text: a region" "$(cat "$work/answer" "$work/agent.log")"
		return
	fi
	region=$(cxl list -R | jq -r '.[0].region')
	equal "$text: Location" "Location: $chunk" "$(tr -d '\r' <"$work/head" | grep ^Location)"
	equal "$text: the region is what cxl(1) has" \
		"$(cxl list -R | jq -c ".[0] | [.size / 1048576, (.resource / 1048576), \"$region\"]")" \
		"$(answer '[.MemoryChunkSizeMiB, .AddressRangeOffsetMiB, .Oem.Fabmon.KernelName]')"
	equal "$text: over the devices, in their order" "$(jq -c '[.InterleaveSets[].Memory]' <<<"$body")" \
		"$(answer '[.InterleaveSets[].Memory]')"
	equal "$text: it has a driver" cxl_region \
		"$(basename "$(readlink -f "$bus/$region/driver")")"
	check "$text: the OFMF hears of it" until_true 20 sh -c \
		"curl -sf $OFMF/standin/tree | jq -e '.\"$chunk\"'"
	asks "$text: torn down" 204 DELETE "$chunk"
	equal "$text: no region is left" 0 "$(regions)"
	equal "$text: no capacity is taken" 0 "$(taken)"
	asks "$text: it is gone" 404 GET "$chunk"
	asks "$text: torn down again" 204 DELETE "$chunk"
	check "$text: the OFMF hears of it" until_true 20 sh -c \
		"curl -sf $OFMF/standin/tree | jq -e '.\"$chunk\" | not'"

	asks "$text: at the URI of a member" 200 POST "/$chunks/mine" "$body"
	chunk=$(answer '."@odata.id"' | jq -r .)
	equal "$text: it is that member" "$chunks/mine" "$chunk"
	check "$text: and the OFMF hears of it, by that name alone" until_true 20 sh -c \
		"curl -sf $OFMF/standin/tree | jq -e '[keys[] | select(startswith(\"$chunks/\"))] == [\"$chunks/mine\"]'"
	asks "$text: repeated" 200 POST "/$chunks/mine" "$body"
	equal "$text: it is the same" "$chunk" "$(answer '."@odata.id"' | jq -r .)"
	equal "$text: there is one" 1 "$(regions)"
	asks "$text: another of that name" 409 POST "$chunks/mine" \
		"$(jq -c '.MemoryChunkSizeMiB *= 2' <<<"$body")"
	asks "$text: one more than there is room for" 507 POST "$chunks/more" "$body"
	equal "$text: of which nothing is left" 1 "$(regions)"
	agent_stop
	agent_up "allow_actions = yes" "trust = 127.0.0.1"
	asks "$text: repeated after a restart" 200 POST "/$chunks/mine" "$body"
	equal "$text: it is the same" "$chunk" "$(answer '."@odata.id"' | jq -r .)"
	asks "$text: another Id that is none" 400 POST "$chunks" "$(jq -c '.Id = "a b"' <<<"$body")"
	uuid=$(answer_of "$chunk" .DisplayName)
	rmmod fabmon_cxl && insmod "$FABMON_KMOD/fabmon_cxl.ko"
	check "$text: our module is loaded anew, and it is the same" until_true 20 same_chunk
	agent_stop
	# somebody else's is in its place when fabmond comes back
	region=$(cxl list -R | jq -r '.[0].region')
	cxl destroy-region -f "$region" >/dev/null 2>&1
	# shellcheck disable=SC2046
	cxl create-region -t ram -d decoder0.0 -s $(($1 << 20)) -m \
		$(for serial in "${@:3}"; do mem_of "$serial"; done) >/dev/null 2>&1
	equal "$text: another one is made in its place" 1 "$(regions)"
	agent_up "allow_actions = yes" "trust = 127.0.0.1"
	asks "$text: it is not the one that was there" 404 GET "$chunks/mine"
	chunk=$(curl -sf "$AGENT$chunks" | jq -r '.Members[0]["@odata.id"]')
	check "$text: nor has it its UUID" test "$(answer_of "$chunk" .DisplayName)" != "$uuid"
	asks "$text: a late DELETE does not hit it" 404 DELETE "$chunks/mine"
	check "$text: the OFMF hears of both" until_true 20 sh -c \
		"curl -sf $OFMF/standin/tree | jq -e '[keys[] | select(startswith(\"$chunks/\"))] == [\"$chunk\"]'"
	asks "$text: torn down by its name" 204 DELETE "$chunk"
	equal "$text: no region is left" 0 "$(regions)"
	equal "$text: no capacity is taken" 0 "$(taken)"
}

if [ -z "$volatile" ]; then
	skip "volatile regions" "this kernel makes none"
	asks "what the kernel does not make is not allowed" 404 POST "$ram/MemoryChunks" '{}'
	check "and the domain says so" sh -c \
		"curl -sf '$AGENT$ram' | jq -e '.AllowsMemoryChunkCreation == false'"
elif [ -n "$(mem_of 0x1234)" ]; then
	life "one way" "$ram" 256 ram 0x1234
else
	life "two ways" "$ram" 512 ram 0x1001 0x1003
fi
if [ -n "$(mem_of 0x3456)" ]; then
	# a window over its own bridge alone; the number differs
	for window in decoder0.1 decoder0.2; do
		pmem=$(domain "$window" pmem)
		curl -sf "$AGENT$pmem" | grep -q "$(printf '%016x' $((0x3456)))" || continue
		[ "$(ask POST "$pmem/MemoryChunks" "$(chunk_body 256 pmem 0x3456)")" != 201 ] ||
			break
	done
	chunk=$(answer '."@odata.id"' | jq -r .)
	equal "persistent: made" '[1,"PMEM"]' "$(answer "[$(regions), .AddressRangeType]")"
	# a namespace that is active may be a file system that is mounted
	if ndctl create-namespace -m raw -r "$(ndctl list -R | jq -r '.[0].dev')" >"$work/ns" 2>&1; then
		asks "persistent: not with an active namespace" 409 DELETE "$chunk"
		equal "persistent: it is there as before" 1 "$(regions)"
		ndctl destroy-namespace -f "$(jq -r .dev "$work/ns")" >/dev/null 2>&1
	else
		skip "persistent: not with an active namespace" "$(tail -n 1 "$work/ns")"
	fi
	asks "persistent: torn down" 204 DELETE "$chunk"
	equal "persistent: no region is left" 0 "$(regions)"
	equal "persistent: no capacity is taken" 0 "$(taken)"
fi

# ---- what a chunk is used as

# dax JQ: of the only DAX device
dax() { daxctl list -D | jq -ce ".[0] | $1"; }
state() { jq -c --arg s "$1" '.RequestedOperationalState = $s' <<<"$body"; }
in_use() { jq -r '.error["@Message.ExtendedInfo"][0].Resolution' "$work/answer"; }

# The kernel sets it online, and not so that it can be taken back.
used_online() {
	local text=$1 chunk=$2 body=$3

	echo online_kernel >"$online"
	asks "$text: online" 200 POST "/$chunk" "$(state Online)"
	equal "$text: all of it, movable" '["system-ram",true,true]' \
		"$(dax '[.mode, .movable, .online_memblocks == .total_memblocks]')"
	asks "$text: one that is used otherwise is another one" 409 POST "/$chunk" "$(state Offline)"
	asks "$text: taken back" 204 DELETE "$chunk"
}

# used TEXT DOMAIN MIB SERIAL...
used() {
	local text=$1 chunks=$2/MemoryChunks body chunk bytes=$(($3 << 20)) name holder

	body=$(chunk_body "$3" ram "${@:4}")
	chunk=$chunks/used
	asks "$text: by default" 200 POST "/$chunk" "$body"
	equal "$text: the answer comes when it is memory of the system" \
		"[\"Online\",\"Enabled\",\"SystemMemory\",$bytes]" \
		"$(answer '[.RequestedOperationalState, .Status.State, .Oem.Fabmon.Use, .Oem.Fabmon.OnlineBytes]')"
	equal "$text: all of it, movable" '["system-ram",true,true]' \
		"$(dax '[.mode, .movable, .online_memblocks == .total_memblocks]')"
	asks "$text: taken back" 204 DELETE "$chunk"
	equal "$text: and nothing is left" "0 0" "$(regions) $(taken)"

	# Linux 7 is quicker: it uses the memory before that can be made movable
	[ "$FABMON_SERIES" != 6.12 ] || used_online "$text" "$chunk" "$body"

	asks "$text: a DAX device" 200 POST "/$chunk" "$(state Offline)"
	equal "$text: the answer comes when it is one" '["Offline","Enabled","DeviceDax"]' \
		"$(answer '[.RequestedOperationalState, .Status.State, .Oem.Fabmon.Use]')"
	equal "$text: and no memory of the system" '"devdax"' "$(dax .mode)"
	name=$(dax .chardev | jq -r .)
	sleep 60 8<"/dev/$name" &
	holder=$!
	children+=("$holder")
	asks "$text: not while it is open" 409 DELETE "$chunk"
	check "$text: the answer says why" grep -q "a DAX device is open, perhaps $name" <<<"$(in_use)"
	equal "$text: it is there as before" '"devdax"' "$(dax .mode)"
	agent_stop
	caps+=,+sys_ptrace
	agent_up "allow_actions = yes" "trust = 127.0.0.1" "chunk_state = devdax"
	asks "$text: nor after a restart" 409 DELETE "$chunk"
	check "$text: the answer says who has it" grep -q "process $holder (sleep) has $name open" <<<"$(in_use)"
	kill "$holder"
	wait "$holder" 2>/dev/null
	asks "$text: taken back when it is closed" 204 DELETE "$chunk"
	equal "$text: and nothing is left" "0 0" "$(regions) $(taken)"
	asks "$text: by default a DAX device, if it is set so" 200 POST "/$chunk" "$body"
	equal "$text: it is one" '"devdax"' "$(dax .mode)"
	asks "$text: taken back" 204 DELETE "$chunk"
	echo offline >"$online"
	agent_stop
	agent_up "allow_actions = yes" "trust = 127.0.0.1" "chunk_state = none"
	asks "$text: as the kernel has it, if it is set so" 200 POST "/$chunk" "$body"
	equal "$text: which sets nothing online" '"StandbyOffline"' "$(answer .Status.State)"
	asks "$text: taken back" 204 DELETE "$chunk"
	equal "$text: and nothing is left" "0 0" "$(regions) $(taken)"
	agent_stop
	caps=${caps%,+sys_ptrace}
	agent_up "allow_actions = yes" "trust = 127.0.0.1"
}

if [ -z "$volatile" ]; then
	skip "what a chunk is used as" "this kernel makes no volatile regions"
elif [ -n "$(mem_of 0x1234)" ]; then
	used "used" "$ram" 256 0x1234
else
	used "used" "$ram" 512 0x1001 0x1003
fi

# ---- half done

child() { cat "/proc/$agent_pid/task/$agent_pid/children"; }
has_child() { [ -n "$(child)" ]; }

# held: nobody changes CXL until `release`
held() {
	exec 9<"/sys/bus/cxl"
	flock 9
}
release() { exec 9<&-; }

if [ -n "$volatile" ] && [ -n "$(mem_of 0x1234)" ]; then
	body=$(chunk_body 256 ram 0x1234)
	chunks=$ram/MemoryChunks

	held
	# the lock is not this one's: what is left is to be checked when it is free
	ask POST "$chunks/a" "$body" >"$work/status" 9<&- &
	request=$!
	check "a child is at it" until_true 10 has_child
	asks "another one has to wait" 503 POST "$chunks/b" "$body"
	kill -KILL "$(child)"
	release
	wait "$request"
	equal "it is killed: that is an error" 500 "$(cat "$work/status")"
	equal "and nothing is left" "0 0" "$(regions) $(taken)"
	asks "it is repeated" 200 POST "$chunks/a" "$body"
	asks "and torn down" 204 DELETE "$chunks/a"

	# nor can what it left be checked, for as long as a child may take
	made() { [ "$(ask POST "$chunks/a" "$body")" = 200 ]; }
	held
	ask POST "$chunks/a" "$body" >"$work/status" 9<&- &
	request=$!
	until_true 10 has_child
	kill -KILL "$(child)"
	wait "$request"
	release
	equal "twice in vain: that is an error" 500 "$(cat "$work/status")"
	asks "what is left is checked first" 503 POST "$chunks/a" "$body"
	check "then it is made" until_true 15 made
	equal "there is one" 1 "$(regions)"
	asks "and torn down again" 204 DELETE "$chunks/a"

	# fabmond and its child are killed, with half a region made
	held
	ask POST "$chunks/a" "$body" >"$work/status" &
	request=$!
	until_true 10 has_child
	kill -KILL "$agent_pid" "$(child)"
	wait "$agent_pid" "$request" 2>/dev/null
	endpoint=$(nodes "(.[] | select(.name == \"$(mem_of 0x1234)\") | .id) as \$m | .[] |
		select(.kind == \"cxl-endpoint\" and any(.edges[]; .node == \$m)) | .name" | jq -r .)
	echo ram >"$bus/decoder${endpoint#endpoint}.0/mode"
	echo 0x10000000 >"$bus/decoder${endpoint#endpoint}.0/dpa_size"
	read -r region <"$bus/decoder0.0/create_ram_region"
	echo "$region" >"$bus/decoder0.0/create_ram_region"
	echo 256 >"$bus/$region/interleave_granularity"
	echo 1 >"$bus/$region/interleave_ways"
	echo 0x10000000 >"$bus/$region/size"
	equal "half a region is there" 268435456 "$(taken)"
	release
	agent_up "allow_actions = yes" "trust = 127.0.0.1"
	check "the next run takes it away" until_true 10 test ! -e "$bus/$region"
	equal "and nothing is left" "0 0" "$(regions) $(taken)"

	# fabmond alone is killed: its child ends what it has begun
	held
	ask POST "$chunks/a" "$body" >"$work/status" &
	request=$!
	until_true 10 has_child
	kill -KILL "$agent_pid"
	wait "$agent_pid" "$request" 2>/dev/null
	release
	agent_up "allow_actions = yes" "trust = 127.0.0.1"
	asks "a chunk whose maker was killed is its client's" 200 POST "$chunks/a" "$body"
	equal "there is one" 1 "$(regions)"
	asks "it is torn down" 204 DELETE "$chunks/a"
	equal "and nothing is left" "0 0" "$(regions) $(taken)"

	# what it has not the capabilities for
	agent_stop
	caps=-all,+net_admin,+dac_read_search
	agent_up "allow_actions = yes" "trust = 127.0.0.1"
	asks "without CAP_DAC_OVERRIDE no region is made" 500 POST "$chunks/a" "$body"
	check "and the log says what it takes" grep -q 'it takes capabilities' "$work/agent.log"
	equal "and nothing is left" "0 0" "$(regions) $(taken)"
	asks "a link needs no more than CAP_NET_ADMIN" 200 PATCH "$port" "$down"
	asks "to go down and up" 200 PATCH "$port" "$up"
fi
agent_stop
if [ "$ktap_failed" -gt 0 ]; then
	tail -n 60 "$work/agent.log" | sed 's/^/# /'
fi
finish
