// Owns the race of limits against an exact log: random limits, zones and traffic, holds that end
// with less, more or nothing. Nothing may pass a limit; what the exact log admits is admitted, in
// sliding windows at most a sixtieth of them late.
#include "limit_traffic.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace credits::core::test {
namespace {

class Race {
  public:
    explicit Race(std::uint64_t seed)
        : dice_(seed), clocks_(dice_), walk_(clocks_.walk()), zone_(clocks_.zone()),
          subject_(zone_), now_(first_tick * hour + dice_.number(0, hour)) {
        subject_.period(now_ - dice_.number(0, 20 * day), now_ + dice_.number(day, 40 * day));
        for (auto count = dice_.number(1, 6); count > 0; --count) {
            add_limit();
        }
    }

    void run(int steps) {
        for (int step = 0; step < steps && !::testing::Test::HasFailure(); ++step) {
            SCOPED_TRACE("step " + std::to_string(step));
            if (!pass_time()) {
                return;
            }
            one_step();
            if (dice_.one_in(3)) {
                subject_.store(now_);
            }
            check_used();
            check_levels();
        }
    }

    [[nodiscard]] int admitted() const { return admitted_; }

    [[nodiscard]] int refused() const { return refused_; }

    [[nodiscard]] int late() const { return late_; }

  private:
    // Now and then one that shares the counter of the one before.
    void add_limit() {
        const bool shares = !limits_.empty() && dice_.one_in(4);
        limits_.push_back(random_limit(dice_, shares ? &limits_.back() : nullptr));
        subject_.limit(terms_of(limits_.back(), "limit " + std::to_string(limits_.size())));
    }

    // Bursts, quiet stretches, whole seconds, and the moments at which windows end.
    bool pass_time() {
        const std::int64_t before = now_;
        const auto kind = dice_.number(1, 20);
        if (retry_at_ > now_ && dice_.one_in(2)) { // the last slot before there is room, or then
            now_ = std::max(now_, retry_at_ - dice_.number(0, retry_slot_));
            retry_at_ = 0;
        } else if (kind <= 8) {
            now_ += dice_.number(0, 2 * second);
        } else if (kind <= 12) {
            now_ += dice_.number(1, 30) * second;
        } else if (kind <= 14) {
            now_ += second - now_ % second;
        } else if (kind == 15) {
            now_ += hour - now_ % hour - (dice_.one_in(2) ? 1 : 0);
        } else if (kind <= 17) {
            const Window& window = dice_.one_of(limits_).window;
            now_ += window.length + dice_.number(-1, 1) * (window.length / 60);
        } else if (kind <= 19) {
            now_ += dice_.number(1, 3 * hour);
        } else {
            now_ += dice_.number(1, 4 * day);
        }
        now_ = std::max(now_, before);
        if (now_ >= subject_.clock().period_end) {
            subject_.period(subject_.clock().period_end, now_ + dice_.number(1, 40 * day));
        } else if (now_ > before && dice_.one_in(60)) { // another plan
            subject_.period(now_, now_ + dice_.number(1, 40 * day));
        }
        return now_ < (first_tick + ticks) * hour;
    }

    void one_step() {
        const auto kind = dice_.number(1, 10);
        if (kind <= 5) {
            call(false);
        } else if (kind <= 7 || holds_.empty()) {
            call(true);
        } else if (kind == 8 && dice_.one_in(3)) {
            record();
        } else {
            end_hold();
        }
    }

    // A window's use is later than this; "late": as seen up to a sixtieth of it earlier.
    [[nodiscard]] std::int64_t later_than(const SlowLimit& limit, bool late) {
        const std::int64_t lateness = std::max<std::int64_t>(1, limit.window.length / 60) - 1;
        switch (limit.window.kind) {
        case WindowKind::sliding:
            return now_ - limit.window.length - (late ? lateness : 0);
        case WindowKind::hour:
            return start_of(SlowWindow::hour) - 1;
        case WindowKind::day:
            return start_of(SlowWindow::day) - 1;
        case WindowKind::week:
            return start_of(SlowWindow::week) - 1;
        case WindowKind::month:
            return start_of(SlowWindow::month) - 1;
        case WindowKind::period:
            return subject_.clock().period_start - 1;
        case WindowKind::lifetime:
            break;
        }
        return 0;
    }

    std::int64_t start_of(SlowWindow window) {
        const int tick = static_cast<int>(now_ / hour);
        const auto [known, is_new] = starts_.try_emplace({window, tick}, 0);
        if (is_new) {
            known->second = slow_span(walk_, window, tick).first;
        }
        return known->second * hour;
    }

    [[nodiscard]] std::int64_t used(const SlowLimit& limit, bool late) {
        return log_.used(limit.metric, limit.model, later_than(limit, late));
    }

    static bool binds(const SlowLimit& limit, int model) {
        return limit.model == 0 || limit.model == model;
    }

    static std::int64_t amount(const Amounts& amounts, const SlowLimit& limit) {
        return amounts.at(static_cast<std::size_t>(limit.metric));
    }

