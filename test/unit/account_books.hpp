// Owns an account that lives from call to call as its rows would keep it. Loads and stores; never
// decides what a call does.
#pragma once

#include "support.hpp"

#include "core/calls.hpp"
#include "core/catalogue.hpp"
#include "core/consents.hpp"
#include "core/due.hpp"

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace credits::core::test {

// Books keep one account between calls, as its rows would: every call gets a partial account, or a
// full one brought up to date where something is due or the verb asks for it.
class Books {
  public:
    explicit Books(const PlanTerms& plan, const Zone& zone = utc()) : plan_(&plan), zone_(&zone) {
        unit_.value_usd = Decimal{1, 2};
    }

    explicit Books(PlanTerms&& plan) = delete; // it is not copied

    Unit& unit() { return unit_; }

    void set_free_grants(bool granted) { free_grants_ = granted; }

    void open(Instant now, Instant anchor) {
        anchor_ = anchor;
        Account account = partial(now);
        account.is_full = true;
        core::open(account);
        store(account);
    }

    // call runs a verb as the server's side would; wanted: lots that a refund goes back to.
    template <class Verb>
    Verdict call(Instant now, Verb verb, const std::vector<std::int64_t>& wanted = {}) {
        Account account = partial(now);
        if (account.wallet.next_event_at <= account.now || !wanted.empty()) {
            fill(account, wanted);
        }
        Verdict verdict = verb(account);
        if (verdict.needs_all) {
            EXPECT_FALSE(account.is_full) << "a full account needs nothing more";
            fill(account, wanted);
            verdict = verb(account);
        }
        if (verdict.outcome == Outcome::ok && account.entries.size() > verdict.entry) {
            own_entry_ = account.entries[verdict.entry].entry_no;
        }
        store(account);
        return verdict;
    }

    // all runs a verb that only full accounts know.
    template <class Verb>
    Verdict all(Instant now, Verb verb) {
        return call(now, [&](Account& account) {
            if (!account.is_full) {
                Verdict verdict;
                verdict.needs_all = true;
                return verdict;
            }
            return verb(account);
        });
    }

    void touch(Instant now) {
        all(now, [](Account&) { return Verdict{}; });
    }

    // hold_of is the hold that a verb works on: the loaded one, or its row.
    Hold& hold_of(Account& account, std::int64_t hold_no) {
        for (Hold& hold : account.holds) {
            if (hold.hold_no == hold_no) {
                return hold;
            }
        }
        return holds_.at(hold_no);
    }

    Verdict grant(Instant now, std::int64_t amount, Lot lot = {}) {
        lot.source = lot.source.empty() ? "gift" : lot.source;
        lot.category = lot.category.empty() ? "promotional" : lot.category;
        lot.effective_at = lot.effective_at == 0 ? now : lot.effective_at;
        return all(now, [&](Account& account) {
            return core::grant(account, {steps(amount), lot});
        });
    }

    Verdict deduct(Instant now, std::int64_t amount) {
        CallRequest request;
        request.amount = steps(amount);
        return deduct(now, request);
    }

    Verdict deduct(Instant now, const CallRequest& request) {
        return call(now, [&](Account& account) { return core::deduct(account, prices_, request); });
    }

    Verdict authorize(Instant now, std::int64_t amount, Instant expires_at) {
        HoldRequest request;
        request.call.amount = steps(amount);
        request.expires_at = expires_at;
        return call(now,
                    [&](Account& account) { return core::authorize(account, prices_, request); });
    }

    Verdict settle(Instant now, std::int64_t hold_no, std::optional<Credits> amount = {}) {
        SettleRequest request;
        request.amount = amount;
        return settle(now, hold_no, request);
    }

    Verdict settle(Instant now, std::int64_t hold_no, const SettleRequest& request) {
        return call(now, [&](Account& account) {
            return core::settle(account, hold_of(account, hold_no), prices_, request);
        });
    }

    Verdict release(Instant now, std::int64_t hold_no) {
        return call(now, [&](Account& account) {
            return core::release(account, hold_of(account, hold_no), "failed", nullptr);
        });
    }

    Verdict extend(Instant now, std::int64_t hold_no, std::int64_t more, Instant expires_at) {
        return call(now, [&](Account& account) {
            return core::extend(
                account, hold_of(account, hold_no), {steps(more), expires_at, nullptr});
        });
    }

    Verdict refund(Instant now,
                   std::int64_t entry_no,
                   std::optional<Credits> amount = {},
                   Instant new_lot_expires_at = never) {
        const Entry entry = entries_.at(static_cast<std::size_t>(entry_no - 1));
        RefundRequest request;
        request.kind = entry.kind;
        request.entry_no = entry_no;
        request.charged = -entry.amount;
        request.moves = entry.moves;
        request.created_at = written_at_[static_cast<std::size_t>(entry_no - 1)];
        request.amount = amount;
        request.new_lot_expires_at = new_lot_expires_at;
        std::vector<std::int64_t> wanted{0};
        for (const LotMove& move : entry.moves) {
            wanted.push_back(move.lot_no);
        }
        for (const Entry& other : entries_) {
            request.refunded += other.refers_to == entry_no ? other.amount : no_credits;
            const bool is_of_it = other.entry_no == entry_no || other.refers_to == entry_no;
            request.overage = request.overage + (is_of_it ? other.overage : Decimal{});
        }
        return call(
            now, [&](Account& account) { return core::refund(account, request); }, wanted);
    }

    Verdict change_plan(Instant now, const PlanTerms& plan, bool at_period_end = false) {
        return all(
            now, [&](Account& account) { return core::change_plan(account, plan, at_period_end); });
    }

    Verdict give(Instant now, std::string_view kind, const ConsentTerms& terms) {
        return all(now, [&](Account& account) { return give_consent(account, kind, terms); });
    }

    void withdraw(Instant now, std::string_view kind) {
        all(now, [&](Account& account) {
            withdraw_consent(account, kind);
            return Verdict{};
        });
    }

    Verdict void_lot(Instant now, std::int64_t lot_no) {
        return all(now, [&](Account& account) { return core::void_lot(account, lot_no); });
    }

    void set_status(Instant now, AccountStatus status) {
        all(now, [&](Account& account) {
            account.wallet.status = status;
            return Verdict{};
        });
    }

    [[nodiscard]] const Wallet& wallet() const { return wallet_; }

    [[nodiscard]] std::int64_t balance() const {
        return static_cast<std::int64_t>(wallet_.balance.steps);
    }

    [[nodiscard]] std::int64_t held() const {
        return static_cast<std::int64_t>(wallet_.held.steps);
    }

    // remaining is what a lot holds; the current lot's is in the wallet.
    [[nodiscard]] std::int64_t remaining(std::int64_t lot_no) const {
        const bool is_current = lot_no == wallet_.current_lot_no;
        const Credits left = is_current ? wallet_.current_remaining : lots_.at(lot_no).remaining;
        return static_cast<std::int64_t>(left.steps);
    }

    [[nodiscard]] const std::map<std::int64_t, Lot>& lots() const { return lots_; }

    [[nodiscard]] const std::map<std::int64_t, Hold>& holds() const { return holds_; }

    [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

    [[nodiscard]] const std::vector<Consent>& consents() const { return consents_; }

    [[nodiscard]] const std::vector<Revenue>& revenue() const { return revenue_; }

    // own_entry is the number of the latest call's own entry.
    [[nodiscard]] std::int64_t own_entry() const { return own_entry_; }

    PriceBook& prices() { return prices_; }

    TestArena& arena() { return *arena_; }

    // partial and fill are the two steps of loading, for tests that work on an account itself.
    Account partial(Instant now) {
        Account account;
        account.wallet = wallet_;
        account.now = std::max(now, wallet_.clock);
        account.unit = unit_;
        account.plan = plan_;
        account.pending_plan = pending_plan_;
        account.free_grants = free_grants_;
        account.period_anchor = anchor_;
        account.zone = zone_;
        account.arena = arena_.get();
        return account;
    }

    void fill(Account& account, const std::vector<std::int64_t>& wanted = {}) {
        for (auto [lot_no, lot] : lots_) {
            if (lot_no == account.wallet.current_lot_no) {
                lot.remaining = account.wallet.current_remaining;
            }
            if (lot.is_open() || std::find(wanted.begin(), wanted.end(), lot_no) != wanted.end()) {
                account.lots.push_back(*arena_, lot);
            }
        }
        for (const auto& [hold_no, hold] : holds_) {
            if (hold_no >= account.wallet.first_open_hold && hold.status == HoldStatus::pending) {
                account.holds.push_back(*arena_, hold);
            }
        }
        for (const Consent& consent : consents_) {
            account.consents.push_back(*arena_, consent);
        }
        account.is_full = true;
        bring_up_to_date(account);
        seal(account);
    }

  private:
    void store(Account& account) {
        account.wallet.clock = account.now;
        seal(account);
        wallet_ = account.wallet;
        plan_ = account.plan;
        pending_plan_ = account.pending_plan;
        anchor_ = account.period_anchor;
        for (const Lot& lot : account.lots) {
            lots_[lot.lot_no] = lot;
            lots_[lot.lot_no].is_new = false;
        }
        for (const Hold& hold : account.holds) {
            holds_[hold.hold_no] = hold;
        }
        if (account.is_full) {
            consents_.assign(account.consents.begin(), account.consents.end());
        }
        for (Consent& consent : consents_) {
            consent.is_new = false;
            consent.changed = false;
        }
        revenue_.insert(revenue_.end(), account.revenue.begin(), account.revenue.end());
        for (const Entry& entry : account.entries) {
            entries_.push_back(entry);
            written_at_.push_back(account.now);
        }
    }

    Unit unit_;
    const PlanTerms* plan_;
    const PlanTerms* pending_plan_ = nullptr;
    const Zone* zone_;
    bool free_grants_ = true;
    Instant anchor_ = 0;
    Wallet wallet_;
    PriceBook prices_;
    std::unique_ptr<TestArena> arena_ = std::make_unique<TestArena>();
    std::map<std::int64_t, Lot> lots_;
    std::map<std::int64_t, Hold> holds_;
    std::vector<Entry> entries_;
    std::vector<Consent> consents_;
    std::vector<Revenue> revenue_;
    std::vector<Instant> written_at_;
    std::int64_t own_entry_ = 0;
};

} // namespace credits::core::test
