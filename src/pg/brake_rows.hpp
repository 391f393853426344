// Rows of credits.platform_stripe, below SQL and whatever the caller's snapshot is: always the
// newest version, and never a wait for who has it.
#pragma once

#include "core/escrow.hpp"

#include <string_view>

#include "pg/postgres.hpp"

namespace credits::pg {

// The row that notes which warnings have been given.
inline constexpr int bell_stripe = core::stripe_count;

// StripeRow is a row as it was read; bytes are its counters.
struct StripeRow {
    int number = 0;
    HeapTuple tuple = nullptr;
    std::string_view bytes;
    bool is_free = false; // nobody else changes or locks it
};

// open_stripes opens the table for the calls below; it stays locked against changes of its shape.
Relation open_stripes(LOCKMODE mode);

// read_stripe_row finds a row; false where it is gone.
bool read_stripe_row(Relation stripes, int number, StripeRow& row);

// lock_stripe_row takes a row for this transaction and reads it again; false where another has it.
bool lock_stripe_row(Relation stripes, StripeRow& row);

// write_stripe_row writes new counters in place of those read; false, with nothing written, where
// another transaction has the row, or has changed it since.
bool write_stripe_row(Relation stripes, const StripeRow& row, std::string_view bytes);

// announce_debt makes every backend look for stripes that owe, once this commits. may_owe: there
// may be one; forget_debts comes before a look at all of them, expect_debts after one that found
// some.
void announce_debt();
bool may_owe();
void forget_debts();
void expect_debts();

} // namespace credits::pg
