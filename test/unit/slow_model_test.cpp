// Owns the race of the core against the slow model: random plans, zones, times and calls; after
// every call both must show the same account.
#include "account_books.hpp"
#include "slow_account.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace credits::core::test {
namespace {

constexpr int tick_of_2023 = 201'624;
constexpr int horizon = 24 * 500;

Instant instant_of(int tick) {
    return tick == no_end ? never : tick * hour;
}

int tick_of(Instant instant) {
    return instant == never ? no_end : static_cast<int>(instant / hour);
}

std::optional<Credits> given(int amount) {
    return amount == none ? std::nullopt : std::optional(steps(amount));
}

PlanTerms terms_of(const SlowPlan& plan) {
    PlanTerms terms;
    terms.cycle = {plan.cycle.months, plan.cycle.days, plan.cycle.hours * hour};
    terms.grants_by_clock = plan.by_clock;
    terms.renews_by_clock = plan.by_clock;
    terms.credits = given(plan.credits);
    terms.daily_credits = given(plan.daily);
    terms.renewal = std::array{Renewal::reset, Renewal::rollover, Renewal::accumulate}.at(
        static_cast<std::size_t>(plan.renewal));
    terms.rollover_min = given(plan.least);
    terms.rollover_max = given(plan.most);
    terms.overdraft = steps(plan.overdraft);
    return terms;
}

SlowPlan random_plan(Dice& dice) {
    SlowPlan plan;
    plan.cycle = dice.one_of<SlowCycle>(
        {{}, {1, 0, 0}, {1, 0, 0}, {0, 28, 0}, {0, 7, 0}, {0, 0, 36}, {1, 3, 5}, {12, 0, 0}});
    plan.by_clock = !dice.one_in(4);
    plan.credits = dice.one_in(4) ? none : static_cast<int>(dice.number(1, 60));
    plan.daily = dice.one_in(2) ? none : static_cast<int>(dice.number(1, 12));
    plan.renewal = dice.one_of<SlowRenewal>(
        {SlowRenewal::reset, SlowRenewal::rollover, SlowRenewal::accumulate});
    if (plan.renewal == SlowRenewal::rollover) {
        plan.most = dice.one_in(3) ? none : static_cast<int>(dice.number(0, 40));
        plan.least =
            dice.one_in(3) ? static_cast<int>(dice.number(0, std::max(plan.most, 0))) : none;
    }
    plan.overdraft = dice.one_in(3) ? static_cast<int>(dice.number(1, 20)) : 0;
    return plan;
}

// A zone whose clock is put forward and back again, more often around midnight than elsewhere.
struct RandomZone {
    int offset;
    std::vector<SlowClock::Change> changes;
    bool is_last;

    RandomZone(Dice& dice, int begin)
        : offset(static_cast<int>(dice.number(-11, 12))), is_last(dice.one_in(2)) {
        int shown = offset;
        int tick = begin;
        for (auto count = dice.number(0, 6); count > 0; --count) {
            tick += static_cast<int>(dice.number(5 * 24, 40 * 24));
            if (dice.one_in(2)) { // to a time between 22:00 and 02:00
                tick -= (tick + shown + 2) % 24 - static_cast<int>(dice.number(0, 4));
            }
            shown += shown > offset ? -1 : 1;
            changes.push_back({tick, shown});
        }
    }

    [[nodiscard]] SlowClock clock(int begin, int end) const {
        return {begin, end, offset, changes, is_last};
    }

    [[nodiscard]] SteppedZone zone() const {
        std::vector<ClockChange> steps;
        for (const SlowClock::Change& change : changes) {
            steps.push_back({instant_of(change.tick), change.offset * hour});
        }
        return SteppedZone(offset * hour, steps, is_last ? OnDoubt::last : OnDoubt::first);
    }
};

class Race {
  public:
    explicit Race(std::uint64_t seed)
        : dice_(seed), begin_(tick_of_2023 + static_cast<int>(dice_.number(0, 24 * 1500))),
          now_(begin_ + 24 * 40), random_zone_(dice_, now_),
          clock_(random_zone_.clock(begin_, begin_ + horizon + 24 * 800)),
          zone_(random_zone_.zone()), plans_{random_plan(dice_),
                                             random_plan(dice_),
                                             random_plan(dice_)},
          terms_{terms_of(plans_[0]), terms_of(plans_[1]), terms_of(plans_[2])},
          anchor_(now_ - static_cast<int>(dice_.number(0, 24 * 35))), books_(terms_[0], zone_),
          slow_(clock_, plans_[0], now_, anchor_) {
        books_.open(instant_of(now_), instant_of(anchor_));
    }

