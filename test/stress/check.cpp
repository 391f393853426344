// Owns the questions. The op of a call, stored as metadata or reason, ties journal and ledger
// together without trusting a number that either of them gave.
#include "check.hpp"

#include "journal.hpp"
#include "replay/database.hpp"

#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace stress {
namespace {

struct Question {
    const char* claim;
    const char* counterexamples; // rows of one text; none: the claim holds
};

constexpr const char* tables = R"sql(
CREATE TEMP TABLE account AS SELECT DISTINCT account_id FROM journal;
CREATE TEMP TABLE entry AS
    SELECT l.*, CASE WHEN kind IN ('release', 'refund', 'void') THEN reason
                     WHEN kind = 'clawback' THEN substr(reason, length('refund ') + 1) ELSE l.metadata ->> 'op' END AS op
    FROM credits.ledger l JOIN account USING (account_id);
CREATE TEMP TABLE held_op AS
    SELECT h.account_id, h.hold_no, h.metadata ->> 'op' AS op FROM credits.hold h JOIN account USING (account_id);
CREATE INDEX ON entry (account_id, entry_no);
CREATE INDEX ON entry (op);
CREATE INDEX ON held_op (account_id, hold_no);
CREATE INDEX ON held_op (op);
ANALYZE journal, account, entry, held_op;
)sql";

const std::vector<Question>& questions() {
    static const std::vector<Question> all = {
        {"every committed receipt is in the ledger, the same",
         R"sql(SELECT format('%s %s: %s of %s, balance %s, became %s of %s, balance %s', j.account_id, j.number, j.kind,
                             j.amount, j.balance, e.kind, e.amount, e.balance)
               FROM journal j LEFT JOIN entry e ON e.account_id = j.account_id AND e.entry_no = j.number
               WHERE j.knowledge = 'committed' AND j.verb <> 'authorize'
                 AND ((e.kind, e.amount, coalesce(e.cost, 0), e.balance) IS DISTINCT FROM (j.kind, j.amount, j.cost, j.balance)
                      OR (NOT j.replayed AND e.op IS DISTINCT FROM j.op)))sql"},
        {"every committed hold is there",
         R"sql(SELECT format('%s hold %s', j.account_id, j.number)
               FROM journal j LEFT JOIN held_op h ON h.account_id = j.account_id AND h.hold_no = j.number
               WHERE j.knowledge = 'committed' AND j.verb = 'authorize' AND h.op IS DISTINCT FROM j.op)sql"},
        {"no call took effect twice",
         R"sql(SELECT format('%s %s: %s entries', account_id, op, count(*)) FROM entry WHERE op LIKE 'run-%'
               GROUP BY account_id, op HAVING count(*) > 1
               UNION ALL
               SELECT format('%s %s: %s holds', account_id, op, count(*)) FROM held_op
               GROUP BY account_id, op HAVING count(*) > 1)sql"},
        {"nothing that was rolled back took effect",
         R"sql(SELECT format('%s %s %s', j.account_id, j.verb, j.op) FROM journal j
               WHERE j.knowledge = 'undone' AND (EXISTS (SELECT FROM entry e WHERE e.op = j.op)
                                                 OR EXISTS (SELECT FROM held_op h WHERE h.op = j.op)))sql"},
        {"every entry of a call is one that the journal knows",
         R"sql(SELECT format('%s %s %s', e.account_id, e.kind, e.op) FROM entry e
               WHERE e.op LIKE 'run-%'
                 AND split_part(e.op, '-', 2) IN (SELECT DISTINCT split_part(op, '-', 2) FROM journal)
                 AND NOT EXISTS (SELECT FROM journal j WHERE j.op = e.op AND j.knowledge <> 'undone'))sql"},
        {"one key, one receipt",
         R"sql(SELECT format('%s %s', account_id, key) FROM journal WHERE knowledge = 'committed' AND key IS NOT NULL
               GROUP BY account_id, key
               HAVING count(DISTINCT (verb, op, number, amount, balance)) > 1)sql"},
        {"every committed key is remembered, with its receipt",
         R"sql(SELECT format('%s %s', j.account_id, j.key)
               FROM journal j LEFT JOIN credits.idempotency_key k ON k.account_id = j.account_id AND k.key = j.key
               WHERE j.knowledge = 'committed' AND j.key IS NOT NULL AND k.result_no IS DISTINCT FROM j.number
                 AND NOT (j.replayed AND j.verb = 'settle' AND k.key IS NULL))sql"},
        {"every account's balance is the sum of its entries",
         R"sql(SELECT format('%s: balance %s, sum %s', w.account_id, w.balance, coalesce(sum(e.amount), 0))
               FROM credits.wallet w JOIN account USING (account_id) LEFT JOIN entry e USING (account_id)
               GROUP BY w.account_id, w.balance HAVING w.balance <> coalesce(sum(e.amount), 0))sql"},
        {"entry numbers have no gap and every balance follows from the one before",
         R"sql(SELECT format('%s %s', account_id, entry_no) FROM (
                   SELECT account_id, entry_no, balance, amount,
                          lag(entry_no, 1, 0::bigint) OVER w AS last_no, lag(balance, 1, 0) OVER w AS last_balance
                   FROM entry WINDOW w AS (PARTITION BY account_id ORDER BY entry_no)) s
               WHERE entry_no <> last_no + 1 OR balance <> last_balance + amount)sql"},
        {"only settling and money that goes back make debt, and no deduct takes credits that are "
         "held",
         R"sql(SELECT format('%s %s: %s of %s leaves %s, held %s', account_id, entry_no, kind, amount, balance, held)
               FROM entry
               WHERE amount < 0 AND kind NOT IN ('settle', 'clawback')
                 AND (balance < 0 OR (kind = 'deduct' AND balance < coalesce(held, 0))))sql"},
        {"every hold ends once",
         R"sql(SELECT format('%s hold %s: %s entries', account_id, hold_no, count(*)) FROM entry
               WHERE kind IN ('settle', 'release') GROUP BY account_id, hold_no HAVING count(*) > 1)sql"},
        {"refunds of an entry never exceed it",
         R"sql(SELECT format('%s %s: charged %s, given back %s', c.account_id, c.entry_no, -c.amount, sum(r.amount))
               FROM entry r LEFT JOIN entry c ON c.account_id = r.account_id AND c.entry_no = r.refers_to
               WHERE r.kind = 'refund' GROUP BY c.account_id, c.entry_no, c.amount
               HAVING c.amount IS NULL OR sum(r.amount) > -c.amount)sql"},
        {"no prepared transaction is left over", left_over_transactions},
        {"verify() finds nothing",
         R"sql(SELECT format('%s, %s: %s', account_id, check_name, detail) FROM credits.verify())sql"},
    };
    return all;
}

