// Holds that time ends.
#include "core/holds_due.hpp"

#include "core/burn_down.hpp"
#include "core/licence.hpp"

#include <tuple>

namespace credits::core {

namespace {

LicenceFailure failure_of(const Account& account) {
    return {account.wallet.licence_failed_at, account.zone};
}

bool suffers_from_failure(const Account& account) {
    return account.policy != nullptr && account.wallet.licence_failed_at != never;
}

// Of a call that names no action nothing is known but the licence as a whole.
std::string_view feature_of(const Policy& policy, std::string_view action) {
    const auto found = policy.actions.find(action);
    return found == policy.actions.end() ? std::string_view{}
                                         : std::string_view(found->second.feature);
}

Instant lost_at(const Account& account, const Hold& hold) {
    const Instant lost = feature_lost_at(
        account.policy->licence, failure_of(account), feature_of(*account.policy, hold.action));
    return lost <= account.wallet.clock ? account.now : lost;
}

void end_by_time(Account& account, Hold& hold, HoldStatus status, Instant moment) {
    hold.status = status;
    hold.changed = true;
    hold.ended_at = moment;
    account.wallet.held -= hold.amount;
    free_held_cost(account, hold);
}

} // namespace

bool times_out_before(const Hold& left, const Hold& right) {
    return std::tuple(left.expires_at, left.hold_no) < std::tuple(right.expires_at, right.hold_no);
}

void time_out(Account& account, Hold& hold) {
    end_by_time(account, hold, HoldStatus::expired, hold.expires_at);
    free_lapsed(account, hold.expires_at);
}

LostHold next_lost_hold(const Account& account) {
    LostHold next;
    if (!suffers_from_failure(account)) {
        return next;
    }
    for (std::uint32_t at = 0; at < account.holds.size(); ++at) {
        const Hold& hold = account.holds[at];
        const Instant lost = hold.status == HoldStatus::pending ? lost_at(account, hold) : never;
        if (lost < next.at) {
            next = {lost, at};
        }
    }
    return next;
}

void give_back_lost(Account& account, Hold& hold, Instant moment) {
    end_by_time(account, hold, HoldStatus::released, moment);
    Entry& entry = post(account, EntryKind::release, moment);
    entry.hold_no = hold.hold_no;
    entry.reason = licence_reason;
    hold.entry_no = entry.entry_no;
    free_lapsed(account, moment);
}

Instant next_licence_step(const Account& account) {
    return suffers_from_failure(account)
               ? next_licence_step(account.policy->licence, failure_of(account), account.now)
               : never;
}

} // namespace credits::core
