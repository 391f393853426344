// The slow model's plans: what a period's end, a day's end and a change of plan give and take.
#include "slow_account.hpp"

#include <algorithm>

namespace credits::core::test {

void SlowAccount::grant_what_is_missing() {
    if (is_closed_) {
        return;
    }
    const auto grant_lot = [&](const char* source, int amount, int until) {
        SlowLot lot;
        lot.source = source;
        lot.amount = amount;
        lot.from = now_;
        lot.until = until;
        give(add_lot(lot), amount);
    };
    if (plan_.by_clock && plan_.credits > plan_granted_) {
        grant_lot("plan", plan_.credits - plan_granted_, no_end);
        plan_granted_ = plan_.credits;
    }
    if (plan_.daily > day_granted_) {
        grant_lot("daily", plan_.daily - day_granted_, clock_.midnight_after(now_));
        day_granted_ = plan_.daily;
    }
}

// bound brings a lot to what its bounds leave; as much as holds need stays.
void SlowAccount::bound(int lot_no, int target) {
    const int needed = held();
    while (left_in(lot_no) > target && left_in(lot_no) > needed) {
        lose(lot_no, 1);
    }
    if (left_in(lot_no) < target) {
        give(lot_no, target - left_in(lot_no));
    }
}

void SlowAccount::renew() {
    for (const int no : lots_in_burn_order()) {
        SlowLot& lot = lot_at(no);
        if (lot.least != none || lot.most != none) {
            int target = std::max(left_in(no), lot.least);
            target = lot.most == none ? target : std::min(target, lot.most);
            bound(no, target);
        } else if (lot.source == "plan" && plan_.renewal == SlowRenewal::reset) {
            lot.until = std::min(lot.until, now_);
        }
    }
    if (plan_.renewal == SlowRenewal::rollover) {
        roll_over_plan_lots();
    }
    drop_lapsed(now_);
}

void SlowAccount::roll_over_plan_lots() {
    std::vector<int> plan_lots;
    int total = 0;
    for (const int no : lots_in_burn_order()) {
        if (lot(no).source == "plan" && lot(no).least == none && lot(no).most == none) {
            plan_lots.push_back(no);
            total += left_in(no);
        }
    }
    int target = std::max(total, plan_.least);
    target = plan_.most == none ? target : std::min(target, plan_.most);
    int excess = total - target;
    for (const int no : plan_lots) {
        const int part = std::clamp(excess, 0, left_in(no));
        excess -= part;
        bound(no, left_in(no) - part);
    }
    if (target > total) {
        SlowLot lot;
        lot.source = "plan";
        lot.from = now_;
        give(add_lot(lot), target - total);
    }
}

void SlowAccount::end_period() {
    if (plan_.by_clock) {
        renew();
    }
    if (has_pending_plan_) {
        anchor_ = pending_plan_.cycle == plan_.cycle ? anchor_ : now_;
        plan_ = pending_plan_;
        has_pending_plan_ = false;
    }
    period_start_ = now_;
    period_end_ = clock_.period(anchor_, plan_.cycle, now_).second;
    const bool grants_once = plan_.cycle == SlowCycle{};
    plan_granted_ = grants_once ? plan_granted_ : 0;
    used_ = 0;
    grant_what_is_missing();
}

Outcome SlowAccount::change_plan(const SlowPlan& plan, bool at_period_end) {
    if (is_closed_) {
        return Outcome::account_closed;
    }
    if (at_period_end) {
        pending_plan_ = plan;
        has_pending_plan_ = true;
        return Outcome::ok;
    }
    has_pending_plan_ = false;
    const bool cycle_changes = !(plan.cycle == plan_.cycle);
    plan_ = plan;
    if (cycle_changes && plan_granted_ == 0) {
        anchor_ = now_;
        period_start_ = now_;
        period_end_ = clock_.period(anchor_, plan_.cycle, now_).second;
        used_ = 0;
    } else if (cycle_changes) {
        anchor_ = period_end_;
    }
    grant_what_is_missing();
    return Outcome::ok;
}

} // namespace credits::core::test
