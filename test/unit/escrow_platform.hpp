// Owns a model of many transactions on one set of stripes, as the server keeps them: changes are
// seen by others when they commit, and who has changed a stripe keeps it until then. Counts apart
// from the stripes what was let through, exactly. Never decides what a stripe may admit.
#pragma once

#include "support.hpp"

#include "core/escrow.hpp"
#include "core/escrow_bytes.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace credits::core::test {

struct Spending {
    bool admitted = false;
    bool warned = false;
    bool stops = false;
    bool latched = false;
    bool looked = false;
    bool may_come_free = false;
};

class EscrowPlatform {
  public:
    explicit EscrowPlatform(std::size_t transactions) : changes_(transactions) {}

    std::vector<EscrowTerms> terms;

    Spending spend(std::size_t transaction, const Decimal& amount, bool is_forced = false) {
        TestArena arena;
        Needs needs = needs_of(amount, arena);
        Spending spending;
        for (int step = 0; step < stripe_count && !may_owe_[transaction]; ++step) {
            const int number = (home(transaction) + step) % stripe_count;
            if (!is_free(number, transaction)) {
                continue;
            }
            Stripe stripe = read(number, transaction, arena);
            if (!admit_alone(stripe, needs, arena)) {
                break;
            }
            spending.admitted = true;
            write(number, transaction, stripe, arena);
            return spending;
        }
        spending.looked = true;
        look(transaction, needs, is_forced, spending);
        return spending;
    }

    void give_back(std::size_t transaction, const Decimal& amount, Instant counted_at) {
        TestArena arena;
        const int number = first_free(transaction);
        if (number < stripe_count) {
            Stripe stripe = read(number, transaction, arena);
            for (const Need& need : needs_of(amount, arena)) {
                core::give_back(stripe, need, counted_at, arena);
            }
            write(number, transaction, stripe, arena);
        }
    }

    void commit(std::size_t transaction) {
        for (int number = 0; number < rows; ++number) {
            if (owner_[index(number)] == transaction) {
                committed_[index(number)] = *changes_[transaction][index(number)];
            }
        }
        if (makes_debts_[transaction]) {
            may_owe_.assign(may_owe_.size(), true);
        }
        roll_back(transaction);
    }

    void roll_back(std::size_t transaction) {
        for (int number = 0; number < rows; ++number) {
            if (owner_[index(number)] == transaction) {
                owner_[index(number)].reset();
            }
            changes_[transaction][index(number)].reset();
        }
        makes_debts_[transaction] = false;
    }

    // The total as everybody who is not in a transaction sees it.
    [[nodiscard]] EscrowTotal total(std::size_t at = 0) {
        TestArena arena;
        EscrowTotal total = total_of(sights(changes_.size(), arena), terms[at]);
        return total;
    }

    [[nodiscard]] bool has_free_stripe(std::size_t transaction) const {
        return first_free(transaction) < stripe_count;
    }

  private:
    static constexpr int rows = stripe_count + 1;
    using Row = std::optional<std::string>;

    static std::size_t index(int number) { return static_cast<std::size_t>(number); }

    [[nodiscard]] static int home(std::size_t transaction) {
        return static_cast<int>(transaction * 7 % stripe_count);
    }

    [[nodiscard]] bool is_free(int number, std::size_t transaction) const {
        return !owner_[index(number)] || *owner_[index(number)] == transaction;
    }

    [[nodiscard]] bool has_changes(std::size_t transaction) const {
        return std::find(owner_.begin(), owner_.end(), transaction) != owner_.end();
    }

    [[nodiscard]] int first_free(std::size_t transaction) const {
        for (int step = 0; step < stripe_count; ++step) {
            const int number = (home(transaction) + step) % stripe_count;
            if (is_free(number, transaction)) {
                return number;
            }
        }
        return stripe_count;
    }