    [[nodiscard]] bool is_refused(const Amounts& amounts, int model, bool late) {
        return std::any_of(limits_.begin(), limits_.end(), [&](const SlowLimit& limit) {
            const std::int64_t wanted = amount(amounts, limit);
            return limit.effect == EffectKind::deny && binds(limit, model) && wanted > 0 &&
                   used(limit, late) + wanted > limit.limit;
        });
    }

    void call(bool is_hold) {
        const Amounts amounts = random_amounts(dice_);
        const int model = static_cast<int>(dice_.number(0, 2));
        const Demand demand = demand_of(amounts, model);
        const LimitVerdict verdict = subject_.judge(demand, now_);
        const bool is_admitted = verdict.refusal.outcome == Outcome::ok;
        if (is_admitted) {
            ASSERT_FALSE(is_refused(amounts, model, false)) << "past a limit";
        } else {
            ASSERT_TRUE(is_refused(amounts, model, true)) << "refused without need";
            late_ += is_refused(amounts, model, false) ? 0 : 1;
            check_retry(verdict.refusal, demand);
        }
        (is_admitted ? admitted_ : refused_) += 1;
        if (is_admitted) {
            expect_findings(verdict, {}, amounts, {now_, model, {}, {}});
            subject_.count(demand, now_);
            SlowHold hold = write(amounts, model);
            if (is_hold) {
                holds_.push_back(hold);
            }
        }
    }

