// Owns the proof of a run: what the ledger holds against what trace × prices comes to. Must never
// take an expected figure from a receipt or from the ledger itself.
#pragma once

#include "database.hpp"
#include "plan.hpp"
#include "prices.hpp"
#include "runner.hpp"
#include "setup.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace replay {

// AccountTotals are an account's sums over its ledger and the figures of its wallet.
struct AccountTotals {
    Decimal cost;       // USD of all entries
    Decimal charged;    // credits taken by settle entries
    Decimal given_back; // credits of refund entries
    Decimal residue;    // USD, of the wallet
    Decimal held;       // credits, of the wallet
    std::int64_t settles = 0;
    std::int64_t releases = 0;
    std::int64_t refunds = 0;
};

using LedgerTotals = std::map<std::string, AccountTotals>; // by account id

// read_totals reads the accounts whose ids begin with the run's prefix, which ends in '/'.
LedgerTotals read_totals(Connection& connection, const std::string& prefix);

// count_unequal_refunds counts refunds that gave back something other than what their entry
// charged.
std::int64_t count_unequal_refunds(Connection& connection, const std::string& prefix);

// Expected is what one account must come to, from the trace, the prices and the outcomes alone.
struct Expected {
    Decimal cost;   // USD
    Decimal charge; // USD, before any rounding
    std::int64_t settles = 0;
    std::int64_t releases = 0;
    std::int64_t refunds = 0;
};

std::vector<Expected> expected_totals(const Plan& plan,
                                      const RunResult& run,
                                      const PriceBook& book,
                                      const std::pair<ChargeRule, Unit>& terms);

struct Audit {
    Decimal ledger_cost;
    Decimal expected_cost;
    Decimal charged;
    Decimal given_back;
    Decimal residue;
    Decimal expected_charge;
    std::size_t accounts = 0;
    std::vector<std::string> differences; // one sentence each; empty: everything is equal
};

// compare holds the ledger's growth during the run against the expectation, account by account.
Audit compare(const Plan& plan,
              const std::vector<Expected>& expected,
              const LedgerTotals& before,
              const LedgerTotals& after,
              const Unit& unit);

} // namespace replay
