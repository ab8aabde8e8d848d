# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# An OFMF's tree ({URI: resource}) as an indented list for people.
def pad($n): . + (" " * ([$n - length, 0] | max));
def facts: [
	(.Manufacturer // empty), (.Model // empty), (.HostName // empty),
	(.DeviceType // empty), (.FabricType // empty), (.EndpointProtocol // empty),
	(if .CurrentSpeedGbps then "\(.CurrentSpeedGbps) Gb/s" else empty end),
	(.LinkStatus // empty),
	(if .CapacityMiB then "\(.CapacityMiB) MiB" else empty end),
	(if .MemorySizeMiB then "\(.MemorySizeMiB) MiB" else empty end),
	(if .MemoryChunkSizeMiB then "\(.MemoryChunkSizeMiB) MiB" else empty end),
	(.ConnectedEntities[0]?.EntityRole // empty),
	(.IPTransportDetails[0]? | .IPv4Address.Address? // .IPv6Address.Address? // empty),
	(if .Status.Health and .Status.Health != "OK" then "Health \(.Status.Health)" else empty end),
	(if .Status.State and .Status.State != "Enabled" then .Status.State else empty end)
] | join(", ");
to_entries
| map(select(.key | test("^/redfish/v1/(Systems|Chassis|Fabrics)/")))
| map(select(.value.Members | not))
| sort_by(.key | split("/"))
| .[]
| (.key | sub("^/redfish/v1/"; "") | split("/")) as $p
| (.value["@odata.type"] // "" | sub("^#"; "") | split(".")[0]) as $type
| (("  " * (($p | length) / 2 - 1)) + ($p[-2:] | join("/"))) as $label
| "  \($label | pad(62)) \(.value.Name // "" | pad(24)) \(.value | facts)"
