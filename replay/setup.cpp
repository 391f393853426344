// Owns the statements of the set-up. Must never open an account or grant a credit outside the plan.
#include "setup.hpp"

#include "json.hpp"
#include "usage.hpp"

#include <algorithm>
#include <vector>

namespace replay {
namespace {

constexpr std::size_t batch_size = 1000;
constexpr const char* million = "1000000";

struct MetricPrice {
    PriceBook::Name name;
    const char* metric;
    Decimal usd_per_million;
};

// needed_prices leaves out cache reads where no call has any, and models that are never called.
std::vector<MetricPrice> needed_prices(const PriceBook& book, const Plan& plan) {
    const bool cache_reads =
        std::any_of(plan.calls.begin(), plan.calls.end(), [](const PlannedCall& planned) {
            return planned.call.cache_read_tokens > 0;
        });
    std::vector<MetricPrice> needed;
    for (const auto& [name, price] : book.prices()) {
        needed.push_back({name, "input_tokens", price.input});
        needed.push_back({name, "output_tokens", price.output});
        if (cache_reads) {
            needed.push_back({name, "cache_read_tokens", price.cache_read});
        }
    }
    return needed;
}

std::string named(const MetricPrice& price) {
    return price.name.first + "/" + price.name.second + " " + price.metric;
}

// is_configured is false for a metric without a price; SetUpError where the price is another one.
bool is_configured(Connection& connection, const MetricPrice& wanted, bool replace) {
    const Rows rows = connection.query(
        "SELECT price, per FROM credits.price WHERE provider = $1 AND model = $2"
        " AND metric = $3 AND valid_from <= credits.now() AND valid_to > credits.now()",
        {wanted.name.first.c_str(), wanted.name.second.c_str(), wanted.metric});
    if (rows.count() == 0) {
        return false;
    }
    const Decimal price = Decimal::parse(rows.text(0, 0));
    const Decimal per = Decimal::parse(rows.text(0, 1));
    if (price * Decimal::parse(million) == wanted.usd_per_million * per) {
        return true;
    }
    if (!replace) {
        throw SetUpError(named(wanted) + " is configured at " + price.text() + " USD per " +
                         per.text() + ", not at " + wanted.usd_per_million.text() +
                         " per 1M: give that price, or another --model, " + "or --replace-prices");
    }
    return false;
}

std::string account_array(const Plan& plan, std::size_t from) {
    std::string json = "[";
    const std::size_t until = std::min(from + batch_size, plan.accounts.size());
    for (std::size_t i = from; i < until; ++i) {
        json += (i > from ? "," : "") + json_text(plan.accounts[i]);
    }
    return json + "]";
}

} // namespace

Decimal ChargeRule::charge(const TraceCall& call, const Decimal& cost, const Unit& unit) const {
    if (!by_tokens) {
        return cost * factor;
    }
    const Decimal tokens =
        Decimal(call.input_tokens) + Decimal(call.cache_read_tokens) + Decimal(call.output_tokens);
    return tokens * factor * unit.value_usd;
}

PriceBook price_book(const Plan& plan, const Options& options) {
    PriceBook known;
    known.set({options.provider, options.model}, options.price);
    for (const auto& [name, price] : options.more_prices) {
        known.set(name, price);
    }
    PriceBook book;
    for (const PlannedCall& planned : plan.calls) {
        const PriceBook::Name name{planned.call.provider, planned.call.model};
        if (book.has(name)) {
            continue;
        }
        if (!known.has(name)) {
            throw SetUpError("the trace calls " + name.first + "/" + name.second +
                             ", which has no price: add --price " + name.first + "/" + name.second +
                             "=INPUT,OUTPUT");
        }
        book.set(name, known.prices().at(name));
    }
    return book;
}

void require_extension(Connection& connection) {
    connection.execute("SET client_encoding = 'UTF8'");
    if (connection.query("SELECT FROM pg_catalog.pg_extension WHERE extname = 'pg_credits'", {})
            .count() == 0) {
        throw SetUpError("this database has no pg_credits: CREATE EXTENSION pg_credits; SELECT "
                         "credits.migrate();");
    }
    if (connection
            .query("SELECT FROM pg_catalog.pg_class WHERE oid = to_regclass('credits.ledger')", {})
            .count() == 0) {
        throw SetUpError(
            "this database has pg_credits but not its tables: SELECT credits.migrate();");
    }
}

Unit read_unit(Connection& connection) {
    const Rows rows =
        connection.query("SELECT unit_name, value_usd, scale FROM credits.platform", {});
    if (rows.count() != 1) {
        throw SetUpError("credits.platform does not hold its one row: SELECT credits.migrate();");
    }
    return {std::string(rows.text(0, 0)),
            Decimal::parse(rows.text(0, 1)),
            static_cast<int>(rows.integer(0, 2))};
}

void prepare_prices(Connection& connection,
                    const PriceBook& book,
                    const Plan& plan,
                    const Options& options) {
    std::string missing;
    for (const MetricPrice& price : needed_prices(book, plan)) {
        if (is_configured(connection, price, options.replace_prices)) {
            continue;
        }
        if (!options.set_up) {
            throw SetUpError(named(price) + " has no price configured: leave out --no-set-up once");
        }
        missing += std::string(missing.empty() ? "" : ",") +
                   "{\"provider\": " + json_text(price.name.first) +
                   ", \"model\": " + json_text(price.name.second) +
                   ", \"metric\": " + json_text(price.metric) +
                   ", \"price\": " + json_text(price.usd_per_million.text()) +
                   ", \"per\": " + million + "}";
    }
    if (!missing.empty()) {
        const std::string config = "{\"prices\": [" + missing + "]}";
        connection.query("SELECT credits.configure($1::jsonb)", {config.c_str()});
    }
}

void open_accounts(Connection& connection, const Plan& plan) {
    for (std::size_t at = 0; at < plan.accounts.size(); at += batch_size) {
        connection.query("SELECT credits.open_account(a) FROM "
                         "pg_catalog.jsonb_array_elements_text($1::jsonb) AS a",
                         {account_array(plan, at).c_str()});
    }
}

ChargeRule read_charge_rule(Connection& connection, const Plan& plan) {
    std::string plan_name;
    bool has_plan = false;
    for (std::size_t at = 0; at < plan.accounts.size(); at += batch_size) {
        const std::string accounts = account_array(plan, at);
        const Rows rows = connection.query("SELECT a, w.plan, w.account_id FROM "
                                           "pg_catalog.jsonb_array_elements_text($1::jsonb) AS a"
                                           " LEFT JOIN credits.wallet w ON w.account_id = a",
                                           {accounts.c_str()});
        for (int row = 0; row < rows.count(); ++row) {
            if (rows.is_null(row, 2)) {
                throw SetUpError("account " + std::string(rows.text(row, 0)) +
                                 " does not exist: leave out --no-set-up once, or give the same "
                                 "--run and --accounts");
            }
            const bool first = at == 0 && row == 0;
            if (!first && (has_plan == rows.is_null(row, 1) || plan_name != rows.text(row, 1))) {
                throw SetUpError("the accounts of this run are on different plans");
            }
            has_plan = !rows.is_null(row, 1);
            plan_name = rows.text(row, 1);
        }
    }
    ChargeRule rule;
    if (has_plan) {
        const Rows rows =
            connection.query("SELECT charge_by, charge_factor FROM credits.plan WHERE plan = $1",
                             {plan_name.c_str()});
        if (rows.count() != 1 || (rows.text(0, 0) != "cost" && rows.text(0, 0) != "tokens")) {
            throw SetUpError(
                "plan " + plan_name +
                " charges neither by cost nor by tokens, so a trace cannot be charged");
        }
        rule = {rows.text(0, 0) == "tokens", Decimal::parse(rows.text(0, 1))};
    }
    return rule;
}

Decimal
default_grant(const Plan& plan, const PriceBook& book, const ChargeRule& rule, const Unit& unit) {
    Decimal usd;
    for (const PlannedCall& planned : plan.calls) {
        TraceCall call = planned.call;
        call.output_tokens = std::max(call.output_tokens, plan.max_output_tokens);
        usd += rule.charge(call, book.cost(call), unit);
    }
    // Every open hold is rounded up: one credit more for each call covers any number of them.
    return Decimal::ceiling_of_quotient(usd, unit.value_usd) +
           Decimal(static_cast<std::int64_t>(plan.calls.size()));
}

void grant_credits(Connection& connection, const Plan& plan, const Decimal& amount) {
    if (amount == Decimal(0)) {
        return;
    }
    for (std::size_t at = 0; at < plan.accounts.size(); at += batch_size) {
        connection.query(
            "SELECT credits.grant(account_id => a, amount => $2::numeric, source => 'replay')"
            " FROM pg_catalog.jsonb_array_elements_text($1::jsonb) AS a",
            {account_array(plan, at).c_str(), amount.text().c_str()});
    }
}

} // namespace replay
