# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# Counts the results of TAP and KTAP output: prints "PASSED FAILED SKIPPED".
# A nested plan (indented lines) does not count twice.
#
# -v status=N is the exit code of what printed it: a program that failed
# without saying so counts as one failure.
/^not ok/	{ failed++; next }
/^ok .*# SKIP/	{ skipped++; next }
/^ok/		{ passed++; next }
/^1\.\.0.*SKIP/	{ skipped++; whole = 1 }
END {
	if (status && !failed && !(status == 4 && skipped))
		failed++
	if (!passed && !failed && !skipped && !whole)
		failed++
	print passed + 0, failed + 0, skipped + 0
}
