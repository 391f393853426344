// Owns the tests of memory: lists in an arena, and calls that find none left.
#include "account_books.hpp"

#include "core/arena.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <new>
#include <vector>

namespace credits::core::test {
namespace {

// CrookedArena gives memory that is aligned to nothing.
class CrookedArena final : public Arena {
  public:
    void* allocate(std::size_t bytes) noexcept override {
        auto* memory = static_cast<std::byte*>(inner_.allocate(bytes + 16));
        const auto address = reinterpret_cast<std::uintptr_t>(memory);
        return memory + (address % 16 == 1 ? 0 : (17 - address % 16) % 16);
    }

  private:
    TestArena inner_;
};

TEST(Arena, ListsGrowAndKeepTheirValuesAndTheirAlignment) {
    CrookedArena arena;
    List<Credits> list;
    for (std::int64_t count = 0; count < 1'000; ++count) {
        list.push_back(arena, steps(count));
        ASSERT_EQ(reinterpret_cast<std::uintptr_t>(list.begin()) % alignof(Credits), 0U);
    }
    std::int64_t expected = 0;
    for (const Credits& value : list) {
        ASSERT_EQ(value, steps(expected++));
    }
    EXPECT_EQ(list.size(), 1'000U);
    EXPECT_EQ(list.back(), steps(999));
}

TEST(Arena, AListMayBeGivenRoomBeforehandAndLoseItsFirstValues) {
    TestArena arena;
    arena.allow(1);
    List<Credits> list;
    list.reserve(arena, 5);
    for (std::int64_t count = 0; count < 5; ++count) {
        list.emplace_back(arena).steps = count;
    }
    list.drop_first(3);
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0], steps(3));
    EXPECT_THROW(list.push_back(arena, steps(5)), std::bad_alloc);
    EXPECT_EQ(list.back(), steps(4));
    arena.allow(1);
    list.push_back(arena, steps(5));
    EXPECT_EQ(list.back(), steps(5));
    list.drop_first(3);
    EXPECT_TRUE(list.empty());
}

TEST(Arena, AListThatCannotGrowKeepsWhatItHas) {
    TestArena arena;
    List<int> list;
    arena.allow(1);
    for (int count = 0; count < 4; ++count) {
        list.push_back(arena, count);
    }
    EXPECT_THROW(list.push_back(arena, 4), std::bad_alloc);
    EXPECT_EQ(list.size(), 4U);
    EXPECT_EQ(list[3], 3);
    arena.allow(1);
    list.push_back(arena, 4);
    EXPECT_EQ(list[4], 4);
    EXPECT_EQ(list[0], 0);
}

const PlanTerms& busy_plan() {
    static const PlanTerms plan = [] {
        PlanTerms made;
        made.cycle = {1, 0, 0};
        made.grants_by_clock = true;
        made.renews_by_clock = true;
        made.credits = steps(30);
        made.daily_credits = steps(5);
        made.renewal = Renewal::rollover;
        made.rollover_max = steps(10);
        return made;
    }();
    return plan;
}

constexpr Instant start = 9'497 * day;

void fill(Books& books) {
    books.open(start, start);
    for (int count = 1; count <= 6; ++count) {
        Lot lot;
        lot.effective_at = start + count * day;
        lot.expires_at = start + (count + 20) * day;
        books.grant(start, count, lot);
    }
    books.deduct(start + hour, 12);
    books.authorize(start + hour, 8, start + 3 * day);
    books.authorize(start + hour, 2, start + 50 * day);
}

struct Seen {
    Wallet wallet;
    std::size_t entries;
    std::vector<Credits> remaining;
    std::vector<HoldStatus> holds;
};

Seen seen(const Books& books) {
    Seen all{books.wallet(), books.entries().size(), {}, {}};
    for (const auto& [number, lot] : books.lots()) {
        all.remaining.push_back(lot.remaining);
    }
    for (const auto& [number, hold] : books.holds()) {
        all.holds.push_back(hold.status);
    }
    return all;
}

void expect_same(const Seen& left, const Seen& right) {
    EXPECT_EQ(left.wallet.balance, right.wallet.balance);
    EXPECT_EQ(left.wallet.held, right.wallet.held);
    EXPECT_EQ(left.wallet.granted, right.wallet.granted);
    EXPECT_EQ(left.wallet.next_event_at, right.wallet.next_event_at);
    EXPECT_EQ(left.wallet.last_entry_no, right.wallet.last_entry_no);
    EXPECT_EQ(left.wallet.last_lot_no, right.wallet.last_lot_no);
    EXPECT_EQ(left.entries, right.entries);
    EXPECT_EQ(left.remaining, right.remaining);
    EXPECT_EQ(left.holds, right.holds);
}

// A call that runs out of memory, wherever, fails as a whole: nothing of it is stored, and the same
// call with memory then does what it does on books that never failed.
TEST(Arena, ACallWithoutMemoryFailsAsAWhole) {
    using Call = std::function<void(Books&)>;
    const std::vector<Call> calls{
        [](Books& books) { books.deduct(start + 2 * hour, 12); },
        [](Books& books) { books.touch(start + 70 * day); },
        [](Books& books) { books.grant(start + 2 * hour, 5); },
        [](Books& books) { books.authorize(start + 5 * day, 3, start + 9 * day); },
        [](Books& books) { books.settle(start + 5 * day, 2, steps(90)); },
        [](Books& books) { books.release(start + 30 * day, 2); },
        [](Books& books) { books.refund(start + 2 * day, books.own_entry()); },
        [](Books& books) { books.void_lot(start + 2 * day, 3); },
        [](Books& books) {
            static const PlanTerms other;
            books.change_plan(start + 40 * day, other);
        },
    };
    for (std::size_t which = 0; which < calls.size(); ++which) {
        SCOPED_TRACE("call " + std::to_string(which));
        Books unharmed(busy_plan());
        fill(unharmed);
        calls[which](unharmed);
        Books books(busy_plan());
        fill(books);
        const Seen before = seen(books);
        std::size_t failures = 0;
        for (std::size_t allowed = 0;; ++allowed) {
            ASSERT_LT(allowed, 1'000U) << "it never succeeds";
            books.arena().allow(allowed);
            try {
                calls[which](books);
                break;
            } catch (const std::bad_alloc&) {
                ++failures;
                expect_same(seen(books), before);
            }
        }
        EXPECT_GT(failures, 0U);
        expect_same(seen(books), seen(unharmed));
    }
}

} // namespace
} // namespace credits::core::test
