// Refusals in words: one sentence for a person, JSON for a program.
#include "pg/numeric.hpp"
#include "pg/results.hpp"
#include "pg/rows.hpp"

extern "C" {
#include <utils/json.h>
}

namespace credits::pg {

namespace {

const char* amount_text(core::Credits amount, int unit_scale) {
    return DatumGetCString(DirectFunctionCall1(numeric_out, numeric_datum(amount, unit_scale)));
}

const char* c_text(std::string_view text) {
    return pnstrdup(text.data(), text.size());
}

// The members of a detail; numbers and nulls go in as they are, texts escaped.
class DetailText {
  public:
    explicit DetailText(core::Outcome outcome) {
        initStringInfo(&text_);
        appendStringInfoChar(&text_, '{');
        add_text("outcome", core::facts_of(outcome).name);
    }

    void add_text(const char* key, std::string_view value) {
        begin(key);
        escape_json(&text_, c_text(value));
    }

    void add_raw(const char* key, const char* value) {
        begin(key);
        appendStringInfoString(&text_, value);
    }

    Datum json() {
        appendStringInfoChar(&text_, '}');
        return DirectFunctionCall1(jsonb_in, CStringGetDatum(text_.data));
    }

  private:
    void begin(const char* key) {
        appendStringInfo(&text_, "%s\"%s\": ", text_.len > 1 ? ", " : "", key);
    }

    StringInfoData text_ = {};
};

const char* sentence(const Session& session, const core::Verdict& verdict, const char* differs) {
    const int unit_scale = session.account.unit.scale;
    const core::Wallet& wallet = session.account.wallet;
    const char* account_id = c_text(text_view(session.account_id));
    switch (verdict.outcome) {
    case core::Outcome::idempotency_conflict:
        return psprintf("the idempotency key was used for another request: %s differs", differs);
    case core::Outcome::account_closed:
        return psprintf("account \"%s\" is closed", account_id);
    case core::Outcome::account_frozen:
        return psprintf("account \"%s\" is frozen", account_id);
    case core::Outcome::price_unknown:
        return psprintf("there is no price for \"%s\"", shortened(verdict.subject));
    case core::Outcome::insufficient_credits:
        return psprintf("not enough credits: %s needed, %s available",
                        amount_text(verdict.amount, unit_scale),
                        amount_text(wallet.balance - wallet.held, unit_scale));
    case core::Outcome::hold_settled:
        return "the hold was settled already";
    case core::Outcome::hold_released:
        return "the hold was released already";
    case core::Outcome::refund_exceeds:
        return psprintf("the refund of %s exceeds what is left of the charge",
                        amount_text(verdict.amount, unit_scale));
    default:
        return psprintf("the call was refused: %s", c_text(core::facts_of(verdict.outcome).name));
    }
}

} // namespace

Refusal refusal_of(const Session& session, const core::Verdict& verdict, const char* differs) {
    const int unit_scale = session.account.unit.scale;
    const core::Wallet& wallet = session.account.wallet;
    DetailText detail(verdict.outcome);
    detail.add_text("account_id", text_view(session.account_id));
    detail.add_raw("balance", amount_text(wallet.balance, unit_scale));
    detail.add_raw("available", amount_text(wallet.balance - wallet.held, unit_scale));
    detail.add_raw("needed", amount_text(verdict.amount, unit_scale));
    detail.add_raw("limit", "null");
    detail.add_raw("retry_after", "null");
    detail.add_raw("suggestion", "null");
    if (differs != nullptr) {
        detail.add_text("differs", differs);
    }
    if (!verdict.subject.empty()) {
        detail.add_text("subject", shortened(verdict.subject));
    }
    return {verdict.outcome, sentence(session, verdict, differs), detail.json(), nullptr};
}

Refusal account_not_found(Datum account_id) {
    DetailText detail(core::Outcome::account_not_found);
    detail.add_text("account_id", text_view(account_id));
    return {core::Outcome::account_not_found,
            psprintf("there is no account \"%s\"", c_text(text_view(account_id))),
            detail.json(),
            nullptr};
}

Refusal not_found(core::Outcome outcome, const char* what, std::int64_t number) {
    DetailText detail(outcome);
    detail.add_raw(what, psprintf(INT64_FORMAT, number));
    return {outcome,
            psprintf("the account has no %s " INT64_FORMAT, what, number),
            detail.json(),
            nullptr};
}

Refusal lot_not_open(std::int64_t lot_no) {
    DetailText detail(core::Outcome::entry_not_found);
    detail.add_raw("lot", psprintf(INT64_FORMAT, lot_no));
    return {core::Outcome::entry_not_found,
            psprintf("the account has no open lot " INT64_FORMAT, lot_no),
            detail.json(),
            "see credits.lots for the open ones"};
}

Refusal no_charge(std::int64_t entry_no, std::string_view kind) {
    DetailText detail(core::Outcome::entry_not_found);
    detail.add_raw("entry", psprintf(INT64_FORMAT, entry_no));
    detail.add_text("kind", kind);
    return {core::Outcome::entry_not_found,
            psprintf("entry " INT64_FORMAT " is no charge that could be refunded", entry_no),
            detail.json(),
            "charges are the entries of kind deduct and settle, see credits.history"};
}

void raise_refusal(const Refusal& refusal) {
    const core::OutcomeFacts& facts = core::facts_of(refusal.outcome);
    const int status = facts.http_status;
    const int sqlstate =
        MAKE_SQLSTATE('P', 'T', '0' + status / 100, '0' + status / 10 % 10, '0' + status % 10);
    Jsonb* detail = DatumGetJsonbP(refusal.detail);
    ereport(ERROR,
            (errcode(sqlstate),
             errmsg("%s", refusal.message),
             errdetail("%s", JsonbToCString(nullptr, &detail->root, VARSIZE(detail))),
             errhint("%s", refusal.hint == nullptr ? c_text(facts.hint) : refusal.hint)));
    pg_unreachable();
}

} // namespace credits::pg
