// Owns the connections of the load on limits and the brake, and what they see on the way.
#include "policy.hpp"

#include "replay/database.hpp"
#include "replay/decimal.hpp"
#include "replay/plan.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace stress {
namespace {

using replay::DatabaseError;
using replay::Decimal;
using replay::Random;
using Clock = std::chrono::steady_clock;

constexpr int members_max = 12;
constexpr const char* configuration = R"sql(SELECT credits.configure('{
    "prices": [{"provider": "stress", "model": "small", "metric": "input_tokens", "price": "0.00001", "per": 1}],
    "plans": {"limited": {"limits": [{"name": "calls", "metric": "requests", "window": "lifetime", "limit": 200}]},
              "spending": {"cost_budget": 1000000, "limits": [
                  {"name": "tokens", "metric": "tokens", "window": "period", "limit": 1000000000},
                  {"name": "team", "scope": "team", "metric": "cost", "window": "day", "limit": 1000000}]}},
    "limits": [{"name": "rate", "scope": "member", "metric": "requests", "window": "sliding 2 seconds", "limit": 5}],
    "ladder": [{"level": "payment_required", "at": 100, "of": "cost_budget", "allow": []}],
    "brake": {"day": {"warn": "4", "stop": "5"}, "resume": "manual"}}'))sql";

// Shared is what the connections know of one another.
struct Shared {
    const Settings& settings;
    int accounts;
    std::vector<std::atomic<bool>> blocked; // by account and member, once a call was told so
    std::atomic<std::uint64_t> admitted{0};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> violations{0};
    std::atomic<bool> only_deducts{false};

    void violation(const std::string& text) {
        ++violations;
        std::fprintf(stderr, "stress: %s\n", text.c_str());
    }
};

class PolicyWorker {
  public:
    PolicyWorker(Shared& shared, int number)
        : shared_(shared), number_(number),
          random_(shared.settings.seed * 1000 + static_cast<std::uint64_t>(number)) {
        open();
    }

    void meet_limits(Clock::time_point until) {
        while (Clock::now() < until) {
            unless_lost([this] { limited_call(); });
        }
    }

    void spend(Clock::time_point until) {
        while (!is_stopped_ && Clock::now() < until) {
            unless_lost([this] { spending_call(); });
        }
        if (!is_stopped_) {
            shared_.violation("the platform was not stopped in time");
        }
    }

  private:
    void open() {
        connection_ = std::make_unique<replay::Connection>(shared_.settings.database, "stress");
        const std::array levels = {"read committed", "repeatable read", "serializable"};
        const auto level = static_cast<std::size_t>(number_ % 8 < 6 ? 0 : number_ % 8 - 5);
        connection_->execute(std::string("SET default_transaction_isolation = '") + levels[level] +
                             "'");
        connection_->prepare("limited",
                             "SELECT outcome, coalesce(hold_no, 0) FROM credits.authorize($1, 1,"
                             " member_id => $2, idempotency_key => $3, ttl => $4::interval)");
        connection_->prepare("limited_deduct",
                             "SELECT entry_no FROM credits.deduct($1, 1, member_id => $2,"
                             " idempotency_key => $3)");
        connection_->prepare("hold",
                             "SELECT outcome, coalesce(hold_no, 0) FROM credits.authorize($1,"
                             " provider => 'stress', model => 'small', usage => $2::jsonb)");
        connection_->prepare("settle",
                             "SELECT entry_no FROM credits.settle($1, $2, usage => $3::jsonb)");
        connection_->prepare("release", "SELECT entry_no FROM credits.release($1, $2)");
        connection_->prepare("deduct",
                             "SELECT entry_no FROM credits.deduct($1, provider => 'stress',"
                             " model => 'small', usage => $2::jsonb)");
    }

