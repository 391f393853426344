// Owns the comparison of a journal with the ledger: every question is one SQL statement that
// returns what is wrong. Must never change anything but its own temporary table.
#pragma once

#include <string>

namespace stress {

// check_journal prints what each question finds; true where nothing is wrong. std::runtime_error
// where the journal cannot be read or has no receipt, because then nothing would be proven.
bool check_journal(const std::string& database, const std::string& journal);

} // namespace stress
