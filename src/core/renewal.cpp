// Renewal of plan credits, one lot after the other.
#include "core/renewal.hpp"

#include "core/burn_down.hpp"

#include <algorithm>

namespace credits::core {

namespace {

Credits within(Credits amount, std::optional<Credits> low, std::optional<Credits> high) {
    const Credits raised = low ? std::max(amount, *low) : amount;
    return high ? std::min(raised, *high) : raised;
}

// cut_lot forfeits what of a lot roll-over does not keep. While holds are open it becomes a lot of
// its own that expires at this very moment: what they cover of it lives until they end, as with any
// expiry.
void cut_lot(Account& account, std::uint32_t index, Credits excess, Instant moment) {
    if (account.wallet.held.is_zero()) {
        drop(account, post(account, EntryKind::expire, moment), account.lots[index], excess);
        return;
    }
    Lot lapsed = account.lots[index];
    lapsed.amount = excess;
    lapsed.remaining = no_credits;
    lapsed.expires_at = moment;
    lapsed.rollover_min = std::nullopt;
    lapsed.rollover_max = std::nullopt;
    Entry& entry = post(account, EntryKind::renew, moment);
    drop(account, entry, account.lots[index], excess);
    put(account, entry, new_lot(account, lapsed), excess);
}

// bound_lot brings one lot to what roll-over leaves.
void bound_lot(Account& account, std::uint32_t index, Credits target, Instant moment) {
    const Credits remaining = account.lots[index].remaining;
    if (target > remaining) {
        Entry& entry = post(account, EntryKind::renew, moment);
        put(account, entry, account.lots[index], target - remaining);
    } else if (target < remaining) {
        cut_lot(account, index, remaining - target, moment);
    }
}

// Lots without bounds of their own follow the plan's renewal.
bool follows_plan(const Lot& lot) {
    return lot.state == LotState::live && lot.is_plan() && !lot.rollover_min && !lot.rollover_max;
}

// All plan lots together keep what the plan's roll-over allows; the first to burn give first.
void roll_over_plan_lots(Account& account, const PlanTerms& plan, Instant moment) {
    std::sort(account.lots.begin(), account.lots.end(), burns_before);
    Credits total;
    for (const Lot& lot : account.lots) {
        total += follows_plan(lot) && lot.expires_at > moment ? lot.remaining : no_credits;
    }
    const Credits target = within(total, plan.rollover_min, plan.rollover_max);
    Credits excess = total - target;
    const std::uint32_t count = account.lots.size(); // cutting a lot may add one
    for (std::uint32_t at = 0; at < count && excess.is_positive(); ++at) {
        if (follows_plan(account.lots[at]) && account.lots[at].expires_at > moment) {
            const Credits part = std::min(excess, account.lots[at].remaining);
            bound_lot(account, at, account.lots[at].remaining - part, moment);
            excess -= part;
        }
    }
    if (target > total) {
        const Lot lot = allowance_lot("plan", target - total, moment, never);
        put(account, post(account, EntryKind::renew, moment), new_lot(account, lot), lot.amount);
    }
}

} // namespace

Lot allowance_lot(std::string_view source,
                  Credits amount,
                  Instant effective_at,
                  Instant expires_at) {
    Lot lot;
    lot.source = source;
    lot.category = "promotional";
    lot.amount = amount;
    lot.effective_at = effective_at;
    lot.expires_at = expires_at;
    return lot;
}

void renew_lots(Account& account, const PlanTerms& plan, Instant moment) {
    const std::uint32_t count = account.lots.size();
    for (std::uint32_t at = 0; at < count; ++at) {
        Lot& lot = account.lots[at];
        if (lot.state != LotState::live || lot.expires_at <= moment) {
            continue;
        }
        if (lot.rollover_min || lot.rollover_max) {
            const Credits target = within(lot.remaining, lot.rollover_min, lot.rollover_max);
            bound_lot(account, at, target, moment);
        } else if (follows_plan(lot) && plan.renewal == Renewal::reset &&
                   lot.remaining.is_positive()) {
            lot.expires_at = moment;
            lot.changed = true;
        }
    }
    if (plan.renewal == Renewal::rollover) {
        roll_over_plan_lots(account, plan, moment);
    }
    expire_lots(account, moment);
}

void renew_ended_lots(Account& account,
                      const PlanTerms& plan,
                      const List<std::int64_t>& lots,
                      Instant moment) {
    const std::uint32_t count = account.lots.size();
    for (std::uint32_t at = 0; at < count; ++at) {
        Lot& lot = account.lots[at];
        const bool has_ended = std::find(lots.begin(), lots.end(), lot.lot_no) != lots.end();
        if (!has_ended || !follows_plan(lot) || lot.expires_at <= moment) {
            continue;
        }
        if (plan.renewal == Renewal::reset) {
            lot.expires_at = moment;
            lot.changed = true;
        } else if (plan.renewal == Renewal::rollover) {
            bound_lot(account, at, within(lot.remaining, std::nullopt, plan.rollover_max), moment);
        }
    }
    expire_lots(account, moment);
}

} // namespace credits::core
