// Owns the assignment of accounts, fates and moments.
#include "plan.hpp"

#include "spread.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace replay {
namespace {

constexpr std::size_t accounts_default = 100;

// account_names numbers accounts with leading zeros, so that they sort by number.
std::vector<std::string> account_names(const std::string& prefix, std::size_t count) {
    const std::size_t width = std::max<std::size_t>(std::to_string(count).size(), 4);
    std::vector<std::string> names;
    names.reserve(count);
    for (std::size_t i = 1; i <= count; ++i) {
        const std::string number = std::to_string(i);
        names.push_back(prefix + std::string(width - number.size(), '0') + number);
    }
    return names;
}

// use_own_accounts takes the accounts that the trace itself names.
void use_own_accounts(Plan& plan, const Options& options, const std::string& prefix) {
    if (options.accounts || options.spread != "even") {
        throw UsageError(
            "the trace names its own accounts; --accounts and --spread do not go with it");
    }
    std::unordered_map<std::string, std::size_t> numbers;
    for (PlannedCall& planned : plan.calls) {
        if (planned.call.account.empty()) {
            throw UsageError("the trace names accounts, but not for every call");
        }
        const auto [at, is_new] = numbers.try_emplace(planned.call.account, plan.accounts.size());
        if (is_new) {
            plan.accounts.push_back(prefix + planned.call.account);
        }
        planned.account = at->second;
    }
    plan.spread = "as the trace says";
}

void spread_over_accounts(Plan& plan, const Options& options, const std::string& prefix) {
    std::vector<double> weights;
    std::size_t count = static_cast<std::size_t>(options.accounts.value_or(accounts_default));
    if (options.spread == "zipf") {
        weights = zipf_weights(count);
        plan.spread = "zipf";
    } else if (options.spread != "even") {
        const std::vector<double> clients = servegen_weights(options.spread);
        count = options.accounts ? count : clients.size();
        for (std::size_t i = 0; i < count; ++i) {
            weights.push_back(clients[i % clients.size()]);
        }
        plan.spread = "by the rates of " + std::to_string(clients.size()) + " clients";
    } else {
        plan.spread = "even";
    }
    plan.accounts = account_names(prefix, count);
    Random random(options.seed);
    const std::optional<WeightedChoice> choice =
        weights.empty() ? std::nullopt : std::optional<WeightedChoice>(weights);
    for (std::size_t i = 0; i < plan.calls.size(); ++i) {
        plan.calls[i].account = choice ? choice->draw(random) : i % count;
    }
}

void set_moments(Plan& plan, const Options& options) {
    const bool timed =
        std::all_of(plan.calls.begin(), plan.calls.end(), [](const PlannedCall& planned) {
            return planned.call.at_us.has_value();
        });
    if (!timed) {
        if (options.speed) {
            throw UsageError("--speed needs a trace with times, and this one has none");
        }
        return;
    }
    std::stable_sort(
        plan.calls.begin(), plan.calls.end(), [](const PlannedCall& a, const PlannedCall& b) {
            return *a.call.at_us < *b.call.at_us;
        });
    const std::int64_t start = *plan.calls.front().call.at_us;
    plan.span_us = *plan.calls.back().call.at_us - start;
    for (PlannedCall& planned : plan.calls) {
        if (options.speed) {
            planned.due_us = static_cast<std::int64_t>(
                static_cast<double>(*planned.call.at_us - start) / *options.speed);
        }
    }
}

} // namespace

Fate draw_fate(const Options& options, Random& random) {
    auto draw = static_cast<int>(random.below(share_whole));
    if (draw < options.release_share) {
        return Fate::release;
    }
    draw -= options.release_share;
    if (draw < options.fail_share) {
        return Fate::fail;
    }
    draw -= options.fail_share;
    return draw < options.refund_share ? Fate::refund : Fate::settle;
}

Plan make_plan(Trace trace, const Options& options, const std::string& prefix) {
    Plan plan;
    plan.format = trace.format;
    if (options.calls_max && static_cast<std::size_t>(*options.calls_max) < trace.calls.size()) {
        trace.calls.resize(static_cast<std::size_t>(*options.calls_max));
    }
    Random random(options.seed ^ 0xfa7eU);
    bool own_accounts = false;
    for (TraceCall& call : trace.calls) {
        call.provider = call.provider.empty() ? options.provider : call.provider;
        call.model = call.model.empty() ? options.model : call.model;
        own_accounts = own_accounts || !call.account.empty();
        plan.max_output_tokens = std::max(plan.max_output_tokens, call.output_tokens);
        plan.calls.push_back({std::move(call), 0, draw_fate(options, random), 0});
    }
    plan.max_output_tokens = options.max_output_tokens.value_or(plan.max_output_tokens);
    set_moments(plan, options);
    if (own_accounts) {
        use_own_accounts(plan, options, prefix);
    } else {
        spread_over_accounts(plan, options, prefix);
    }
    return plan;
}

} // namespace replay