std::string read_file(const std::string& path) {
    const std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw std::runtime_error(path + ": the journal cannot be read");
    }
    std::ostringstream content;
    content << file.rdbuf();
    return content.str();
}

// load_journal refuses a journal without receipts, of which anything could be claimed.
void load_journal(replay::Connection& connection, const std::string& path) {
    connection.execute(std::string("CREATE TEMP TABLE journal (") + journal_columns + ")");
    connection.copy_in("COPY journal FROM STDIN", read_file(path));
    const replay::Rows rows =
        connection.execute("SELECT count(*) FILTER (WHERE knowledge = 'committed'), count(*) "
                           "FILTER (WHERE knowledge = 'undone'),"
                           " count(*) FILTER (WHERE knowledge = 'unknown'), count(*) FILTER (WHERE "
                           "replayed) FROM journal");
    std::printf("journal: %s committed (%s of them replays), %s rolled back, %s unknown\n",
                std::string(rows.text(0, 0)).c_str(),
                std::string(rows.text(0, 3)).c_str(),
                std::string(rows.text(0, 1)).c_str(),
                std::string(rows.text(0, 2)).c_str());
    if (rows.integer(0, 0) == 0) {
        throw std::runtime_error(path + ": there is no receipt in this journal");
    }
}

bool holds(replay::Connection& connection, const Question& question) {
    constexpr int shown = 10;
    const replay::Rows rows = connection.execute(question.counterexamples);
    std::printf("%s: %s\n", rows.count() == 0 ? "holds" : "BROKEN", question.claim);
    for (int row = 0; row < std::min(rows.count(), shown); ++row) {
        std::printf("    %s\n", std::string(rows.text(row, 0)).c_str());
    }
    if (rows.count() > shown) {
        std::printf("    ... %d in all\n", rows.count());
    }
    return rows.count() == 0;
}

} // namespace

bool check_journal(const std::string& database, const std::string& journal) {
    replay::Connection connection(database, "stress check");
    load_journal(connection, journal);
    connection.execute(tables);
    bool all_hold = true;
    for (const Question& question : questions()) {
        all_hold = holds(connection, question) && all_hold;
    }
    return all_hold;
}

} // namespace stress
