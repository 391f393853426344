// Owns the sums on both sides and their comparison. Must never stop at the first difference.
#include "audit.hpp"

namespace replay {
namespace {

AccountTotals totals_of(const LedgerTotals& totals, const std::string& account) {
    const auto at = totals.find(account);
    return at == totals.end() ? AccountTotals{} : at->second;
}

class Comparison {
  public:
    Comparison(Audit& audit, const std::string& account) : audit_(audit), account_(account) {}

    void equal(const std::string& what, const Decimal& ledger, const Decimal& expected) {
        if (!(ledger == expected)) {
            audit_.differences.push_back(account_ + ": " + what + " is " + ledger.text() +
                                         ", expected " + expected.text());
        }
    }

    void equal(const std::string& what, std::int64_t ledger, std::int64_t expected) {
        equal(what, Decimal(ledger), Decimal(expected));
    }

    void below(const std::string& what, const Decimal& value, const Decimal& limit) {
        if (!(value < limit) || !(Decimal(0) - limit < value)) {
            audit_.differences.push_back(account_ + ": " + what + " is " + value.text() +
                                         ", beyond ±" + limit.text());
        }
    }

  private:
    Audit& audit_;
    const std::string& account_;
};

} // namespace

LedgerTotals read_totals(Connection& connection, const std::string& prefix) {
    std::string end = prefix;
    ++end.back();
    const Rows rows = connection.query(
        "SELECT w.account_id, coalesce(l.cost, 0), coalesce(l.charged, 0), coalesce(l.given_back, "
        "0), w.residue,"
        " w.held, coalesce(l.settles, 0), coalesce(l.releases, 0), coalesce(l.refunds, 0)"
        " FROM credits.wallet w LEFT JOIN ("
        "   SELECT account_id, sum(cost) AS cost,"
        "     -sum(amount) FILTER (WHERE kind = 'settle') AS charged,"
        "     sum(amount) FILTER (WHERE kind = 'refund') AS given_back,"
        "     count(*) FILTER (WHERE kind = 'settle') AS settles,"
        "     count(*) FILTER (WHERE kind = 'release') AS releases,"
        "     count(*) FILTER (WHERE kind = 'refund') AS refunds"
        "   FROM credits.ledger WHERE account_id >= $1 AND account_id < $2 GROUP BY account_id) l "
        "USING (account_id)"
        " WHERE w.account_id >= $1 AND w.account_id < $2",
        {prefix.c_str(), end.c_str()});
    LedgerTotals totals;
    for (int row = 0; row < rows.count(); ++row) {
        const auto number = [&rows, row](int column) {
            return Decimal::parse(rows.text(row, column));
        };
        totals[std::string(rows.text(row, 0))] = {number(1),
                                                  number(2),
                                                  number(3),
                                                  number(4),
                                                  number(5),
                                                  rows.integer(row, 6),
                                                  rows.integer(row, 7),
                                                  rows.integer(row, 8)};
    }
    return totals;
}

std::int64_t count_unequal_refunds(Connection& connection, const std::string& prefix) {
    std::string end = prefix;
    ++end.back();
    const Rows rows =
        connection.query("SELECT count(*) FROM credits.ledger r LEFT JOIN credits.ledger e"
                         " ON e.account_id = r.account_id AND e.entry_no = r.refers_to"
                         " WHERE r.kind = 'refund' AND r.account_id >= $1 AND r.account_id < $2 "
                         "AND r.amount IS DISTINCT FROM -e.amount",
                         {prefix.c_str(), end.c_str()});
    return rows.integer(0, 0);
}

std::vector<Expected> expected_totals(const Plan& plan,
                                      const RunResult& run,
                                      const PriceBook& book,
                                      const std::pair<ChargeRule, Unit>& terms) {
    std::vector<Expected> expected(plan.accounts.size());
    for (std::size_t i = 0; i < plan.calls.size(); ++i) {
        Expected& account = expected[plan.calls[i].account];
        const Outcome outcome = run.outcomes[i];
        if (outcome == Outcome::released || outcome == Outcome::failed) {
            ++account.releases;
        }
        if (outcome == Outcome::settled || outcome == Outcome::refunded) {
            const Decimal cost = book.cost(plan.calls[i].call);
            account.cost += cost;
            account.charge += terms.first.charge(plan.calls[i].call, cost, terms.second);
            ++account.settles;
            account.refunds += outcome == Outcome::refunded ? 1 : 0;
        }
    }
    return expected;
}

Audit compare(const Plan& plan,
              const std::vector<Expected>& expected,
              const LedgerTotals& before,
              const LedgerTotals& after,
              const Unit& unit) {
    Audit audit;
    audit.accounts = plan.accounts.size();
    for (std::size_t i = 0; i < plan.accounts.size(); ++i) {
        const AccountTotals was = totals_of(before, plan.accounts[i]);
        const AccountTotals is = totals_of(after, plan.accounts[i]);
        const Decimal cost = is.cost - was.cost;
        const Decimal charged = is.charged - was.charged;
        const Decimal residue = is.residue - was.residue;
        audit.ledger_cost += cost;
        audit.expected_cost += expected[i].cost;
        audit.charged += charged;
        audit.given_back += is.given_back - was.given_back;
        audit.residue += residue;
        audit.expected_charge += expected[i].charge;
        Comparison check(audit, plan.accounts[i]);
        check.equal("cost in USD", cost, expected[i].cost);
        check.equal("credits charged x value + residue",
                    charged * unit.value_usd + residue,
                    expected[i].charge);
        check.below("residue", is.residue, unit.value_usd.per_power_of_ten(unit.scale));
        check.equal("credits held", is.held, was.held);
        check.equal("settle entries", is.settles - was.settles, expected[i].settles);
        check.equal("release entries", is.releases - was.releases, expected[i].releases);
        check.equal("refund entries", is.refunds - was.refunds, expected[i].refunds);
    }
    return audit;
}

} // namespace replay
