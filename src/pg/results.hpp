// What calls return: receipts and decisions, and refusals as one or the other or as an error.
#pragma once

#include "core/outcome.hpp"

#include "pg/catalogue.hpp"
#include "pg/session.hpp"

namespace credits::pg {

// Refusal is everything that is said about a call that was not let through.
struct Refusal {
    core::Outcome outcome = core::Outcome::ok;
    const char* message{};
    Datum detail{};     // jsonb
    const char* hint{}; // null: the outcome's
};

// no_price_text: missing is the model itself, or the metric that it has no price for.
const char*
no_price_text(std::string_view provider, std::string_view model, std::string_view missing);

// refusal_of words a verdict. differs: the arguments in an idempotency conflict, else null.
Refusal refusal_of(const Session& session, const core::Verdict& verdict, const char* differs);
Refusal account_not_found(Datum account_id);

// not_found words a missing hold or entry by its number.
Refusal not_found(core::Outcome outcome, const char* what, std::int64_t number);

// lot_not_open words a lot that is not there, or has nothing left to forfeit.
Refusal lot_not_open(std::int64_t lot_no);

// no_charge words an entry that took nothing which could be given back.
Refusal no_charge(std::int64_t entry_no, std::string_view kind);

// refund_exceeds says how much of a charge is left to be given back.
Refusal refund_exceeds(const Session& session,
                       const core::Verdict& verdict,
                       const core::RefundRequest& request);

// EndedHold is a hold that a call came too late for, and what its settle charged.
struct EndedHold {
    std::int64_t hold_no{};
    std::int64_t entry_no{};
    std::optional<core::Credits> charged{};
    bool is_settle{}; // the call at hand is a settle too
};

Refusal hold_has_ended(const Session& session, const core::Verdict& verdict, const EndedHold& hold);

// raise_refusal: SQLSTATE PT + HTTP status, the sentence, the detail as JSON, the hint.
[[noreturn]] void raise_refusal(const Refusal& refusal);

// receipt of an entry that was just posted, and of one that is in the ledger already.
Datum receipt_of_entry(const Session& session, const core::Entry& entry, bool replayed);
Datum receipt_of_row(const StoredRow& row, int unit_scale, bool replayed);

// find_own_entry reads an entry of the session's account by its number alone.
bool find_own_entry(const Session& session, std::int64_t entry_no, StoredRow& row);

// find_entry reads an entry of the ledger; created_at spares looking through all partitions.
bool find_entry(Datum account_id,
                std::int64_t entry_no,
                std::optional<core::Instant> created_at,
                StoredRow& row);

struct DecisionValues {
    std::int64_t hold_no{}; // 0: none
    core::Credits amount{};
    std::optional<core::Decimal> cost{};
    core::Credits balance{};
    core::Credits held{};
    TextArgument model{};
    bool replayed{};
    std::string_view level{}; // empty: normal
    Datum warnings{};         // jsonb; 0: none
};

Datum decision(const DecisionValues& values, int unit_scale);
Datum refused_decision(const Session* session,
                       const Refusal& refusal,
                       const core::Verdict& verdict);

// level_name words the level of a wallet or row.
std::string_view level_name(std::string_view level);

// composite forms a value of a composite type of schema credits.
Datum composite(ResultType type, Datum* values, bool* nulls);

} // namespace credits::pg
