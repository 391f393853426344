// Owns the SQL of every verb. All arguments are named, so that the order of a function's arguments
// does not matter here.
#include "call.hpp"

#include "replay/json.hpp"

#include <stdexcept>

namespace stress {
namespace {

constexpr const char* receipt_columns =
    "SELECT 'ok', entry_no, kind, amount, coalesce(cost, 0), balance, replayed FROM credits.";
constexpr const char* decision_columns = "SELECT outcome, coalesce(hold_no, 0), '', amount, "
                                         "coalesce(cost, 0), balance, replayed FROM credits.";

const char* text_or_null(const std::optional<std::string>& text) {
    return text ? text->c_str() : nullptr;
}

Answer read_answer(const replay::Rows& rows, int row) {
    Answer answer;
    answer.outcome = rows.text(row, 0);
    answer.number = rows.is_null(row, 1) ? 0 : rows.integer(row, 1);
    answer.kind = rows.text(row, 2);
    answer.amount = rows.text(row, 3);
    answer.cost = rows.text(row, 4);
    answer.balance = rows.text(row, 5);
    answer.replayed = rows.truth(row, 6);
    return answer;
}

std::string metadata_of(const Call& call) {
    return "{\"op\": " + replay::json_text(call.op) + "}";
}

std::string event_of(const Call& call) {
    std::string json = "{\"account_id\": " + replay::json_text(call.account);
    if (call.verb == Verb::settle) {
        json += ", \"hold_no\": " + std::to_string(call.number);
    }
    if (call.amount) {
        json += ", \"amount\": " + *call.amount;
    }
    if (call.usage) {
        json += ", \"usage\": " + *call.usage;
        json += call.verb == Verb::deduct ? R"(, "provider": "stress", "model": "small")" : "";
    }
    if (call.key) {
        json += ", \"idempotency_key\": " + replay::json_text(*call.key);
    }
    return json + ", \"metadata\": " + metadata_of(call) + "}";
}

} // namespace

const char* name_of(Verb verb) {
    switch (verb) {
    case Verb::deduct:
        return "deduct";
    case Verb::authorize:
        return "authorize";
    case Verb::extend:
        return "extend";
    case Verb::settle:
        return "settle";
    case Verb::release:
        return "release";
    case Verb::refund:
        return "refund";
    case Verb::grant:
        return "grant";
    case Verb::void_lot:
        return "void_lot";
    case Verb::record_payment:
        return "record_payment";
    case Verb::refund_payment:
        return "refund_payment";
    }
    throw std::logic_error("a verb without a name");
}

void prepare_verbs(replay::Connection& connection) {
    const std::string receipt = receipt_columns;
    const std::string decision = decision_columns;
    connection.prepare("deduct",
                       receipt +
                           "deduct(account_id => $1, amount => $2, usage => $3, provider => $4,"
                           " model => $5, idempotency_key => $6, metadata => $7)");
    connection.prepare("authorize",
                       decision +
                           "authorize(account_id => $1, amount => $2, usage => $3, provider => $4,"
                           " model => $5, idempotency_key => $6, metadata => $7, ttl => $8)");
    connection.prepare(
        "extend", decision + "extend(account_id => $1, hold_no => $2, amount => $3, ttl => $4)");
    connection.prepare("settle",
                       receipt +
                           "settle(account_id => $1, hold_no => $2, usage => $3, amount => $4,"
                           " idempotency_key => $5, metadata => $6)");
    connection.prepare("release",
                       receipt + "release(account_id => $1, hold_no => $2, reason => $3)");
    connection.prepare("refund",
                       receipt +
                           "refund(account_id => $1, entry_no => $2, amount => $3, reason => $4,"
                           " idempotency_key => $5)");
    // A lot that lives for a moment counts from now, not from when its turn comes: it may expire
    // first.
    connection.prepare(
        "grant",
        receipt +
            "grant(account_id => $1, amount => $2, source => 'stress',"
            " effective_at => CASE WHEN $3::interval IS NOT NULL THEN statement_timestamp() END,"
            " expires_at => statement_timestamp() + $3::interval,"
            " idempotency_key => $4, metadata => $5)");
    connection.prepare("void_lot",
                       receipt +
                           "void_lot(account_id => $1, lot_no => (SELECT coalesce(max(lot_no), 1)"
                           " FROM credits.lots($1)), reason => $2)");
    connection.prepare("record_payment",
                       receipt +
                           "record_payment(account_id => $1, kind => 'pack', amount => $2,"
                           " reference => $3, metadata => $4::jsonb || '{\"pack\": \"stress\"}')");
    connection.prepare("refund_payment",
                       receipt + "refund_payment(account_id => $1, reference => $2, amount => $3,"
                                 " refund_reference => $4)");
    const std::string many =
        "SELECT e.outcome, (e.receipt).entry_no, (e.receipt).kind, (e.receipt).amount,"
        " coalesce((e.receipt).cost, 0), (e.receipt).balance, (e.receipt).replayed FROM credits.";
    connection.prepare("deduct_many", many + "deduct_many($1::jsonb) e ORDER BY e.event_no");
    connection.prepare("settle_many", many + "settle_many($1::jsonb) e ORDER BY e.event_no");
}

Answer perform(replay::Connection& connection, const Call& call) {
    const std::string number = std::to_string(call.number);
    const std::string metadata = metadata_of(call);
    const char* account = call.account.c_str();
    const char* amount = text_or_null(call.amount);
    const char* usage = text_or_null(call.usage);
    const char* key = text_or_null(call.key);
    const char* provider = call.usage ? "stress" : nullptr;
    const char* model = call.usage ? "small" : nullptr;
    std::vector<const char*> parameters;
    switch (call.verb) {
    case Verb::deduct:
        parameters = {account, amount, usage, provider, model, key, metadata.c_str()};
        break;
    case Verb::authorize:
        parameters = {
            account, amount, usage, provider, model, key, metadata.c_str(), text_or_null(call.ttl)};
        break;
    case Verb::extend:
        parameters = {account, number.c_str(), amount, text_or_null(call.ttl)};
        break;
    case Verb::settle:
        parameters = {account, number.c_str(), usage, amount, key, metadata.c_str()};
        break;
    case Verb::release:
        parameters = {account, number.c_str(), call.op.c_str()};
        break;
    case Verb::refund:
        parameters = {account, number.c_str(), amount, call.op.c_str(), key};
        break;
    case Verb::grant:
        parameters = {account, amount, text_or_null(call.ttl), key, metadata.c_str()};
        break;
    case Verb::void_lot:
        parameters = {account, call.op.c_str()};
        break;
    case Verb::record_payment:
        parameters = {account, amount, call.op.c_str(), metadata.c_str()};
        break;
    case Verb::refund_payment:
        parameters = {account, call.payment.c_str(), amount, call.op.c_str()};
        break;
    }
    return read_answer(connection.run(name_of(call.verb), parameters), 0);
}

std::vector<Answer> perform_many(replay::Connection& connection, const std::vector<Call>& calls) {
    std::string events = "[";
    for (const Call& call : calls) {
        events += (events.size() > 1 ? ", " : "") + event_of(call);
    }
    events += "]";
    const bool settles = calls.front().verb == Verb::settle;
    const replay::Rows rows =
        connection.run(settles ? "settle_many" : "deduct_many", {events.c_str()});
    if (rows.count() != static_cast<int>(calls.size())) {
        throw std::runtime_error(std::to_string(calls.size()) + " events were answered by " +
                                 std::to_string(rows.count()) + " rows");
    }
    std::vector<Answer> answers;
    answers.reserve(calls.size());
    for (int row = 0; row < rows.count(); ++row) {
        answers.push_back(read_answer(rows, row));
    }
    return answers;
}

} // namespace stress
