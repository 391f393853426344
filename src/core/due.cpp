// Time-driven events of an account, one after the other.
#include "core/due.hpp"

#include "core/burn_down.hpp"
#include "core/consents.hpp"
#include "core/holds_due.hpp"
#include "core/renewal.hpp"

#include <algorithm>

namespace credits::core {

namespace {

// At one moment holds end first, by themselves before the licence ends them, then lots expire, the
// period ends, lots begin to count, which its end does not concern, the day ends, and months of
// consents begin: their revenue is that of the new period.
enum class Due {
    nothing,
    hold_time_out,
    licence_step,
    lot_expiry,
    period_end,
    lot_start,
    day_end,
    consent_month
};

struct Event {
    Due due = Due::nothing;
    Instant at = never;
    std::uint32_t index = 0;
};

void offer(Event& next, Due due, Instant at, std::uint32_t index = 0) {
    if (at < next.at || (at == next.at && due < next.due)) {
        next = {due, at, index};
    }
}

// A lot's expiry is handled once; what holds keep alive of it is handled as they end.
bool waits_for_expiry(const Lot& lot, Instant handled_until) {
    return lot.state == LotState::live && lot.expires_at > handled_until;
}

struct Progress {
    std::uint32_t next_hold = 0;         // holds are sorted by expiry
    Instant lots_handled_until = always; // at first the account's clock: what came before is done
};

Event next_event(const Account& account, const Progress& progress, bool with_day) {
    Event next;
    const LostHold lost = next_lost_hold(account);
    offer(next, Due::licence_step, lost.at, lost.index);
    if (progress.next_hold < account.holds.size()) {
        offer(next,
              Due::hold_time_out,
              account.holds[progress.next_hold].expires_at,
              progress.next_hold);
    }
    for (std::uint32_t at = 0; at < account.lots.size(); ++at) {
        const Lot& lot = account.lots[at];
        if (waits_for_expiry(lot, progress.lots_handled_until)) {
            offer(next, Due::lot_expiry, lot.expires_at, at);
        }
        if (lot.state == LotState::scheduled) {
            offer(next, Due::lot_start, lot.effective_at, at);
        }
    }
    offer(next, Due::period_end, account.wallet.period_end);
    if (with_day) {
        offer(next, Due::day_end, account.wallet.day_end);
    }
    for (std::uint32_t at = 0; at < account.consents.size(); ++at) {
        if (account.consents[at].stands()) {
            offer(next, Due::consent_month, account.consents[at].next_at, at);
        }
    }
    return next;
}

// grant_up_to grants what is missing to an allowance, and says so in granted_so_far.
void grant_up_to(
    Account& account, Credits& granted_so_far, Credits allowance, EntryKind kind, Lot lot) {
    if (allowance <= granted_so_far) {
        return;
    }
    lot.amount = allowance - granted_so_far;
    granted_so_far = allowance;
    Lot& added = new_lot(account, lot);
    put(account, post(account, kind, lot.effective_at), added, lot.amount);
}

void start(Account& account, Lot& lot) {
    lot.state = LotState::live;
    lot.changed = true;
    // Credits of a payment for this very period.
    if (lot.paid_to != never && lot.effective_at == account.wallet.period_start) {
        account.wallet.plan_granted += lot.amount;
    }
    put(account, post(account, EntryKind::grant, lot.effective_at), lot, lot.amount);
}

void set_period(Account& account, Instant moment, Instant end) {
    account.wallet.period_start = moment;
    account.wallet.period_end = end;
    account.wallet.period_revenue = Decimal{};
    account.wallet.period_covered = Decimal{};
    account.wallet.period_overage = Decimal{};
    account.wallet.period_requests = 0;
    account.wallet.period_tokens = Decimal{};
    account.wallet.period_cost = Decimal{};
}

// A period that was paid for ahead is as long as it was paid for, whatever the plan's interval is
// by then; and no other runs into it.
Instant end_of_period(const Account& account, Instant moment, Instant end_by_plan) {
    Instant end = end_by_plan;
    for (const Lot& lot : account.lots) {
        if (lot.is_paid_ahead() && lot.effective_at == moment) {
            end = lot.paid_to;
        }
    }
    for (const Lot& lot : account.lots) {
        if (lot.is_paid_ahead() && lot.effective_at > moment) {
            end = std::min(end, lot.effective_at);
        }
    }
    return end;
}

void set_period(Account& account, Instant moment) {
    const Cycle& cycle = account.plan->cycle;
    Period period = period_at(*account.zone, account.period_anchor, cycle, moment);
    if (!cycle.is_none() && period.start != moment) { // after one that was of another length
        account.period_anchor = moment;
        account.facts_changed = true;
        period = period_at(*account.zone, moment, cycle, moment);
    }
    set_period(account, moment, end_of_period(account, moment, period.end));
}

void set_day(Account& account, Instant moment) {
    account.wallet.day_granted = no_credits;
    account.wallet.day_end = account.plan->daily_credits ? day_end(*account.zone, moment) : never;
}

// A period that was paid for before it began: its credits wait in a lot that begins with it.
bool goes_on_paid(const Account& account, Instant moment) {
    return !account.plan->grants_by_clock && account.wallet.paid_until > moment;
}

void end_period(Account& account) {
    const Instant moment = account.wallet.period_end;
    const PlanTerms& next = account.pending_plan == nullptr ? *account.plan : *account.pending_plan;
    if (account.plan->renews_by_clock || next.renews_by_clock || goes_on_paid(account, moment)) {
        renew_lots(account, *account.plan, moment);
    }
    if (account.pending_plan != nullptr) {
        const bool cycle_changes = !(account.pending_plan->cycle == account.plan->cycle);
        account.plan = account.pending_plan;
        account.pending_plan = nullptr;
        account.plan_changed = true;
        if (cycle_changes) {
            account.period_anchor = moment;
        }
    }
    // By a change of plan, or by daily credits that the plan was given meanwhile.
    if (account.plan->daily_credits && account.wallet.day_end == never) {
        set_day(account, moment);
    }
    set_period(account, moment);
    account.wallet.plan_granted = no_credits;
    account.wallet.granted = account.wallet.balance;
    grant_what_is_missing(account, EntryKind::renew, moment);
}

// Days on which an untouched daily lot would only be replaced by its like are passed over: the
// books are the same without them. Not while holds are open, which keep some of every day's alive.
void end_day(Account& account, const Progress& progress, Credits unused) {
    Instant moment = account.wallet.day_end;
    const bool untouched = account.plan->daily_credits && unused == *account.plan->daily_credits &&
                           !account.wallet.balance.is_negative() && account.wallet.held.is_zero();
    if (untouched) {
        const Event other = next_event(account, progress, false);
        const Instant until = std::min(account.now, other.at == never ? never : other.at - 1);
        moment = std::max(moment, day_start(*account.zone, until));
    }
    set_day(account, moment);
    grant_what_is_missing(account, EntryKind::renew, moment);
}

void skip_ended_holds(const Account& account, Progress& progress) {
    while (progress.next_hold < account.holds.size() &&
           account.holds[progress.next_hold].status != HoldStatus::pending) {
        ++progress.next_hold;
    }
}

void handle(Account& account, Progress& progress, const Event& event, Credits& daily_unused) {
    switch (event.due) {
    case Due::hold_time_out:
        time_out(account, account.holds[event.index]);
        skip_ended_holds(account, progress);
        break;
    case Due::licence_step:
        give_back_lost(account, account.holds[event.index], event.at);
        skip_ended_holds(account, progress);
        break;
    case Due::lot_expiry: {
        const Lot& lot = account.lots[event.index];
        daily_unused = lot.source == "daily" ? lot.remaining : daily_unused;
        progress.lots_handled_until = event.at;
        expire_lots(account, event.at);
        break;
    }
    case Due::lot_start:
        start(account, account.lots[event.index]);
        break;
    case Due::period_end:
        end_period(account);
        break;
    case Due::day_end:
        end_day(account, progress, daily_unused);
        daily_unused = no_credits;
        break;
    case Due::consent_month:
        book_month(account, account.consents[event.index], event.at);
        break;
    case Due::nothing:
        break;
    }
}

void choose_current_lot(Account& account) {
    const Lot* current = nullptr;
    for (Lot& lot : account.lots) {
        if (lot.state == LotState::live && lot.remaining.is_zero() && !lot.rollover_min) {
            lot.state = LotState::used;
            lot.changed = true;
        }
        const bool usable = lot.state == LotState::live && lot.expires_at > account.now;
        if (usable && (current == nullptr || burns_before(lot, *current))) {
            current = &lot;
        }
    }
    account.wallet.current_lot_no = current == nullptr ? 0 : current->lot_no;
    account.wallet.current_remaining = current == nullptr ? no_credits : current->remaining;
}

} // namespace

void bring_up_to_date(Account& account) {
    std::sort(account.holds.begin(), account.holds.end(), times_out_before);
    Progress progress;
    progress.lots_handled_until = account.wallet.clock;
    Credits daily_unused;
    skip_ended_holds(account, progress);
    for (Event event = next_event(account, progress, true); event.at <= account.now;
         event = next_event(account, progress, true)) {
        handle(account, progress, event, daily_unused);
    }
    account.wallet.clock = account.now;
}

void seal(Account& account) {
    Wallet& wallet = account.wallet;
    if (!account.is_full) {
        return;
    }
    choose_current_lot(account);
    Instant next = std::min(wallet.period_end, wallet.day_end);
    for (const Lot& lot : account.lots) {
        if (lot.state == LotState::live) {
            // Credits that only open holds keep alive: until they are gone every call looks at all
            // lots.
            next = std::min(next, lot.expires_at > account.now ? lot.expires_at : always);
        }
        if (lot.state == LotState::scheduled) {
            next = std::min(next, lot.effective_at);
        }
    }
    for (const Consent& consent : account.consents) {
        next = consent.stands() ? std::min(next, consent.next_at) : next;
    }
    std::int64_t first_open = wallet.last_hold_no + 1;
    for (const Hold& hold : account.holds) {
        if (hold.status == HoldStatus::pending) {
            next = std::min(next, hold.expires_at);
            first_open = std::min(first_open, hold.hold_no);
        }
    }
    next = std::min(next, next_licence_step(account));
    wallet.first_open_hold = first_open;
    wallet.next_event_at = next;
}

void grant_what_is_missing(Account& account, EntryKind kind, Instant moment) {
    const PlanTerms& plan = *account.plan;
    Wallet& wallet = account.wallet;
    if (!account.free_grants || wallet.status == AccountStatus::closed) {
        return;
    }
    // A period that was paid for has had its credits, whatever plan it goes on under.
    const bool is_paid = account.wallet.paid_until > moment;
    if (plan.grants_by_clock && plan.credits && !is_paid) {
        const bool grants_once = plan.cycle.is_none();
        if (grants_once) {
            wallet.plan_granted = std::max(wallet.plan_granted, wallet.once_granted);
        }
        grant_up_to(account,
                    wallet.plan_granted,
                    *plan.credits,
                    kind,
                    allowance_lot("plan", no_credits, moment, never));
        if (grants_once) {
            wallet.once_granted = wallet.plan_granted;
        }
    }
    if (plan.daily_credits && wallet.day_end > moment) {
        grant_up_to(account,
                    wallet.day_granted,
                    *plan.daily_credits,
                    kind,
                    allowance_lot("daily", no_credits, moment, wallet.day_end));
    }
}

void begin_periods(Account& account) {
    const Period period =
        period_at(*account.zone, account.period_anchor, account.plan->cycle, account.now);
    account.wallet.period_start = period.start;
    account.wallet.period_end = period.end;
    set_day(account, account.now);
    grant_what_is_missing(account, EntryKind::grant, account.now);
}

void start_period(Account& account, Instant moment, Instant end) {
    set_period(account, moment, end);
    account.wallet.plan_granted = no_credits;
    account.wallet.granted = account.wallet.balance;
}

void change_plan_now(Account& account, const PlanTerms& plan) {
    const bool cycle_changes = !(plan.cycle == account.plan->cycle);
    const bool nothing_granted = account.wallet.plan_granted.is_zero();
    account.plan = &plan;
    account.pending_plan = nullptr;
    account.plan_changed = true;
    if (cycle_changes && nothing_granted) {
        account.period_anchor = account.now;
        set_period(account, account.now);
        account.wallet.granted = account.wallet.balance;
    } else if (cycle_changes) {
        account.period_anchor = account.wallet.period_end;
    }
    // A day that has begun runs to its end under any plan, so that it never grants twice.
    if (plan.daily_credits && account.wallet.day_end == never) {
        set_day(account, account.now);
    }
    grant_what_is_missing(account, EntryKind::grant, account.now);
}

} // namespace credits::core
