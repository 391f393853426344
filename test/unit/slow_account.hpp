// Owns the slow, obvious model of an account: every credit is an object of its own in a list, and
// time passes hour by hour. Shares no arithmetic with the core, and knows nothing of money beyond
// counting.
#pragma once

#include "slow_clock.hpp"

#include "core/outcome.hpp"

#include <limits>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace credits::core::test {

inline constexpr int no_end = std::numeric_limits<int>::max();
inline constexpr int none = -1; // of an amount: not given

enum class SlowRenewal { reset, rollover, accumulate };

struct SlowPlan {
    SlowCycle cycle;
    bool by_clock = false;
    int credits = none;
    int daily = none;
    SlowRenewal renewal = SlowRenewal::accumulate;
    int least = none; // roll-over
    int most = none;
    int overdraft = 0;
};

struct SlowLot {
    int no = 0;
    std::string source;
    int priority = 100;
    bool is_paid = false;
    int amount = 0;
    int from = 0;
    int until = no_end;
    int least = none;
    int most = none;
    bool has_begun = true;
    bool is_gone = false;
};

enum class SlowStatus { pending, settled, released, expired };

struct SlowHold {
    int no = 0;
    int amount = 0;
    int made = 0;
    int until = 0;
    SlowStatus status = SlowStatus::pending;
};

// Credit is one single credit: which lot it belongs to.
struct Credit {
    int lot;
};

class SlowAccount {
  public:
    // What can be seen of a lot with credits left, but its number.
    using Seen = std::tuple<std::string, int, bool, int, int, int>;

    SlowAccount(const SlowClock& clock, const SlowPlan& plan, int now, int anchor);

    // pass lets time go by; what is due happens hour by hour.
    void pass_until(int now);

    Outcome grant(SlowLot lot);
    Outcome deduct(int amount, int charge_no);
    Outcome authorize(int amount, int until);
    Outcome extend(int hold_no, int more, int until);
    Outcome settle(int hold_no, int amount, int charge_no);
    Outcome release(int hold_no);
    Outcome refund(int charge_no, int amount, int new_lot_until);
    Outcome void_lot(int lot_no);
    Outcome change_plan(const SlowPlan& plan, bool at_period_end);
    void close();
    void reopen();

    void freeze(bool frozen) { is_frozen_ = frozen; }

    [[nodiscard]] int balance() const { return static_cast<int>(credits_.size()) - debt_; }

    [[nodiscard]] int held() const;

    [[nodiscard]] int used() const { return used_; }

    [[nodiscard]] int period_start() const { return period_start_; }

    [[nodiscard]] int period_end() const { return period_end_; }

    [[nodiscard]] std::multiset<Seen> lots_left() const;

    [[nodiscard]] const std::vector<SlowHold>& holds() const { return holds_; }

    [[nodiscard]] const SlowPlan& plan() const { return plan_; }

    [[nodiscard]] const SlowLot& lot(int no) const {
        return lots_.at(static_cast<std::size_t>(no - 1));
    }

    [[nodiscard]] int last_lot_no() const { return static_cast<int>(lots_.size()); }

    [[nodiscard]] int left_in(int lot_no) const;

  private:
    struct Charge {
        int made = 0;
        std::vector<int> taken; // the lot of every credit, in order; 0: became debt
        int amount = 0;
    };

    void pass_one();
    void drop_lapsed(int ended_from, int ended_by);
    void end_period();
    void renew();
    void roll_over_plan_lots();
    void bound(int lot_no, int target);
    void grant_what_is_missing();
    void give(int lot_no, int amount);
    void lose(int lot_no, int amount);
    int add_lot(SlowLot lot);
    Charge take(int amount, int usable_since);
    int best_lot(int usable_since) const;
    bool covers(int amount) const;
    bool was_reset(int lot_no) const;
    bool burns_before(int left, int right) const;
    std::vector<int> lots_in_burn_order() const;

    SlowLot& lot_at(int no) { return lots_.at(static_cast<std::size_t>(no - 1)); }

    const SlowClock& clock_;
    SlowPlan plan_;
    SlowPlan pending_plan_;
    bool has_pending_plan_ = false;
    int now_;
    int anchor_;
    int period_start_ = 0;
    int period_end_ = 0;
    int plan_granted_ = 0;
    int once_granted_ = 0; // by plans that grant once, ever
    int day_granted_ = 0;
    int used_ = 0;
    int debt_ = 0;
    bool is_closed_ = false;
    bool is_frozen_ = false;
    std::vector<Credit> credits_;
    std::vector<SlowLot> lots_;
    std::vector<SlowHold> holds_;
    std::map<int, Charge> charges_;
};

} // namespace credits::core::test
