// Load and apply: the outer slices of every call.
#include "pg/session.hpp"

#include "core/due.hpp"

#include <algorithm>
#include <memory>

#include "pg/alerts.hpp"
#include "pg/catalogue.hpp"
#include "pg/durability.hpp"
#include "pg/licence_steps.hpp"
#include "pg/loading.hpp"
#include "pg/rows.hpp"
#include "pg/rules.hpp"
#include "pg/spending.hpp"
#include "pg/subjects.hpp"
#include "pg/writing.hpp"

namespace credits::pg {

namespace {

void read_plan_name(Session& session) {
    const bool none = session.wallet_row.nulls[wallet_column::plan];
    const std::string_view plan =
        none ? std::string_view{} : text_view(session.wallet_row.values[wallet_column::plan]);
    session.account.plan = session.catalogue->find_plan(plan);
    if (session.account.plan == nullptr) {
        // Configured, and the account moved to it, since this call began.
        refresh_catalogue();
        session.catalogue = &catalogue();
        session.account.plan = session.catalogue->find_plan(plan);
    }
    if (session.account.plan == nullptr) {
        ereport(ERROR,
                (errcode(ERRCODE_DATA_CORRUPTED),
                 errmsg("the account's plan is not configured"),
                 errdetail("plan \"%.*s\"", static_cast<int>(plan.size()), plan.data()),
                 errhint("configure the plan again, or change the account's plan")));
    }
}

void know_surroundings(Session& session) {
    session.catalogue = &catalogue();
    session.account.unit = session.catalogue->unit();
    session.account.arena = &session.arena;
    session.account.now = current_instant();
}

// What limits count for holds that time has just ended, but for their requests, is theirs no more.
void uncount_ended_by_time(Session& session) {
    for (const core::Hold& hold : session.account.holds) {
        if (!has_ended_uncharged(hold)) {
            continue;
        }
        core::Hold before = hold;
        before.status = core::HoldStatus::pending;
        note_hold_ended(session, before, {});
        core::CallRules* rules = gather_rules(session, names_of(hold));
        if (rules != nullptr) {
            compute_or_raise([&] {
                core::uncount(session.account, hold, *rules);
                return true;
            });
        }
    }
}

} // namespace

void start_work(Work& work, bool for_writing) {
    open_work(work, for_writing);
    refresh_catalogue();
}

void start(Session& session, bool for_writing) {
    session.work = &session.own_work;
    start_work(session.own_work, for_writing);
}

void read_account(Session& session) {
    know_surroundings(session);
    read_wallet(session.wallet_row, session.account.unit.scale, session.account.wallet);
    session.wallet_before = session.account.wallet;
    read_plan_name(session);
    session.account.now = std::max(session.account.now, session.account.wallet.clock);
}

bool find_account(Session& session, Datum account_id) {
    session.account_id = account_id;
    const RowLock lock = !session.work->for_writing ? RowLock::none
                         : session.is_tentative     ? RowLock::if_contended
                                                    : RowLock::no_key_update;
    const bool found =
        find_row(*session.work, Table::wallet, &account_id, lock, session.wallet_row);
    session.is_tentative = found && session.wallet_row.is_tentative;
    if (!found) {
        know_surroundings(session);
        return false;
    }
    read_account(session);
    if (session.is_tentative && is_due(session)) {
        begin_again(session);
        return find_account(session, account_id);
    }
    return true;
}

void load_all(Session& session, const core::List<core::LotMove>* extra_lots) {
    if (session.account.is_full) {
        return;
    }
    load_facts(session);
    load_lots(session, extra_lots);
    load_holds(session);
    session.account.is_full = true;
    session.account.policy = &session.catalogue->policy();
    compute_or_raise([&] {
        core::bring_up_to_date(session.account);
        core::seal(session.account);
        return true;
    });
    note_licence_steps(session);
    uncount_ended_by_time(session);
}

bool is_due(const Session& session) {
    const core::Wallet& wallet = session.account.wallet;
    // Whose payment failed may lose a hold by a schedule that was configured after its last call.
    const bool may_lose_holds =
        wallet.licence_failed_at != core::never && wallet.first_open_hold <= wallet.last_hold_no;
    return wallet.next_event_at <= session.account.now || may_lose_holds;
}

void load_if_due(Session& session) {
    if (is_due(session)) {
        load_all(session, nullptr);
    }
}

bool has_ended_uncharged(const core::Hold& hold) {
    return hold.changed &&
           (hold.status == core::HoldStatus::expired || hold.status == core::HoldStatus::released);
}

HeldCall* find_hold(Session& session, std::int64_t hold_no) {
    for (HeldCall* held : session.held_calls) {
        if (held->hold.hold_no == hold_no) {
            return held;
        }
    }
    auto* held = make_array<HeldCall>(1);
    const Datum key[] = {session.account_id, Int64GetDatum(hold_no)};
    if (!find_row(*session.work, Table::hold, key, RowLock::none, held->row)) {
        return nullptr;
    }
    read_hold(held->row, session.account.unit.scale, held->hold);
    RaisingArena arena;
    session.held_calls.push_back(arena, held);
    return held;
}

bool is_held_call(const Session& session, std::int64_t hold_no) {
    return std::any_of(session.held_calls.begin(),
                       session.held_calls.end(),
                       [&](const HeldCall* held) { return held->hold.hold_no == hold_no; });
}

core::Hold& placed_hold(Session& session, HeldCall& held) {
    for (core::Hold& hold : session.account.holds) {
        if (hold.hold_no == held.hold.hold_no) {
            return hold;
        }
    }
    return held.hold;
}

void finish_session(Session& session) {
    if (!finish_if_unchanged(session)) {
        ereport(ERROR,
                (errcode(ERRCODE_INTERNAL_ERROR),
                 errmsg("a call was to be written without its account's lock")));
    }
}

namespace {

// A refusal that only counted is nothing that a crash must not undo; a block that it starts comes
// with an alert.
bool only_counts(const Session& session) {
    return session.is_refusal && session.alerts.empty() && session.denials.empty() &&
           session.account.level_changes.empty() && !session.account.is_full;
}

} // namespace

bool finish_if_unchanged(Session& session) {
    session.account.wallet.clock = session.account.now;
    compute_or_raise([&] {
        core::seal(session.account);
        return true;
    });
    keep_level(session);
    note_balance(session);
    note_account_counters(session);
    const TransactionId rests_on = session.wallet_row.writer;
    const bool writes_first = !TransactionIdIsValid(GetTopTransactionIdIfAny());
    // From here on the call must succeed: everything it needs has been checked and computed.
    if (!write_changes(session)) {
        return false;
    }
    CommandCounterIncrement();
    session.work->snapshot_is_old = true;
    release_locks_early();
    if (writes_first && TransactionIdIsValid(rests_on) && only_counts(session)) {
        wait_only_for(rests_on);
    }
    write_spending(session);
    abandon_session(session);
    return true;
}

void begin_again(Session& session) {
    drop_spending(session);
    const Work own_work = session.own_work;
    Work* work = session.work;
    std::construct_at(&session);
    session.own_work = own_work;
    session.work = work;
    session.work->snapshot_is_old = true;
}

void abandon_session(Session& session) {
    if (session.work == &session.own_work) {
        close_work(session.own_work);
    }
}

} // namespace credits::pg
