// Owns the order of a replay: read, plan, set up, run, compare. Must never report success unless
// the ledger, the trace and verify() agree.
#include "audit.hpp"
#include "options.hpp"
#include "plan.hpp"
#include "report.hpp"
#include "runner.hpp"
#include "setup.hpp"
#include "trace.hpp"

#include <chrono>
#include <cstdio>
#include <ctime>
#include <exception>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

constexpr int exit_differs = 1;
constexpr int exit_usage = 2;

std::string default_run_name() {
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    char text[64];
    std::strftime(text, sizeof text, "replay-%Y%m%d-%H%M%S", &utc);
    return text + ("-" + std::to_string(getpid()));
}

// report_verify prints what verify() finds; true where it finds nothing.
bool report_verify(replay::Connection& connection) {
    const auto total = connection.query("SELECT count(*) FROM credits.verify()", {}).integer(0, 0);
    std::printf("verify() finds %lld problems\n", static_cast<long long>(total));
    if (total == 0) {
        return true;
    }
    const auto rows = connection.query(
        "SELECT account_id, check_name, detail FROM credits.verify() LIMIT 10", {});
    for (int row = 0; row < rows.count(); ++row) {
        std::printf("  %s, %s: %s\n",
                    std::string(rows.text(row, 0)).c_str(),
                    std::string(rows.text(row, 1)).c_str(),
                    std::string(rows.text(row, 2)).c_str());
    }
    return false;
}

bool replay_trace(const replay::Options& options) {
    const std::string prefix = (options.run.empty() ? default_run_name() : options.run) + "/";
    const replay::Plan plan =
        make_plan(replay::read_trace(options.trace, options.cache_reads), options, prefix);
    const replay::PriceBook book = price_book(plan, options);
    std::printf("%s", trace_lines(plan, options, prefix).c_str());
    std::fflush(stdout);

    replay::Connection connection(options.database, "replay");
    replay::require_extension(connection);
    const replay::Unit unit = replay::read_unit(connection);
    prepare_prices(connection, book, plan, options);
    if (options.set_up) {
        open_accounts(connection, plan);
    }
    const replay::ChargeRule rule = read_charge_rule(connection, plan);
    if (options.set_up) {
        const replay::Decimal amount =
            options.grant.value_or(default_grant(plan, book, rule, unit));
        grant_credits(connection, plan, amount);
        std::printf("set-up     prices configured, accounts open, %s credits granted to each\n",
                    amount.text().c_str());
    }

    const replay::LedgerTotals before = read_totals(connection, prefix);
    replay::Progress progress("calling   ", plan.calls.size());
    const replay::RunResult run =
        run_calls(plan, options, [&progress](std::size_t done) { progress.update(done); });
    std::printf("%s", run_lines(plan, run).c_str());

    replay::Audit audit = compare(plan,
                                  expected_totals(plan, run, book, {rule, unit}),
                                  before,
                                  read_totals(connection, prefix),
                                  unit);
    if (const auto unequal = replay::count_unequal_refunds(connection, prefix); unequal > 0) {
        audit.differences.push_back(std::to_string(unequal) +
                                    " refunds gave back something else than was charged");
    }
    std::printf("%s", audit_lines(audit, unit).c_str());
    const bool sound = report_verify(connection);
    return sound && audit.differences.empty();
}

} // namespace

int main(int argc, char** argv) {
    try {
        const replay::Options options =
            replay::read_options(std::vector<std::string>(argv + 1, argv + argc));
        if (options.help) {
            std::printf("%s", replay::help_text().c_str());
            return 0;
        }
        return replay_trace(options) ? 0 : exit_differs;
    } catch (const replay::UsageError& error) {
        std::fprintf(stderr, "replay: %s\nreplay --help lists the options\n", error.what());
        return exit_usage;
    } catch (const std::exception& error) {
        std::fflush(stdout);
        std::fprintf(stderr, "replay: %s\n", error.what());
        return exit_differs;
    }
}