    void reopen() {
        const auto until = Clock::now() + std::chrono::seconds(shared_.settings.reconnect_seconds);
        for (;;) {
            try {
                open();
                return;
            } catch (const DatabaseError&) {
                if (Clock::now() >= until) {
                    throw;
                }
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
    }

    // unless_lost makes a call; lost races and lost connections are nothing wrong, refusals
    // neither.
    template <class Call>
    void unless_lost(const Call& call) {
        try {
            call();
        } catch (const DatabaseError& error) {
            if (error.connection_lost()) {
                reopen();
            } else if (error.refusal()) {
                ++shared_.refused;
                is_stopped_ = is_stopped_ || error.sqlstate() == "PT503";
            } else if (!error.retryable()) {
                shared_.violation(error.what());
            }
        }
    }

    // limited_call is one of a member, sometimes made again under the same key.
    void limited_call() {
        const std::uint64_t account_no =
            random_.below(static_cast<std::uint64_t>(shared_.accounts));
        const std::uint64_t member_no = random_.below(members_max);
        const std::string account = "limit-" + std::to_string(account_no + 1);
        const std::string member = "m" + std::to_string(member_no + 1);
        const std::string key = std::to_string(number_) + "-" + std::to_string(++calls_);
        std::atomic<bool>& blocked = shared_.blocked[account_no * members_max + member_no];
        const bool was_blocked = blocked;
        const bool again = random_.below(4) == 0;
        const char* ttl = random_.below(2) == 0 ? "1 millisecond" : "1 hour";
        if (random_.below(3) == 0) {
            connection_->run("limited_deduct", {account.c_str(), member.c_str(), key.c_str()});
            expect_unblocked(was_blocked, account + " " + member);
            return;
        }
        for (int time = 0; time < (again ? 2 : 1); ++time) {
            const replay::Rows rows =
                connection_->run("limited", {account.c_str(), member.c_str(), key.c_str(), ttl});
            const std::string outcome(rows.text(0, 0));
            if (outcome == "ok") {
                expect_unblocked(was_blocked, account + " " + member);
                end_limited(account, std::string(rows.text(0, 1)));
            } else {
                ++shared_.refused;
                blocked = blocked || outcome == "blocked";
            }
        }
    }

    void expect_unblocked(bool was_blocked, const std::string& who) {
        ++shared_.admitted;
        if (was_blocked) {
            shared_.violation(who + ": admitted although it had been told to be blocked");
        }
    }

    void end_limited(const std::string& account, const std::string& hold) {
        if (random_.below(3) == 0) {
            connection_->run("release", {account.c_str(), hold.c_str()});
        }
    }

    std::string usage(std::uint64_t tokens) {
        return "{\"input_tokens\": " + std::to_string(tokens) + "}";
    }

    // spending_call costs mostly little and sometimes much; a hold is settled with at most its own.
    void spending_call() {
        const std::string account =
            "spend-" +
            std::to_string(1 + random_.below(static_cast<std::uint64_t>(shared_.accounts)));
        const std::uint64_t tokens = 1 + random_.below(random_.below(20) == 0 ? 1500 : 30);
        if (shared_.only_deducts || random_.below(2) == 0) {
            connection_->run("deduct", {account.c_str(), usage(tokens).c_str()});
            ++shared_.admitted;
            return;
        }
        const replay::Rows rows =
            connection_->run("hold", {account.c_str(), usage(tokens).c_str()});
        if (rows.text(0, 0) != "ok") {
            ++shared_.refused;
            is_stopped_ = rows.text(0, 0) == "platform_paused";
            return;
        }
        ++shared_.admitted;
        const std::string hold(rows.text(0, 1));
        if (random_.below(3) == 0) {
            connection_->run("release", {account.c_str(), hold.c_str()});
        } else {
            connection_->run(
                "settle",
                {account.c_str(), hold.c_str(), usage(random_.below(tokens + 1)).c_str()});
        }
        look_at_spend();
    }

    // Each snapshot is a state of the platform: none may be beyond the stop.
    void look_at_spend() {
        if (number_ != 0 && random_.below(50) != 0) {
            return;
        }
        const replay::Rows rows = connection_->execute(spend_of_the_day);
        const Decimal spent = Decimal::parse(rows.text(0, 0));
        if (Decimal::parse("5") < spent) {
            shared_.violation("spent and held beyond the stop: " + std::string(rows.text(0, 0)));
        }
        // From here on nothing is given back any more, so that what is used stays used.
        shared_.only_deducts = shared_.only_deducts || Decimal::parse("4") < spent;
    }

    Shared& shared_;
    int number_;
    Random random_;
    std::uint64_t calls_ = 0;
    bool is_stopped_ = false;
    std::unique_ptr<replay::Connection> connection_;
};

void prepare(const Shared& shared) {
    replay::Connection connection(shared.settings.database, "stress");
    connection.execute(configuration);
    const std::string accounts = std::to_string(shared.accounts);
    connection.query("SELECT credits.open_account('limit-' || n, 'limited'), "
                     "credits.open_account('spend-' || n, 'spending')"
                     " FROM generate_series(1, $1::integer) n",
                     {accounts.c_str()});
    connection.execute("SELECT credits.grant(account_id, 1000000) FROM credits.wallet");
    // A third of the members is blocked soon, the others go on meeting their rate.
    connection.query(
        "SELECT credits.set_member('limit-' || n, 'm' || m, quota => $2::jsonb)"
        " FROM generate_series(1, $1::integer) n, generate_series(1, 12, 3) m",
        {accounts.c_str(),
         R"([{"name": "failures", "scope": "member", "metric": "failures", "window": "sliding 10 minutes",
                           "limit": 50, "effect": "block:1 hour"}])"});
}

// use_up takes what the load left of each account's limit, by members that have called little.
void use_up(const Shared& shared) {
    replay::Connection connection(shared.settings.database, "stress");
    for (int account = 1; account <= shared.accounts; ++account) {
        const std::string name = "limit-" + std::to_string(account);
        for (int call = 0;; ++call) {
            const std::string member = "late-" + std::to_string(call);
            const replay::Rows rows =
                connection.query("SELECT outcome FROM credits.authorize($1, 1, member_id => $2)",
                                 {name.c_str(), member.c_str()});
            if (rows.text(0, 0) != "ok") {
                break;
            }
        }
    }
}

template <class Stage>
void run_all(const std::vector<std::unique_ptr<PolicyWorker>>& workers,
             Shared& shared,
             const Stage& stage) {
    std::vector<std::jthread> threads;
    threads.reserve(workers.size());
    for (const auto& worker : workers) {
        threads.emplace_back([&worker, &shared, &stage] {
            try {
                stage(*worker);
            } catch (const std::exception& error) {
                shared.violation(error.what());
            }
        });
    }
}

} // namespace

