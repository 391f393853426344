// Owns bringing a database to the point where the trace can run: prices, accounts, credits. Must
// never change a price that somebody else configured, unless told to.
#pragma once

#include "database.hpp"
#include "plan.hpp"
#include "prices.hpp"

#include <stdexcept>
#include <string>

namespace replay {

// SetUpError: the database is not what this run needs; says what to do about it.
class SetUpError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

struct Unit {
    std::string name;
    Decimal value_usd;
    int scale = 0;
};

// ChargeRule is how the accounts of this run are charged: USD (or tokens) × factor.
struct ChargeRule {
    bool by_tokens = false;
    Decimal factor = Decimal(1);

    // charge is the exact charge of a call, in USD at the unit's value.
    [[nodiscard]] Decimal
    charge(const TraceCall& call, const Decimal& cost, const Unit& unit) const;
};

// price_book collects the prices that the plan's calls need; SetUpError for a model without one.
PriceBook price_book(const Plan& plan, const Options& options);

void require_extension(Connection& connection);
Unit read_unit(Connection& connection);

// prepare_prices compares the configured prices with the book, and configures what is missing.
void prepare_prices(Connection& connection,
                    const PriceBook& book,
                    const Plan& plan,
                    const Options& options);

void open_accounts(Connection& connection, const Plan& plan);

// read_charge_rule reads the rule of the plan that the accounts are on; all must be on one.
ChargeRule read_charge_rule(Connection& connection, const Plan& plan);

// default_grant is enough for one account to make every call of the plan, as whole credits.
Decimal
default_grant(const Plan& plan, const PriceBook& book, const ChargeRule& rule, const Unit& unit);

void grant_credits(Connection& connection, const Plan& plan, const Decimal& amount);

} // namespace replay