    void run(int calls) {
        compare("open");
        for (int call = 0; call < calls && !::testing::Test::HasFailure(); ++call) {
            now_ += static_cast<int>(dice_.one_in(12) ? dice_.number(24, 500) : dice_.number(1, 9));
            if (now_ >= begin_ + horizon - 24 * 60) {
                return;
            }
            slow_.pass_until(now_);
            compare(one_call());
        }
    }

  private:
    using Step = std::string (Race::*)();

    std::string one_call() {
        static const std::vector<Step> steps_to_take{&Race::grant,
                                                     &Race::grant,
                                                     &Race::deduct,
                                                     &Race::deduct,
                                                     &Race::deduct,
                                                     &Race::authorize,
                                                     &Race::authorize,
                                                     &Race::authorize,
                                                     &Race::settle,
                                                     &Race::settle,
                                                     &Race::release,
                                                     &Race::extend,
                                                     &Race::refund,
                                                     &Race::refund,
                                                     &Race::void_lot,
                                                     &Race::change_plan,
                                                     &Race::set_status,
                                                     &Race::look};
        return (this->*dice_.one_of(steps_to_take))();
    }

    void expect_outcome(Outcome core, Outcome slow, const std::string& call) {
        EXPECT_EQ(core, slow) << call << " at tick " << now_;
    }

    void add_bounds(SlowLot& lot) {
        if (dice_.one_in(6)) {
            lot.most = dice_.one_in(3) ? none : static_cast<int>(dice_.number(0, 20));
            lot.least =
                dice_.one_in(2) ? static_cast<int>(dice_.number(0, std::max(lot.most, 0))) : none;
        }
    }

    std::string grant() {
        SlowLot lot;
        lot.source = dice_.one_in(6) ? "plan" : "gift"; // a payment grants plan credits
        lot.amount = static_cast<int>(dice_.number(1, 30));
        lot.priority = static_cast<int>(dice_.one_of<std::int64_t>({1, 50, 100, 100, 100}));
        lot.is_paid = dice_.one_in(2);
        lot.from = now_;
        if (dice_.one_in(6)) { // one that burns last and that begins at a moment of its own
            lot.from = now_ + 3 * ++scheduled_;
            lot.source = "gift";
            lot.priority = 200;
        } else {
            lot.from += dice_.one_in(5) ? static_cast<int>(dice_.number(-60, 0)) : 0;
            lot.until = dice_.one_in(2) ? lot.from + static_cast<int>(dice_.number(1, 90)) : no_end;
            add_bounds(lot);
        }
        Lot wanted;
        wanted.source = lot.source == "plan" ? "plan" : "gift";
        wanted.category = lot.is_paid ? "paid" : "promotional";
        wanted.priority = lot.priority;
        wanted.effective_at = instant_of(lot.from);
        wanted.expires_at = instant_of(lot.until);
        wanted.rollover_min = given(lot.least);
        wanted.rollover_max = given(lot.most);
        const Verdict verdict = books_.grant(instant_of(now_), lot.amount, wanted);
        expect_outcome(verdict.outcome, slow_.grant(lot), "grant");
        if (verdict.outcome == Outcome::ok) {
            granted_.emplace_back(books_.wallet().last_lot_no, slow_.last_lot_no());
        }
        return "grant of " + std::to_string(lot.amount);
    }

    std::string deduct() {
        const int amount = static_cast<int>(dice_.number(0, 25));
        const Verdict verdict = books_.deduct(instant_of(now_), amount);
        expect_outcome(verdict.outcome, slow_.deduct(amount, ++charges_), "deduct");
        charged_.push_back(verdict.outcome == Outcome::ok ? books_.own_entry() : 0);
        return "deduct of " + std::to_string(amount);
    }

