// Owns the questions about limits and the brake. Each is one SQL statement that returns what is
// wrong, from ledger and holds: what was admitted, not what the counters say.
#include "policy.hpp"
#include "replay/database.hpp"

#include <cstdio>
#include <vector>

namespace stress {
namespace {

struct Question {
    const char* claim;
    const char* counterexamples; // rows of one text; none: the claim holds
};

constexpr const char* tables = R"sql(
CREATE TEMP TABLE admitted AS
    SELECT account_id, member_id, created_at FROM credits.ledger WHERE kind = 'deduct' AND account_id LIKE 'limit-%'
    UNION ALL
    SELECT account_id, member_id, created_at FROM credits.hold WHERE account_id LIKE 'limit-%';
ANALYZE admitted;
)sql";

std::vector<Question> questions() {
    static const std::string day = spend_of_the_day;
    static const std::string passed =
        "SELECT format('%s USD', s.spent) FROM (" + day + ") s(spent) WHERE s.spent > 5";
    static const std::string unused =
        "SELECT format('%s USD', s.spent) FROM (" + day + ") s(spent) WHERE s.spent < 4.9";
    static const std::string shown =
        "SELECT format('%s USD, shown are %s', s.spent, p.spend_today) FROM (" + day +
        ") s(spent), credits.platform_status p WHERE s.spent IS DISTINCT FROM p.spend_today";
    return {
        {"a limit of 200 requests admits exactly 200",
         R"sql(SELECT format('%s: %s', w.account_id, count(a.account_id))
               FROM credits.wallet w LEFT JOIN admitted a USING (account_id) WHERE w.account_id LIKE 'limit-%'
               GROUP BY w.account_id HAVING count(a.account_id) <> 200)sql"},
        {"no stretch of two seconds has more than 5 requests of a member",
         R"sql(SELECT format('%s %s: %s until %s', account_id, member_id, count, created_at) FROM (
                   SELECT account_id, member_id, created_at, count(*) OVER (PARTITION BY account_id, member_id
                       ORDER BY created_at RANGE BETWEEN interval '1.999999 seconds' PRECEDING AND CURRENT ROW)
                   FROM admitted) s
               WHERE count > 5)sql"},
        {"nothing of a blocked member is admitted",
         R"sql(SELECT format('%s %s: %s, blocked at %s', a.account_id, a.member_id, a.created_at, d.denied_at)
               FROM admitted a JOIN credits.denial d USING (account_id, member_id)
               WHERE d.outcome = 'blocked' AND a.created_at > d.denied_at)sql"},
        {"the day's stop of 5 USD was not passed", passed.c_str()},
        {"at least 4.90 of it was used", unused.c_str()},
        {"what the platform shows is what was spent", shown.c_str()},
        {"verify() finds nothing",
         R"sql(SELECT format('%s, %s: %s', account_id, check_name, detail) FROM credits.verify())sql"},
    };
}

} // namespace

bool check_policy(const std::string& database) {
    constexpr int shown_max = 10;
    replay::Connection connection(database, "stress check");
    connection.execute(tables);
    bool all_hold = true;
    for (const Question& question : questions()) {
        const replay::Rows rows = connection.execute(question.counterexamples);
        const bool holds = rows.count() == 0;
        std::printf("%s: %s\n", holds ? "holds" : "BROKEN", question.claim);
        for (int row = 0; row < rows.count() && row < shown_max; ++row) {
            std::printf("    %s\n", std::string(rows.text(row, 0)).c_str());
        }
        all_hold = all_hold && holds;
    }
    return all_hold;
}

} // namespace stress
