# Reads the output of a test program, whatever its dialect, and prints "PASSED FAILED SKIPPED".
# Dialects: TAP (with its plan), pg_regress of PostgreSQL 15, ctest. Variable status: the program's exit status.
# A plan not kept, no test at all, or a failing exit without a failed test count as one failure each.

/^ok/ { if (tolower($0) ~ /# *skip/) skipped++; else passed++ }
/^not ok/ { if (tolower($0) ~ /# *todo/) skipped++; else failed++ }
/^1\.\.0/ { skipped++ }
/^1\.\.[0-9]+/ { planned = 1; plan = substr($0, 4) + 0 }
/^Bail out!/ { failed++ }

/^(test|    ) .* \.\.\. (ok|FAILED)/ { planned = 1; plan++; if ($0 ~ /\.\.\. ok/) passed++; else failed++ }

/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / {
    planned = 1; plan++
    if ($0 ~ /   Passed /) passed++
    else if ($0 ~ /\*\*\*Skipped/) skipped++
    else failed++
}

END {
    ran = passed + failed + skipped
    if (!planned) failed++
    else if (plan > ran) failed += plan - ran
    else if (status != 0 && failed == 0) failed++
    print passed + 0, failed + 0, skipped + 0
}