    std::string authorize() {
        const int amount = static_cast<int>(dice_.number(0, 25));
        const int until =
            now_ + static_cast<int>(dice_.one_in(3) ? dice_.number(1, 200) : dice_.number(1, 20));
        const Verdict verdict = books_.authorize(instant_of(now_), amount, instant_of(until));
        expect_outcome(verdict.outcome, slow_.authorize(amount, until), "authorize");
        return "authorize of " + std::to_string(amount);
    }

    int random_hold() {
        const int count = static_cast<int>(slow_.holds().size());
        return static_cast<int>(dice_.number(std::max(1, count - 5), count));
    }

    std::string settle() {
        if (slow_.holds().empty()) {
            return look();
        }
        const int hold = random_hold();
        const int amount = dice_.one_in(3) ? none : static_cast<int>(dice_.number(0, 35));
        const Verdict verdict = books_.settle(instant_of(now_), hold, given(amount));
        expect_outcome(verdict.outcome, slow_.settle(hold, amount, ++charges_), "settle");
        charged_.push_back(verdict.outcome == Outcome::ok ? books_.own_entry() : 0);
        return "settle of hold " + std::to_string(hold) + " with " + std::to_string(amount);
    }

    std::string release() {
        if (slow_.holds().empty()) {
            return look();
        }
        const int hold = random_hold();
        const Verdict verdict = books_.release(instant_of(now_), hold);
        expect_outcome(verdict.outcome, slow_.release(hold), "release");
        return "release of hold " + std::to_string(hold);
    }

    std::string extend() {
        if (slow_.holds().empty()) {
            return look();
        }
        const int hold = random_hold();
        const int more = static_cast<int>(dice_.number(0, 10));
        const int until = now_ + static_cast<int>(dice_.number(1, 60));
        const Verdict verdict = books_.extend(instant_of(now_), hold, more, instant_of(until));
        expect_outcome(verdict.outcome, slow_.extend(hold, more, until), "extend");
        return "extend of hold " + std::to_string(hold) + " by " + std::to_string(more);
    }

    std::string refund() {
        if (charges_ == 0) {
            return look();
        }
        const int charge = static_cast<int>(dice_.number(std::max(1, charges_ - 8), charges_));
        const std::int64_t entry = charged_[static_cast<std::size_t>(charge - 1)];
        if (entry == 0) {
            return look();
        }
        const int amount = dice_.one_in(3) ? none : static_cast<int>(dice_.number(0, 15));
        const int until = now_ + static_cast<int>(dice_.number(1, 100));
        const Verdict verdict =
            books_.refund(instant_of(now_), entry, given(amount), instant_of(until));
        expect_outcome(verdict.outcome, slow_.refund(charge, amount, until), "refund");
        return "refund of entry " + std::to_string(entry) + ", " + std::to_string(amount);
    }

    std::string void_lot() {
        if (granted_.empty()) {
            return look();
        }
        const auto [core_no, slow_no] = dice_.one_of(granted_);
        if (slow_.left_in(slow_no) == 0) {
            return look();
        }
        const Verdict verdict = books_.void_lot(instant_of(now_), core_no);
        expect_outcome(verdict.outcome, slow_.void_lot(slow_no), "void");
        return "void of lot " + std::to_string(core_no);
    }

    std::string change_plan() {
        const auto to = static_cast<std::size_t>(dice_.number(0, 2));
        const bool at_period_end = dice_.one_in(2);
        const Verdict verdict = books_.change_plan(instant_of(now_), terms_.at(to), at_period_end);
        expect_outcome(verdict.outcome, slow_.change_plan(plans_.at(to), at_period_end), "change");
        return "change to plan " + std::to_string(to) + (at_period_end ? " at period end" : "");
    }

    std::string set_status() {
        const Instant now = instant_of(now_);
        status_ = status_ == AccountStatus::open
                      ? (dice_.one_in(2) ? AccountStatus::closed : AccountStatus::frozen)
                      : AccountStatus::open;
        slow_.freeze(status_ == AccountStatus::frozen);
        if (status_ == AccountStatus::open) {
            books_.all(now, [](Account& account) { return core::reopen(account); });
            slow_.reopen();
            return "open again";
        }
        books_.set_status(now, status_);
        if (status_ == AccountStatus::closed) {
            slow_.close();
        }
        return "closed or frozen";
    }