    // record_cost: counted, whatever the limits say.
    void record() {
        Amounts amounts{};
        amounts[3] = dice_.number(1, 500'000);
        expect_findings(
            subject_.judge(demand_of(amounts, 1), now_), {}, amounts, {now_, 1, {}, {}});
        subject_.count(demand_of(amounts, 1), now_);
        write(amounts, 1);
    }

    SlowHold write(const Amounts& amounts, int model) {
        SlowHold hold{now_, model, {}, amounts};
        for (std::size_t metric = 0; metric < amounts.size(); ++metric) {
            hold.lines[metric] =
                &log_.write({now_, static_cast<int>(metric), model, amounts[metric]});
        }
        return hold;
    }

    // Settled with less or more, or released: then only its request stays.
    void end_hold() {
        const auto at =
            static_cast<std::size_t>(dice_.number(0, static_cast<std::int64_t>(holds_.size()) - 1));
        const SlowHold hold = holds_[at];
        holds_.erase(holds_.begin() + static_cast<std::ptrdiff_t>(at));
        Amounts real{hold.held[0], 0, 0, 0};
        for (std::size_t metric = 1; metric < real.size() && !dice_.one_in(5); ++metric) {
            real[metric] = dice_.one_in(3) ? hold.held[metric] : hold.held[metric] / 2;
            real[metric] += dice_.one_in(3) ? dice_.number(1, 100'000) : 0;
        }
        const Adjustment adjustment{
            demand_of(hold.held, hold.model), demand_of(real, hold.model), hold.at};
        const LimitVerdict verdict =
            judge_adjustment(subject_.arena(), subject_.cases(), adjustment, now_);
        EXPECT_EQ(verdict.refusal.outcome, Outcome::ok);
        expect_findings(verdict, hold.held, real, hold);
        adjust(subject_.cases(), adjustment, now_);
        for (std::size_t metric = 0; metric < real.size(); ++metric) {
            hold.lines[metric]->amount = std::min(real[metric], hold.held[metric]);
            const std::int64_t more = std::max<std::int64_t>(0, real[metric] - hold.held[metric]);
            log_.write({now_, static_cast<int>(metric), hold.model, more});
        }
    }

    // Of fixed windows the log knows exactly what is found; of sliding ones that time may be late.
    void expect_findings(const LimitVerdict& verdict,
                         const Amounts& held,
                         const Amounts& real,
                         const SlowHold& hold) {
        std::uint32_t found = 0;
        for (SlowLimit& limit : limits_) {
            if (!binds(limit, hold.model)) {
                continue;
            }
            ASSERT_LT(found, verdict.findings.size());
            const LimitFinding& finding = verdict.findings[found++];
            if (limit.window.kind != WindowKind::sliding) {
                expect_finding(finding, limit, held, real, hold.at);
            }
        }
        EXPECT_EQ(found, verdict.findings.size());
    }

    void expect_finding(const LimitFinding& finding,
                        SlowLimit& limit,
                        const Amounts& held,
                        const Amounts& real,
                        std::int64_t admitted_at) {
        const std::int64_t before = used(limit, false);
        const bool runs = admitted_at > later_than(limit, false);
        const std::int64_t before_without = before - (runs ? amount(held, limit) : 0);
        const std::int64_t less =
            runs ? std::max<std::int64_t>(0, amount(held, limit) - amount(real, limit)) : 0;
        const std::int64_t after =
            before - less + std::max<std::int64_t>(0, amount(real, limit) - amount(held, limit));
        EXPECT_EQ(finding.used_before, decimal_of(before));
        EXPECT_EQ(finding.used_after, decimal_of(after));
        const std::int64_t beyond = std::max<std::int64_t>(
            0, before_without + amount(real, limit) - std::max(limit.limit, before_without));
        const std::int64_t overage = limit.effect == EffectKind::overage ? beyond : 0;
        EXPECT_EQ(finding.overage, decimal_of(overage));
        EXPECT_EQ(finding.overage_usd, decimal_of(overage * 3));
        const bool refuses = limit.effect == EffectKind::deny || limit.effect == EffectKind::block;
        const bool is_gap = refuses && limit.metric == 0 && limit.limit <= ten_thousand;
        const auto is_warning = [&](std::int64_t use) {
            return !is_gap && use > 0 && use * 100 >= limit.limit * limit.warn_at;
        };
        EXPECT_EQ(finding.warned.holds, is_warning(after));
        EXPECT_EQ(finding.warned.begins,
                  is_warning(after) && !(limit.is_warned && is_warning(before)));
        EXPECT_EQ(finding.warned.ends, limit.is_warned && !is_warning(after));
        limit.is_warned = is_warning(after);
    }

    // Where a limit says that there is room again, there is, and not a microsecond sooner.
    void check_retry(const LimitRefusal& refusal, const Demand& demand) {
        List<LimitCase> one;
        for (const LimitCase& limit_case : subject_.cases()) {
            if (limit_case.terms == refusal.terms) {
                one.push_back(subject_.arena(), limit_case);
            }
        }
        const auto outcome_at = [&](Instant moment) {
            return judge(subject_.arena(), one, demand, moment).refusal.outcome;
        };
        if (refusal.retry_at == never) {
            const Decimal wanted = amount_of(demand, refusal.terms->metric);
            EXPECT_TRUE(refusal.terms->window.kind == WindowKind::lifetime ||
                        compare(wanted, refusal.limit) > 0);
            return;
        }
        ASSERT_GT(refusal.retry_at, now_);
        retry_at_ = refusal.retry_at;
        retry_slot_ = refusal.terms->window.length / 60;
        EXPECT_NE(outcome_at(refusal.retry_at - 1), Outcome::ok);
        one[0].clock.period_start = refusal.retry_at; // if it is the period that ends
        EXPECT_EQ(outcome_at(refusal.retry_at), Outcome::ok);
    }

    void check_used() {
        for (std::uint32_t at = 0; at < limits_.size(); ++at) {
            const Decimal counted = subject_.used(at, now_);
            const Decimal least = decimal_of(used(limits_[at], false));
            const Decimal most = decimal_of(used(limits_[at], true));
            EXPECT_TRUE(compare(counted, least) >= 0)
                << to_text(counted) << " < " << to_text(least);
            EXPECT_TRUE(compare(counted, most) <= 0) << to_text(counted) << " > " << to_text(most);
        }
    }

    // A level is in force exactly while its limit is reached, up to the moment that is foretold.
    void check_levels() {
        std::vector<Instant> ends;
        for (std::uint32_t at = 0; at < limits_.size(); ++at) {
            const SlowLimit& limit = limits_[at];
            List<LimitCase> one;
            one.push_back(subject_.arena(), subject_.cases()[at]);
            const auto level_at = [&](Instant moment) {
                const Demand names = demand_of({}, limit.model);
                return levels_in_force(subject_.arena(), one, names, moment);
            };
            const List<LevelInForce> levels = level_at(now_);
            if (limit.effect != EffectKind::degrade || levels.empty()) {
                const bool is_other = limit.effect != EffectKind::degrade;
                EXPECT_TRUE(levels.empty() && (is_other || used(limit, false) < limit.limit));
                continue;
            }
            EXPECT_GE(used(limit, true), limit.limit);
            const Instant end = levels[0].until;
            ends.push_back(end);
            if (end != never) {
                EXPECT_EQ(level_at(end - 1).size(), 1U);
                one[0].clock.period_start = end; // if it is the period that ends
                EXPECT_TRUE(level_at(end).empty());
            }
        }
        const auto first = std::min_element(ends.begin(), ends.end());
        EXPECT_EQ(next_relief(subject_.cases(), now_), first == ends.end() ? never : *first);
    }

    Dice dice_;
    Clocks clocks_;
    SlowClock walk_;
    SteppedZone zone_;
    Subject subject_;
    std::int64_t now_;
    std::vector<SlowLimit> limits_;
    std::vector<SlowHold> holds_;
    SlowLog log_;
    std::map<std::pair<SlowWindow, int>, std::int64_t> starts_;
    std::int64_t retry_at_ = 0; // of the last refusal
    std::int64_t retry_slot_ = 0;
    int admitted_ = 0;
    int refused_ = 0;
    int late_ = 0;
};

TEST(LimitRace, NothingPassesALimitAndWhatTheExactLogAdmitsIsAdmitted) {
    int admitted = 0;
    int refused = 0;
    int late = 0;
    for (const std::uint64_t seed : seeds(300, 60)) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Race race(seed);
        race.run(300);
        ASSERT_FALSE(HasFailure());
        admitted += race.admitted();
        refused += race.refused();
        late += race.late();
    }
    // The dice meet both answers, and the sixtieth that a sliding window may be late.
    EXPECT_GT(admitted, 20'000);
    EXPECT_GT(refused, 10'000);
    EXPECT_GT(late, 200);
}

} // namespace
} // namespace credits::core::test
