// Owns the comparison of a journal with the ledger: every question is one SQL statement that
// returns what is wrong. Must never change anything but its own temporary table.
#pragma once

#include <string>

namespace stress {

// left_over_transactions are two-phase transactions of a run that ended too early: rows of their
// names.
constexpr const char* left_over_transactions = "SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE "
                                               "database = current_database() AND gid LIKE 'run-%'";

// check_journal prints what each question finds; true where nothing is wrong. std::runtime_error
// where the journal cannot be read or has no receipt, because then nothing would be proven.
bool check_journal(const std::string& database, const std::string& journal);

} // namespace stress
