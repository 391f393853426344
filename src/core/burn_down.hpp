// In which order lots burn down, what charges take from them and grants add to them.
// Owns every change of a lot's remaining credits and of the balance; writes an entry for each.
#pragma once

#include "core/account.hpp"

namespace credits::core {

// burns_before orders lots: priority (low first), expiry (none last), promotional before paid,
// effective_at, lot number.
bool burns_before(const Lot& left, const Lot& right);

// post begins the next entry; amount and balance are filled by what moves credits.
Entry& post(Account& account, EntryKind kind, Instant effective_at);

// take charges the entry: lots in burn-down order, the rest becomes debt. Only lots that had not
// expired at usable_since count: a settle may use what was live when its hold was made. Before
// there is debt, what else holds keep alive is taken too: credits and debt never stand side by
// side. False where the account is partial and its current lot does not cover the amount.
bool take(Account& account, Entry& entry, Credits amount, Instant usable_since);

// put adds credits to a lot, after paying debt with them.
void put(Account& account, Entry& entry, Lot& lot, Credits amount);

// drop takes credits out of one lot: expired, forfeited or voided ones.
void drop(Account& account, Entry& entry, Lot& lot, Credits amount);

// new_lot appends the account's next lot; the reference is good until the next one.
Lot& new_lot(Account& account, const Lot& lot);

// lot_to_refill is where credits go back to: the lot they came from while it can be used, else a
// new one that lives for the configured time.
Lot& lot_to_refill(Account& account, std::int64_t lot_no, Instant new_lot_expires_at);

// refill adds a share to it. Debt that is open takes of it first.
void refill(Account& account, Entry& entry, Lot& lot, Credits amount);

// hold_cost and free_held_cost keep what the calls of open holds are expected to cost.
void hold_cost(Account& account, const Hold& hold);
void free_held_cost(Account& account, const Hold& hold);

Lot* find_lot(Account& account, std::int64_t lot_no);

// expire_lots forfeits what lots that expire at a moment hold, but for what open holds need that
// were made while the lot counted: that lives until they end.
void expire_lots(Account& account, Instant moment);

// free_lapsed forfeits what a hold kept alive that ended at a moment, and no other needs. Kept
// credits are looked at then and never between: what lives on must not depend on who calls when.
void free_lapsed(Account& account, Instant moment);

} // namespace credits::core
