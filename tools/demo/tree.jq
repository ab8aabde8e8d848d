# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# An OFMF's tree ({URI: resource}) as an indented list for people: --arg host ID
def pad($n): . + (" " * ([$n - length, 1] | max));
def facts: [
	(.Manufacturer // empty), (.Model // empty), (.FabricType // empty),
	(.EndpointProtocol // empty), (.ConnectedEntities[0]?.EntityRole // empty),
	(.LinkStatus // empty),
	(if .CurrentSpeedGbps then "\(.CurrentSpeedGbps) Gb/s" else empty end),
	((.CapacityMiB // .MemorySizeMiB // .MemoryChunkSizeMiB) | if . then "\(.) MiB" else empty end),
	(.IPTransportDetails[0]? | .IPv4Address.Address? // .IPv6Address.Address? // empty),
	(if (.Status.Health // "OK") != "OK" then "Health \(.Status.Health)" else empty end),
	(if (.Status.State // "Enabled") != "Enabled" then .Status.State else empty end)
] | join(", ");
to_entries
| map(select((.key | test("^/redfish/v1/(Systems|Chassis|Fabrics)/")) and (.value.Members | not)))
| sort_by(.key | split("/"))[]
| (.key | sub("^/redfish/v1/"; "") | split("/")) as $p
| (("  " * (($p | length) / 2 - 1)) + ($p[-2:] | join("/") | gsub($host; "HOST"))) as $label
| "  \($label | pad(54))\(.value.Name // "" | gsub($host; "HOST") | pad(26))\(.value | facts)"
