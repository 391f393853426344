// Calls of an application: deduct, and authorize with extend, settle, release.
#include "core/calls.hpp"

#include "core/burn_down.hpp"
#include "core/charge.hpp"
#include "core/error.hpp"

#include <algorithm>

namespace credits::core {

namespace {

Verdict needs_all() {
    Verdict verdict;
    verdict.needs_all = true;
    return verdict;
}

Outcome status_outcome(const Account& account) {
    switch (account.wallet.status) {
    case AccountStatus::closed:
        return Outcome::account_closed;
    case AccountStatus::frozen:
        return Outcome::account_frozen;
    case AccountStatus::open:
        break;
    }
    return Outcome::ok;
}

// covers: credits that are neither held nor owed, and the overdraft, pay for the amount. A call
// that costs something but rounds to nothing still needs some credit left.
bool covers(const Account& account, Credits amount, bool is_free) {
    const Credits usable = account.wallet.balance - account.wallet.held + account.plan->overdraft;
    return is_free || (usable.is_positive() && amount <= usable);
}

Verdict admit(const Account& account, const Charge& charge, Credits amount) {
    Verdict verdict;
    verdict.amount = amount;
    verdict.cost = charge.cost;
    verdict.subject = charge.subject;
    verdict.outcome = status_outcome(account);
    if (verdict.outcome == Outcome::ok) {
        verdict.outcome = charge.outcome;
    }
    if (verdict.outcome == Outcome::ok && !covers(account, amount, charge.is_free())) {
        verdict.outcome = Outcome::insufficient_credits;
    }
    return verdict;
}

RoundedCharge rounded(const Account& account, const Charge& charge) {
    if (!charge.computed_usd || charge.computed_usd->is_zero()) {
        return {charge.fixed, account.wallet.residue_usd};
    }
    return round_charge(*charge.computed_usd, account.wallet.residue_usd, account.unit);
}

Credits to_hold(const Account& account, const Charge& charge) {
    return charge.computed_usd ? ceil_charge(*charge.computed_usd, account.unit) : charge.fixed;
}

// book_cost puts the cost on the books of the entry and of the period.
void book_cost(Account& account, Entry& entry, const std::optional<Decimal>& cost) {
    entry.cost = cost;
    if (cost) {
        account.wallet.period_cost = account.wallet.period_cost + *cost;
    }
}

void count_tokens(Account& account, const Decimal& tokens) {
    account.wallet.period_tokens = account.wallet.period_tokens + tokens;
}

void record_charge(Account& account,
                   Entry& entry,
                   const Charge& charge,
                   const ChargeTerms& terms,
                   const Decimal& residue_usd) {
    entry.is_call = true;
    book_cost(account, entry, charge.cost);
    if (charge.computed_usd) {
        entry.computed_usd = charge.computed_usd;
        entry.terms = terms;
        entry.residue_usd = residue_usd;
        account.wallet.residue_usd = residue_usd;
    }
}

// Terms by which a later settle turns usage into credits: a fixed price stays fixed.
ChargeTerms hold_terms(const Account& account, const CallRequest& request) {
    const bool fixed_price = request.action_terms != nullptr && request.action_terms->credits;
    ChargeTerms terms = account.plan->charge;
    if (fixed_price || terms.by == ChargeBy::action) {
        terms.by = ChargeBy::fixed;
    }
    return terms;
}

void end_hold(Account& account, Hold& hold, HoldStatus status) {
    if (hold.status == HoldStatus::pending) {
        account.wallet.held -= hold.amount;
        free_held_cost(account, hold);
    }
    hold.status = status;
    hold.changed = true;
    hold.ended_at = account.now;
}

Charge settled_charge(const Account& account,
                      const Hold& hold,
                      const PriceBook& book,
                      const SettleRequest& request) {
    CallRequest call = request.call;
    call.amount = request.amount;
    const bool stands = !call.amount && (!call.usage.given || hold.terms.by == ChargeBy::fixed);
    if (stands) {
        call.amount = hold.amount;
    }
    if (!call.amount) {
        call.action_terms = nullptr; // a range was only an estimate
    }
    if (!call.amount && hold.terms.by == ChargeBy::cost &&
        (call.provider.empty() || call.model.empty())) {
        throw_invalid("usage can only be charged by cost with provider and model",
                      "the authorization named no provider and model",
                      "settle by amount, or give authorize both");
    }
    Charge charge = charge_of(call, hold.terms, book, account.unit, false);
    if (!call.can_be_priced()) {
        charge.cost = hold.cost;
    }
    return charge;
}

// A full account knows all open holds; one that had timed out before this call joins them again.
void keep_among_open(Account& account, const Hold& hold) {
    const auto is_it = [&](const Hold& other) {
        return other.hold_no == hold.hold_no;
    };
    if (account.is_full && std::none_of(account.holds.begin(), account.holds.end(), is_it)) {
        account.holds.push_back(*account.arena, hold);
    }
}

Outcome hold_outcome(const Hold& hold) {
    switch (hold.status) {
    case HoldStatus::settled:
        return Outcome::hold_settled;
    case HoldStatus::released:
        return Outcome::hold_released;
    case HoldStatus::pending:
    case HoldStatus::expired:
        break;
    }
    return Outcome::ok;
}

} // namespace

Verdict refuse(Outcome outcome, std::string_view subject) {
    Verdict verdict;
    verdict.outcome = outcome;
    verdict.subject = subject;
    return verdict;
}

Verdict deduct(Account& account, const PriceBook& book, const CallRequest& request) {
    const ChargeTerms& terms = account.plan->charge;
    const Charge charge = charge_of(request, terms, book, account.unit, false);
    const RoundedCharge due = rounded(account, charge);
    Verdict verdict = admit(account, charge, due.amount);
    if (verdict.outcome != Outcome::ok) {
        return verdict;
    }
    if (!account.is_full && due.amount > account.wallet.current_remaining) {
        return needs_all();
    }
    Entry& entry = post(account, EntryKind::deduct, account.now);
    record_charge(account, entry, charge, terms, due.residue_usd);
    take(account, entry, due.amount, account.now);
    ++account.wallet.period_requests;
    count_tokens(account, total_tokens(request.usage));
    verdict.entry = account.entries.size() - 1;
    return verdict;
}

Verdict may_call(const Account& account, const PriceBook& book, const CallRequest& request) {
    const Charge charge = charge_of(request, account.plan->charge, book, account.unit, true);
    return admit(account, charge, to_hold(account, charge));
}

Verdict authorize(Account& account, const PriceBook& book, const HoldRequest& request) {
    const Verdict verdict = may_call(account, book, request.call);
    if (verdict.outcome != Outcome::ok) {
        return verdict;
    }
    Hold hold;
    hold.hold_no = ++account.wallet.last_hold_no;
    hold.amount = verdict.amount;
    hold.created_at = account.now;
    hold.expires_at = request.expires_at;
    hold.changed = true;
    hold.terms = hold_terms(account, request.call);
    hold.authorized_amount = hold.amount;
    hold.cost = verdict.cost;
    hold.tokens = total_tokens(request.call.usage);
    account.holds.push_back(*account.arena, hold);
    account.wallet.held += hold.amount;
    hold_cost(account, hold);
    ++account.wallet.period_requests;
    account.wallet.next_event_at = std::min(account.wallet.next_event_at, hold.expires_at);
    return verdict;
}

Verdict extend(Account& account, Hold& hold, Credits more, Instant expires_at) {
    Verdict verdict = refuse(status_outcome(account));
    verdict.amount = more;
    if (verdict.outcome == Outcome::ok) {
        verdict.outcome = hold_outcome(hold);
    }
    if (verdict.outcome != Outcome::ok) {
        return verdict;
    }
    // A hold that timed out has given its credits back: it needs all of them again.
    const bool again = hold.status == HoldStatus::expired;
    const Credits needed = again ? hold.amount + more : more;
    if (!covers(account, needed, needed.is_zero())) {
        verdict.outcome = Outcome::insufficient_credits;
        verdict.amount = needed;
        return verdict;
    }
    hold.amount += more;
    hold.expires_at = again ? expires_at : std::max(hold.expires_at, expires_at);
    hold.status = HoldStatus::pending;
    hold.ended_at = 0;
    hold.changed = true;
    account.wallet.held += needed;
    if (again) {
        hold_cost(account, hold);
    }
    account.wallet.first_open_hold = std::min(account.wallet.first_open_hold, hold.hold_no);
    account.wallet.next_event_at = std::min(account.wallet.next_event_at, hold.expires_at);
    verdict.amount = hold.amount;
    keep_among_open(account, hold);
    return verdict;
}

Verdict settle(Account& account, Hold& hold, const PriceBook& book, const SettleRequest& request) {
    if (account.wallet.status == AccountStatus::closed) {
        return refuse(Outcome::account_closed);
    }
    if (const Outcome outcome = hold_outcome(hold); outcome != Outcome::ok) {
        return refuse(outcome);
    }
    const Charge charge = settled_charge(account, hold, book, request);
    if (charge.outcome != Outcome::ok) {
        return refuse(charge.outcome, charge.subject);
    }
    const RoundedCharge due = rounded(account, charge);
    if (!account.is_full && due.amount > account.wallet.current_remaining) {
        return needs_all();
    }
    const bool late = hold.status == HoldStatus::expired;
    end_hold(account, hold, HoldStatus::settled);
    Entry& entry = post(account, EntryKind::settle, account.now);
    record_charge(account, entry, charge, hold.terms, due.residue_usd);
    entry.hold_no = hold.hold_no;
    entry.reason = late ? "late" : "";
    hold.entry_no = entry.entry_no;
    take(account, entry, due.amount, late ? account.now : hold.created_at);
    count_tokens(account,
                 request.call.usage.given ? total_tokens(request.call.usage) : hold.tokens);
    Verdict verdict;
    verdict.amount = due.amount;
    verdict.cost = charge.cost;
    verdict.entry = account.entries.size() - 1;
    if (account.is_full) {
        free_lapsed(account, account.now);
    }
    return verdict;
}

Verdict release(Account& account, Hold& hold, std::string_view reason) {
    if (const Outcome outcome = hold_outcome(hold); outcome != Outcome::ok) {
        return refuse(outcome);
    }
    end_hold(account, hold, HoldStatus::released);
    Entry& entry = post(account, EntryKind::release, account.now);
    entry.is_call = true;
    entry.hold_no = hold.hold_no;
    entry.reason = reason;
    hold.entry_no = entry.entry_no;
    Verdict verdict;
    verdict.entry = account.entries.size() - 1;
    if (account.is_full) {
        free_lapsed(account, account.now);
    }
    return verdict;
}

Verdict record_cost(Account& account, const PriceBook& book, const CallRequest& request) {
    const Charge charge = cost_only(request, book);
    if (charge.outcome != Outcome::ok) {
        return refuse(charge.outcome, charge.subject);
    }
    Entry& entry = post(account, EntryKind::cost, account.now);
    entry.is_call = true;
    book_cost(account, entry, charge.cost);
    count_tokens(account, total_tokens(request.usage));
    Verdict verdict;
    verdict.cost = charge.cost;
    verdict.entry = account.entries.size() - 1;
    return verdict;
}

} // namespace credits::core
