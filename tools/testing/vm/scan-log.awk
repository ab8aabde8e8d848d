# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# For scan-log: reads the allow-list, then one console log.

# How the kernel begins a report
function begins(line)
{
	return line ~ /(^|[^A-Z_])BUG[: ]|WARNING: |WARN_ON|Oops|KASAN|UBSAN/ ||
		line ~ /KCSAN|RIP: 0010|Call Trace:|Kernel panic/ ||
		line ~ /general protection|refcount_t: |ODEBUG: / ||
		line ~ /blocked for more than|soft lockup|hard LOCKUP/ ||
		line ~ /rcu.*(detected.*stall|self-detected)/ ||
		line ~ /possible (circular|recursive) locking/ ||
		line ~ /suspicious RCU usage|inconsistent lock state/ ||
		line ~ /scheduling while atomic|sleeping function called/ ||
		line ~ /kmemleak: [0-9]+ new suspected|unreferenced object/ ||
		line ~ /unregister_netdevice: waiting|list_(add|del) corruption/ ||
		line ~ /page allocation failure|stack guard page/
}

# Lines kept of a report which does not show its end
function longest(line)
{
	return line ~ /unregister_netdevice|kmemleak: / ? 1 : 120
}

function ends(line)
{
	if (kasan)
		return line ~ /====================/
	return line ~ /<\/TASK>|---\[ end |Kernel Offset/
}

# The first allow-list entry of which every pattern is in the report
function allowed(text,    i, j, all)
{
	# the list of modules and the kernel's own name are no evidence
	gsub(/Modules linked in:[^\n]*/, "", text)
	gsub(/-fabmon-debug/, "", text)
	if (text ~ /fabmon/)
		return 0
	for (i = 1; i <= entries; i++) {
		all = patterns[i] > 0
		for (j = 1; j <= patterns[i]; j++)
			all = all && text ~ pattern[i, j]
		if (all)
			return i
	}
	return 0
}

function finish(    entry)
{
	if (!lines)
		return
	entry = allowed(report)
	if (entry) {
		printf "%s:%d: known: %s\n", log_name, first, name[entry]
	} else {
		bad++
		printf "%s:%d: kernel report\n%s%s\n", log_name, first, \
			before, report
	}
	lines = 0
}

BEGIN { entries = 0 }

# The allow-list
FNR == NR && /^[ \t]*(#|$)/ { next }
FNR == NR && /^name: / { name[++entries] = substr($0, 7); next }
FNR == NR && /^reason: / { reasons[entries] = 1; next }
FNR == NR && /^match: / {
	pattern[entries, ++patterns[entries]] = substr($0, 8)
	next
}
FNR == NR {
	printf "scan-log.allow:%d: not understood: %s\n", FNR, $0
	bad++
	next
}

# The log; a boot that came to nothing is not of the run (boot.py)
FNR <= skip { next }
{ sub(/\r$/, "") }
!lines && begins($0) {
	first = FNR
	report = ""
	max = longest($0)
	kasan = /BUG: KASAN/
	lines = 1
	report = "    " $0 "\n"
	if (max == 1)
		finish()
	next
}
lines {
	report = report "    " $0 "\n"
	if (ends($0) || ++lines >= max)
		finish()
	next
}
{ before = "  | " $0 "\n" }

END {
	finish()
	for (i = 1; i <= entries; i++)
		if (!reasons[i]) {
			printf "scan-log.allow: %s has no reason\n", name[i]
			bad++
		}
	exit bad > 0
}
