// One account during one call: locked, loaded, worked on by the pure ring, written back.
// Owns the sandwich's outer slices; decides nothing about money.
#pragma once

#include "core/account.hpp"
#include "core/calls.hpp"
#include "core/catalogue.hpp"
#include "core/gates.hpp"

#include "pg/arguments.hpp"
#include "pg/brake.hpp"
#include "pg/clock.hpp"
#include "pg/idempotency.hpp"
#include "pg/server_arena.hpp"
#include "pg/storage.hpp"

#include "pg/postgres.hpp"

namespace credits::pg {

struct Alert;
struct Denial;
struct Subject;

// EntryNote is what the caller's own entry records beside what the pure ring decided.
struct EntryNote {
    std::uint32_t entry{};
    TextArgument action{};
    TextArgument provider{};
    TextArgument model{};
    TextArgument member_id{};
    JsonArgument usage{};
    JsonArgument metadata{};
    std::optional<core::Instant> effective_at{};
};

// HeldCall is a hold that the call at hand works on: its row, and its place among the open holds.
struct HeldCall {
    bool is_new{};
    StoredRow row{};
    core::Hold hold{};
};

// GateUse is a gate that a call went through, as a hold or as an entry; the other is 0.
struct GateUse {
    core::GateNeed need{};
    std::int64_t hold_no{};
    std::int64_t entry_no{};
};

// Session of one account. Everything in it is plain, so that an error may leave it behind.
struct Session {
    Work own_work{};
    Work* work{}; // its own, or one that it shares with the other accounts of a batch
    Datum account_id{};
    bool is_new{};       // open_account makes the rows
    bool is_refusal{};   // written for what it counts only
    bool is_tentative{}; // the wallet is not locked: its update says whether it was free
    StoredRow wallet_row{};
    core::Wallet wallet_before{}; // as the row has it
    core::Account account{};
    ServerArena arena;
    ZoneOf zone{nullptr};
    core::List<EntryNote> notes{};
    core::List<HeldCall*> held_calls{};
    KeyUse pending_key{}; // of the call at hand; one that is refused does not use it up
    core::List<KeyUse> keys{};
    core::List<struct Subject*> subjects{};
    core::List<core::LimitCase> account_limits{};
    bool knows_account_limits{};
    core::List<struct Alert> alerts{};
    core::List<struct Denial> denials{};
    core::List<GateUse> gate_uses{};
    std::int64_t granted_lot_no{}; // the lot that lot_metadata belongs to
    JsonArgument lot_metadata{};
    core::Catalogue* catalogue{};
    core::List<BrakeClaim> claims{}; // of the platform's allowance
    core::UseChanges use_changes{};
};

// start_work opens what calls work with, and reads the catalogue again where it changed.
void start_work(Work& work, bool for_writing);

// start begins a session with work of its own; arguments are read after it, by the unit's scale.
void start(Session& session, bool for_writing);

// read_account takes up the account of the wallet row at hand, at the present time.
void read_account(Session& session);

// find_account locks the wallet (or, reading, just reads it) and takes the time; false where there
// is no such account. A session that is tentative stays so only where the wallet is free and
// nothing is due.
bool find_account(Session& session, Datum account_id);

// load_all adds lots, open holds and facts, and applies what is due. extra_lots: lots wanted
// although they are used up or gone.
void load_all(Session& session, const core::List<core::LotMove>* extra_lots);

// load_if_due does so where something is due, or could be.
void load_if_due(Session& session);
bool is_due(const Session& session);

// has_ended_uncharged: the hold has timed out or was given back in this session. Right after
// loading it was time that did so.
bool has_ended_uncharged(const core::Hold& hold);

// run gives the pure ring the account; where it needs lots and holds, they are loaded and it is
// asked again. In a tentative session that is left to the caller: the verdict did not go through.
template <class Verb>
core::Verdict run(Session& session, Verb verb);

// find_hold gives the hold of a number, from this session where it was touched before.
HeldCall* find_hold(Session& session, std::int64_t hold_no);

// is_held_call: a call of this session works on that hold itself.
bool is_held_call(const Session& session, std::int64_t hold_no);

// placed_hold is the hold as the pure ring should change it: the loaded one while it is open.
core::Hold& placed_hold(Session& session, HeldCall& held);

// finish_session writes what changed. From its first write on the call must succeed.
void finish_session(Session& session);

// finish_if_unchanged is the same for a tentative session; false, with nothing written, where the
// wallet has changed since it was read.
[[nodiscard]] bool finish_if_unchanged(Session& session);

// begin_again forgets what a tentative session found out, so that it is done again with the lock.
void begin_again(Session& session);

// abandon_session ends without writing.
void abandon_session(Session& session);

} // namespace credits::pg

#include "pg/boundary.hpp"

namespace credits::pg {

template <class Verb>
core::Verdict run(Session& session, Verb verb) {
    const core::Verdict verdict = compute_or_raise([&] { return verb(session.account); });
    if (!verdict.needs_all || session.is_tentative) {
        return verdict;
    }
    load_all(session, nullptr);
    return compute_or_raise([&] { return verb(session.account); });
}

} // namespace credits::pg