    std::string look() {
        books_.touch(instant_of(now_));
        return "look";
    }

    [[nodiscard]] std::multiset<SlowAccount::Seen> lots_left() const {
        std::multiset<SlowAccount::Seen> seen;
        for (const auto& [lot_no, lot] : books_.lots()) {
            if (books_.remaining(lot_no) > 0) {
                EXPECT_EQ(lot.state, LotState::live) << "lot " << lot_no;
                seen.emplace(std::string(lot.source),
                             lot.priority,
                             lot.is_paid(),
                             tick_of(lot.effective_at),
                             tick_of(lot.expires_at),
                             static_cast<int>(books_.remaining(lot_no)));
            }
        }
        return seen;
    }

    static SlowStatus status_of(HoldStatus status) {
        return std::array{
            SlowStatus::pending, SlowStatus::settled, SlowStatus::released, SlowStatus::expired}
            .at(static_cast<std::size_t>(status));
    }

    void compare(const std::string& call) {
        SCOPED_TRACE(call + " at tick " + std::to_string(now_));
        const Wallet& wallet = books_.wallet();
        EXPECT_EQ(books_.balance(), slow_.balance());
        EXPECT_EQ(books_.held(), slow_.held());
        EXPECT_EQ(wallet.granted - wallet.balance, steps(slow_.used())) << "used";
        EXPECT_EQ(lots_left(), slow_.lots_left());
        EXPECT_EQ(tick_of(wallet.period_start), slow_.period_start());
        EXPECT_EQ(tick_of(wallet.period_end), slow_.period_end());
        EXPECT_GT(wallet.next_event_at == always ? never : wallet.next_event_at, instant_of(now_));
        for (const SlowHold& hold : slow_.holds()) {
            EXPECT_EQ(status_of(books_.holds().at(hold.no).status), hold.status) << hold.no;
        }
        check_ledger();
    }

    // The ledger alone gives the same account: every entry follows from the one before.
    void check_ledger() {
        const std::vector<Entry>& entries = books_.entries();
        for (; seen_entries_ < entries.size(); ++seen_entries_) {
            const Entry& entry = entries[seen_entries_];
            EXPECT_EQ(entry.entry_no, static_cast<std::int64_t>(seen_entries_) + 1);
            ledger_balance_ += entry.amount;
            EXPECT_EQ(entry.balance, ledger_balance_) << "entry " << entry.entry_no;
            for (const LotMove& move : entry.moves) {
                moved_[move.lot_no] += move.amount;
            }
        }
        EXPECT_EQ(books_.wallet().balance, ledger_balance_);
        Credits in_lots;
        for (const auto& [lot_no, left] : moved_) {
            EXPECT_EQ(left, steps(books_.remaining(lot_no))) << "lot " << lot_no;
            in_lots += left;
        }
        EXPECT_EQ(in_lots, std::max(ledger_balance_, no_credits)) << "credits beside debt";
    }

    Dice dice_;
    int begin_;
    int now_;
    RandomZone random_zone_;
    SlowClock clock_;
    SteppedZone zone_;
    std::array<SlowPlan, 3> plans_;
    std::array<PlanTerms, 3> terms_;
    int anchor_;
    Books books_;
    SlowAccount slow_;
    int scheduled_ = 0;
    int charges_ = 0;
    AccountStatus status_ = AccountStatus::open;
    std::vector<std::int64_t> charged_; // entry numbers, by charge
    std::vector<std::pair<std::int64_t, int>> granted_;
    std::size_t seen_entries_ = 0;
    Credits ledger_balance_;
    std::map<std::int64_t, Credits> moved_;
};

TEST(SlowModel, EveryCallLeavesTheSameAccount) {
    for (const std::uint64_t seed : seeds(200, 20)) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Race(seed).run(120);
        ASSERT_FALSE(HasFailure());
    }
}

} // namespace
} // namespace credits::core::test
