// Months of consents, one after the other.
#include "core/consents.hpp"

#include "core/burn_down.hpp"
#include "core/policy_terms.hpp"
#include "core/renewal.hpp"
#include "core/revenue.hpp"

#include <algorithm>
#include <string>

namespace credits::core {

namespace {

constexpr Cycle month{1, 0, 0};

void post_month(Account& account, Consent& consent, Instant moment) {
    if (consent.credits.is_positive()) {
        Lot lot = allowance_lot("consent", consent.credits, moment, never);
        lot.category = "paid";
        lot.price_paid = consent.usd;
        put(account,
            post(account, EntryKind::grant, moment),
            new_lot(account, lot),
            consent.credits);
    } else {
        post(account, EntryKind::adjust, moment);
    }
    Entry& entry = account.entries.back();
    entry.reason = copy_text(*account.arena, "consent " + std::string(consent.kind));
    consent.entry_no = entry.entry_no;
}

} // namespace

void book_month(Account& account, Consent& consent, Instant moment) {
    consent.next_at = period_at(*account.zone, consent.anchor, month, moment).end;
    consent.changed = true;
    if (consent.usd.is_zero() || account.wallet.status == AccountStatus::closed) {
        return;
    }
    const PlanPolicy* policy = account.plan->policy;
    book_revenue(account, consent.usd, policy == nullptr ? Decimal{} : policy->cover);
    post_month(account, consent, moment);
    account.revenue.push_back(*account.arena,
                              {"consent", consent.kind, consent.usd, moment, consent.entry_no});
}

Consent* find_consent(Account& account, std::string_view kind) {
    auto* const found = std::find_if(account.consents.begin(),
                                     account.consents.end(),
                                     [&](const Consent& consent) { return consent.kind == kind; });
    return found == account.consents.end() ? nullptr : found;
}

Verdict give_consent(Account& account, std::string_view kind, const ConsentTerms& terms) {
    if (account.wallet.status == AccountStatus::closed) {
        return refuse(Outcome::account_closed);
    }
    Consent* consent = find_consent(account, kind);
    if (consent == nullptr) {
        consent = &account.consents.emplace_back(*account.arena);
        consent->kind = kind;
        consent->usd = terms.usd;
        consent->credits = terms.credits;
        consent->is_new = true;
    }
    if (consent->stands()) {
        return {};
    }
    consent->given_at = account.now;
    consent->changed = true;
    if (consent->is_new || consent->next_at <= account.now) {
        consent->anchor = account.now;
        consent->entry_no = 0;
        book_month(account, *consent, account.now);
        if (consent->entry_no != 0) {
            account.entries.back().is_call = true;
        }
    }
    return {};
}

void withdraw_consent(Account& account, std::string_view kind) {
    Consent* consent = find_consent(account, kind);
    if (consent != nullptr && consent->stands()) {
        consent->given_at = never;
        consent->changed = true;
    }
}

} // namespace credits::core
