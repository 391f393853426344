// Owns random interleavings of transactions on the stripes: whatever the order, and whoever keeps
// stripes, nothing is admitted past the stop, nothing gets lost, and warnings come once.
#include "escrow_platform.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace credits::core::test {
namespace {

constexpr std::size_t transactions = 12;

// What was really let through, added up apart from the stripes.
struct Books {
    Decimal committed;                                              // of the allowance
    std::vector<Decimal> open = std::vector<Decimal>(transactions); // admitted, not committed
    std::vector<Decimal> forced = std::vector<Decimal>(transactions);
    std::vector<int> warnings = std::vector<int>(transactions);
    int committed_warnings = 0;

    [[nodiscard]] Decimal admitted() const {
        Decimal sum = committed;
        for (const Decimal& each : open) {
            sum = sum + each;
        }
        return sum;
    }

    void end(std::size_t transaction, bool commits) {
        if (commits) {
            committed = committed + open[transaction] + forced[transaction];
            committed_warnings += warnings[transaction];
        }
        open[transaction] = {};
        forced[transaction] = {};
        warnings[transaction] = 0;
    }
};

class Interleaving {
  public:
    Interleaving(std::uint64_t seed, bool has_warn, bool has_forced)
        : dice_(seed), has_forced_(has_forced), platform_(transactions) {
        stop_ = Decimal(dice_.number(1, 2000), 2);
        std::optional<Decimal> warn;
        if (has_warn) {
            warn = stop_ * Decimal(dice_.number(1, 10), 1);
        }
        platform_.terms = {escrow_terms("day", warn, stop_)};
    }

    void run() {
        for (int step = 0; step < 600; ++step) {
            const auto transaction = static_cast<std::size_t>(dice_.number(0, transactions - 1));
            // The first ones stay open for long.
            const bool ends = transaction < 3 ? dice_.one_in(40) : dice_.one_in(2);
            if (ends) {
                end(transaction, !dice_.one_in(4));
            } else if (has_forced_ && dice_.one_in(6)) {
                force(transaction);
            } else {
                call(transaction);
            }
            if (HasFailure()) {
                return;
            }
        }
        for (std::size_t transaction = 0; transaction < transactions; ++transaction) {
            end(transaction, true);
        }
        use_up();
    }

  private:
    static bool HasFailure() { return ::testing::Test::HasFailure(); }

    Decimal amount() {
        const std::int64_t most = dice_.one_in(10) ? 400 : 12;
        return {dice_.number(1, most), static_cast<int>(dice_.number(2, 3))};
    }

    void call(std::size_t transaction) {
        const Decimal cost = amount();
        const Spending spending = platform_.spend(transaction, cost);
        if (spending.admitted) {
            books_.open[transaction] = books_.open[transaction] + cost;
            books_.warnings[transaction] += spending.warned ? 1 : 0;
            expect_within(books_.admitted() + books_.forced[transaction]);
        }
    }

    void expect_within(const Decimal& admitted) {
        EXPECT_FALSE(compare(admitted, stop_) > 0)
            << to_text(admitted) << " admitted of " << to_text(stop_);
    }

    void force(std::size_t transaction) {
        if (!platform_.has_free_stripe(transaction)) {
            return;
        }
        const Decimal cost = amount();
        const Spending spending = platform_.spend(transaction, cost, true);
        EXPECT_TRUE(spending.admitted);
        books_.warnings[transaction] += spending.warned ? 1 : 0;
        books_.forced[transaction] = books_.forced[transaction] + cost;
    }

    void end(std::size_t transaction, bool commits) {
        if (commits) {
            platform_.commit(transaction);
        } else {
            platform_.roll_back(transaction);
        }
        books_.end(transaction, commits);
        EXPECT_EQ(platform_.total().spent, books_.committed);
    }

    // With nobody else about, all that is left can be spent, to the last bit.
    void use_up() {
        const Decimal left = stop_ - books_.committed;
        if (left.coefficient <= 0) {
            EXPECT_FALSE(platform_.spend(0, {1, 3}).admitted);
            return;
        }
        const Decimal bit{1, 3};
        EXPECT_FALSE(platform_.spend(0, left + bit).admitted);
        const Spending last = platform_.spend(0, left);
        EXPECT_TRUE(last.admitted);
        EXPECT_TRUE(last.stops);
        books_.committed_warnings += last.warned ? 1 : 0;
        EXPECT_EQ(books_.committed_warnings, platform_.terms[0].has_warn ? 1 : 0);
        EXPECT_FALSE(platform_.spend(0, bit).admitted);
    }

    Dice dice_;
    bool has_forced_;
    EscrowPlatform platform_;
    Decimal stop_;
    Books books_;
};

TEST(EscrowProperty, NoInterleavingPassesTheStop) {
    for (const std::uint64_t seed : seeds(150, 50)) {
        SCOPED_TRACE(seed);
        Interleaving(seed, seed % 2 == 0, false).run();
        if (HasFailure()) {
            return;
        }
    }
}

// A cost that is real and not committed yet is not known to others: when it is, they make up for
// it.
TEST(EscrowProperty, NorWithCostsThatPassIt) {
    for (const std::uint64_t seed : seeds(150, 50)) {
        SCOPED_TRACE(seed);
        Interleaving(seed, seed % 2 == 0, true).run();
        if (HasFailure()) {
            return;
        }
    }
}

} // namespace
} // namespace credits::core::test
