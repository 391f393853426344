// Owns the order of a stress: prepare accounts, let the connections loose, sum up. Must never end
// with success where a connection saw something wrong.
#include "check.hpp"
#include "journal.hpp"
#include "policy.hpp"
#include "replay/database.hpp"
#include "replay/json.hpp"
#include "settings.hpp"
#include "worker.hpp"
#include "world.hpp"

#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using stress::Settings;

constexpr int exit_wrong = 1;
constexpr int exit_usage = 2;

// prepare_accounts opens and grants; prices make a token a fraction of a credit, so that charges by
// usage leave residues.
void prepare_accounts(const Settings& settings, const stress::World& world) {
    replay::Connection connection(settings.database, "stress");
    if (connection.execute(stress::left_over_transactions).count() > 0) {
        throw std::runtime_error(
            "an earlier run left prepared transactions, which hold accounts: see pg_prepared_xacts "
            "and end them with ROLLBACK PREPARED");
    }
    connection.execute(R"sql(SELECT credits.configure('{"prices": [
        {"provider": "stress", "model": "small", "metric": "input_tokens", "price": "0.0031", "per": 1},
        {"provider": "stress", "model": "small", "metric": "output_tokens", "price": "0.0127", "per": 1}],
        "packs": {"stress": {"price": "7", "credits": 20}}}'))sql");
    std::string accounts = "[";
    for (const std::string& account : world.accounts()) {
        accounts += (accounts.size() > 1 ? "," : "") + replay::json_text(account);
    }
    accounts += "]";
    connection.query(
        "SELECT credits.open_account(a) FROM pg_catalog.jsonb_array_elements_text($1::jsonb) AS a",
        {accounts.c_str()});
    connection.query("SELECT credits.grant(account_id => a, amount => 200, source => 'stress')"
                     " FROM pg_catalog.jsonb_array_elements_text($1::jsonb) AS a",
                     {accounts.c_str()});
}

bool make_load(const Settings& settings) {
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    const auto run = std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count();
    stress::World world(settings.accounts, "run-" + std::to_string(run));
    stress::Journal journal(settings.journal);
    prepare_accounts(settings, world);
    std::vector<std::unique_ptr<stress::Worker>> workers;
    workers.reserve(static_cast<std::size_t>(settings.connections));
    for (int i = 0; i < settings.connections; ++i) {
        workers.push_back(std::make_unique<stress::Worker>(settings, world, journal, i));
    }
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(settings.seconds);
    std::vector<std::jthread> threads;
    threads.reserve(workers.size());
    for (const auto& worker : workers) {
        threads.emplace_back([&worker, until] { worker->run(until); });
    }
    threads.clear();

    for (const auto& [event, times] : world.counts()) {
        std::printf("%10llu  %s\n", static_cast<unsigned long long>(times), event.c_str());
    }
    std::printf("%d connections on %d accounts for %d s: %llu receipts committed, %llu calls "
                "undone, %llu unknown,"
                " %llu violations\n",
                settings.connections,
                settings.accounts,
                settings.seconds,
                static_cast<unsigned long long>(journal.count(stress::Knowledge::committed)),
                static_cast<unsigned long long>(journal.count(stress::Knowledge::undone)),
                static_cast<unsigned long long>(journal.count(stress::Knowledge::unknown)),
                static_cast<unsigned long long>(world.violations()));
    return world.violations() == 0 && journal.count(stress::Knowledge::committed) > 0;
}

} // namespace

int main(int argc, char** argv) {
    try {
        const Settings settings =
            stress::read_settings(std::vector<std::string>(argv + 1, argv + argc));
        if (settings.help) {
            std::printf("%s", stress::help_text().c_str());
            return 0;
        }
        if (settings.policy) {
            return stress::policy_holds(settings) ? 0 : exit_wrong;
        }
        const bool right = settings.check
                               ? stress::check_journal(settings.database, settings.journal)
                               : make_load(settings);
        return right ? 0 : exit_wrong;
    } catch (const stress::UsageError& error) {
        std::fprintf(stderr, "stress: %s\nstress --help lists the options\n", error.what());
        return exit_usage;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "stress: %s\n", error.what());
        return exit_wrong;
    }
}