    Needs needs_of(const Decimal& amount, Arena& arena) const {
        Needs needs;
        for (const EscrowTerms& each : terms) {
            needs.push_back(arena, {&each, amount});
        }
        return needs;
    }

    Stripe read(int number, std::size_t transaction, Arena& arena) {
        const bool own = owner_[index(number)] == transaction;
        const std::string& bytes =
            own ? *changes_[transaction][index(number)] : committed_[index(number)];
        return read_stripe(copy_text(arena, bytes), arena);
    }

    void write(int number, std::size_t transaction, const Stripe& stripe, Arena& arena) {
        EXPECT_TRUE(is_free(number, transaction));
        owner_[index(number)] = transaction;
        changes_[transaction][index(number)] = std::string(write_stripe(stripe, arena));
    }

    List<StripeSight> sights(std::size_t transaction, Arena& arena) {
        List<StripeSight> all;
        for (int number = 0; number < stripe_count; ++number) {
            all.push_back(arena, {read(number, transaction, arena), is_free(number, transaction)});
        }
        return all;
    }

    void look(std::size_t transaction, const Needs& needs, bool is_forced, Spending& spending) {
        const int hand = first_free(transaction);
        if (hand == stripe_count) {
            return;
        }
        TestArena arena;
        may_owe_[transaction] = has_changes(transaction); // else only committed ones are seen
        const List<StripeSight> seen = sights(transaction, arena);
        EscrowPlan plan =
            plan_call(seen, static_cast<std::uint32_t>(hand), needs, is_forced, arena);
        for (const NeedFinding& finding : plan.findings) {
            may_owe_[transaction] = may_owe_[transaction] || finding.has_debts;
            spending.stops = spending.stops || finding.stops;
            spending.latched = spending.latched || finding.latched;
        }
        spending.may_come_free = plan.may_come_free;
        if (plan.admitted) {
            spending.admitted = true;
            carry_out(transaction, hand, needs, plan, spending);
        }
    }

    void carry_out(std::size_t transaction,
                   int hand,
                   const Needs& needs,
                   EscrowPlan& plan,
                   Spending& spending) {
        TestArena arena;
        List<Decimal> given;
        for (std::uint32_t at = 0; at < needs.size(); ++at) {
            given.push_back(arena, {});
        }
        for (const Gift& gift : plan.gifts) {
            Stripe donor = read(gift.donor, transaction, arena);
            const Decimal got =
                give(donor, *needs[gift.need].terms, plan.findings[gift.need], gift.amount, arena);
            given[gift.need] = given[gift.need] + got;
            write(gift.donor, transaction, donor, arena);
        }
        for (std::uint32_t at = 0; at < needs.size(); ++at) {
            if (plan.findings[at].warns && is_free(stripe_count, transaction)) {
                Stripe bell = read(stripe_count, transaction, arena);
                spending.warned = note_warning(bell, *needs[at].terms, plan.findings[at], arena) ||
                                  spending.warned;
                write(stripe_count, transaction, bell, arena);
                plan.findings[at].knows_warned = true;
            }
        }
        Stripe stripe = read(hand, transaction, arena);
        EXPECT_TRUE(admit_planned(stripe, needs, plan, given, arena));
        write(hand, transaction, stripe, arena);
        List<StripeSight> alone;
        alone.push_back(arena, {stripe, true});
        for (const Need& need : needs) {
            makes_debts_[transaction] = makes_debts_[transaction] || owes(alone, *need.terms);
            may_owe_[transaction] = may_owe_[transaction] || makes_debts_[transaction];
        }
    }

    std::array<std::string, rows> committed_;
    std::array<std::optional<std::size_t>, rows> owner_;
    std::vector<std::array<Row, rows>> changes_;
    std::vector<bool> makes_debts_ = std::vector<bool>(changes_.size() + 1);
    std::vector<bool> may_owe_ = std::vector<bool>(changes_.size() + 1, true);
};

} // namespace credits::core::test