bool policy_holds(const Settings& settings) {
    const auto count = static_cast<std::size_t>(settings.accounts);
    Shared shared = {
        settings, settings.accounts, std::vector<std::atomic<bool>>(count * members_max)};
    prepare(shared);
    std::vector<std::unique_ptr<PolicyWorker>> workers;
    for (int number = 0; number < settings.connections; ++number) {
        workers.push_back(std::make_unique<PolicyWorker>(shared, number));
    }
    const auto limits_until = Clock::now() + std::chrono::seconds(settings.seconds);
    run_all(workers, shared, [&](PolicyWorker& worker) { worker.meet_limits(limits_until); });
    use_up(shared);
    std::printf("spending\n");
    static_cast<void>(std::fflush(stdout)); // whoever is to interrupt it waits for this line
    constexpr int spending_max = 20;        // times as long: it ends with the stop
    const auto spending_until =
        Clock::now() + std::chrono::seconds(spending_max * settings.seconds);
    run_all(workers, shared, [&](PolicyWorker& worker) { worker.spend(spending_until); });
    std::printf(
        "%d connections on %d accounts: %llu calls admitted, %llu refused, %llu violations\n",
        settings.connections,
        settings.accounts,
        static_cast<unsigned long long>(shared.admitted),
        static_cast<unsigned long long>(shared.refused),
        static_cast<unsigned long long>(shared.violations));
    const bool some_blocked =
        std::any_of(shared.blocked.begin(),
                    shared.blocked.end(),
                    [](const std::atomic<bool>& blocked) { return blocked.load(); });
    if (!some_blocked) {
        shared.violation("no member was blocked");
    }
    return check_policy(settings.database) && shared.violations == 0;
}

} // namespace stress
