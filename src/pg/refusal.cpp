// Refusals in words: one sentence for a person, JSON for a program.
#include "pg/numeric.hpp"
#include "pg/refusal_rules.hpp"
#include "pg/results.hpp"
#include "pg/rows.hpp"

namespace credits::pg {

namespace {

JsonObject detail_about(core::Outcome outcome) {
    JsonObject detail;
    detail.add_text("outcome", core::facts_of(outcome).name);
    return detail;
}

bool has_overdraft(const Session& session) {
    return session.account.plan != nullptr && session.account.plan->overdraft.is_positive();
}

const char* sentence(const Session& session, const core::Verdict& verdict, const char* differs) {
    const int unit_scale = session.account.unit.scale;
    const core::Wallet& wallet = session.account.wallet;
    const char* account_id = c_text(text_view(session.account_id));
    switch (verdict.outcome) {
    case core::Outcome::idempotency_conflict: {
        const char* named = differs == nullptr ? "something" : differs;
        return psprintf("the idempotency key was used for another request: %s %s",
                        named,
                        strchr(named, ',') == nullptr ? "differs" : "differ");
    }
    case core::Outcome::account_closed:
        return psprintf("account \"%s\" is closed", account_id);
    case core::Outcome::account_frozen:
        return psprintf("account \"%s\" is frozen", account_id);
    case core::Outcome::platform_paused:
        return psprintf("the platform is paused: %s",
                        verdict.subject.empty() ? "brake: what it may spend is used up"
                                                : shortened(verdict.subject));
    case core::Outcome::price_unknown:
        return no_price_text(verdict.demand.provider, verdict.demand.model, verdict.subject);
    case core::Outcome::insufficient_credits:
        return psprintf("not enough credits: %s needed, %s available%s",
                        credits_text(verdict.amount, unit_scale),
                        credits_text(wallet.balance - wallet.held, unit_scale),
                        has_overdraft(session)
                            ? psprintf(" and %s of overdraft",
                                       credits_text(session.account.plan->overdraft, unit_scale))
                            : "");
    default:
        return psprintf("the call was refused: %s", c_text(core::facts_of(verdict.outcome).name));
    }
}

} // namespace

namespace {

// detail_of has the members that every refusal of an account's call has.
JsonObject detail_of(const Session& session, const core::Verdict& verdict) {
    const int unit_scale = session.account.unit.scale;
    const core::Wallet& wallet = session.account.wallet;
    JsonObject detail = detail_about(verdict.outcome);
    detail.add_text("account_id", text_view(session.account_id));
    detail.add_raw("balance", credits_text(wallet.balance, unit_scale));
    detail.add_raw("available", credits_text(wallet.balance - wallet.held, unit_scale));
    detail.add_raw("needed", credits_text(verdict.amount, unit_scale));
    add_rule_detail(detail, session, verdict);
    return detail;
}

void add_number(JsonObject& detail, const char* key, std::int64_t number) {
    detail.add_raw(key, psprintf(INT64_FORMAT, number));
}

const char* article_of(std::string_view kind) {
    return kind.find_first_of("aeiou") == 0 ? "an" : "a";
}

} // namespace

const char*
no_price_text(std::string_view provider, std::string_view model, std::string_view missing) {
    return missing == model ? psprintf("there is no price for model \"%s\" of provider \"%s\"",
                                       shortened(model),
                                       shortened(provider))
                            : psprintf("model \"%s\" of provider \"%s\" has no price for \"%s\"",
                                       shortened(model),
                                       shortened(provider),
                                       shortened(missing));
}

Refusal refusal_of(const Session& session, const core::Verdict& verdict, const char* differs) {
    JsonObject detail = detail_of(session, verdict);
    if (verdict.outcome == core::Outcome::insufficient_credits && has_overdraft(session)) {
        detail.add_raw("overdraft",
                       credits_text(session.account.plan->overdraft, session.account.unit.scale));
    }
    if (differs != nullptr) {
        detail.add_text("differs", differs);
    }
    const char* rule = rule_sentence(session, verdict);
    return {verdict.outcome,
            rule == nullptr ? sentence(session, verdict, differs) : rule,
            detail.json(),
            suggestion(session, verdict)};
}

Refusal account_not_found(Datum account_id) {
    JsonObject detail = detail_about(core::Outcome::account_not_found);
    detail.add_text("account_id", text_view(account_id));
    return {core::Outcome::account_not_found,
            psprintf("there is no account \"%s\"", c_text(text_view(account_id))),
            detail.json(),
            nullptr};
}

Refusal not_found(core::Outcome outcome, const char* what, std::int64_t number) {
    JsonObject detail = detail_about(outcome);
    detail.add_raw(what, psprintf(INT64_FORMAT, number));
    return {outcome,
            psprintf("the account has no %s " INT64_FORMAT, what, number),
            detail.json(),
            nullptr};
}

Refusal lot_not_open(std::int64_t lot_no) {
    JsonObject detail = detail_about(core::Outcome::entry_not_found);
    detail.add_raw("lot", psprintf(INT64_FORMAT, lot_no));
    return {core::Outcome::entry_not_found,
            psprintf("the account has no open lot " INT64_FORMAT, lot_no),
            detail.json(),
            "see credits.lots for the open ones"};
}

Refusal no_charge(std::int64_t entry_no, std::string_view kind) {
    JsonObject detail = detail_about(core::Outcome::entry_not_found);
    detail.add_raw("entry", psprintf(INT64_FORMAT, entry_no));
    detail.add_text("kind", kind);
    return {core::Outcome::entry_not_found,
            psprintf("entry " INT64_FORMAT " is %s %s; only deduct and settle can be refunded",
                     entry_no,
                     article_of(kind),
                     c_text(kind)),
            detail.json(),
            "see credits.history for the entries and their kinds"};
}

Refusal refund_exceeds(const Session& session,
                       const core::Verdict& verdict,
                       const core::RefundRequest& request) {
    const int unit_scale = session.account.unit.scale;
    const core::Credits left = request.charged - request.refunded;
    JsonObject detail = detail_of(session, verdict);
    add_number(detail, "entry", request.entry_no);
    detail.add_raw("left", credits_text(left, unit_scale));
    const bool has_overage = !request.overage.is_zero();
    const char* message =
        request.charged.is_zero() ? psprintf("entry " INT64_FORMAT " charged %s",
                                             request.entry_no,
                                             has_overage ? "no credits" : "nothing")
        : left.is_zero() ? psprintf("entry " INT64_FORMAT " is refunded in full", request.entry_no)
                         : psprintf("only %s of %s are left to refund",
                                    credits_text(left, unit_scale),
                                    credits_text(request.charged, unit_scale));
    return {verdict.outcome,
            message,
            detail.json(),
            has_overage && request.charged.is_zero()
                ? "leave the amount out to take back the overage of the entry"
                : nullptr};
}

Refusal
hold_has_ended(const Session& session, const core::Verdict& verdict, const EndedHold& hold) {
    const bool was_settled = verdict.outcome == core::Outcome::hold_settled;
    JsonObject detail = detail_of(session, verdict);
    add_number(detail, "hold_no", hold.hold_no);
    add_number(detail, "entry_no", hold.entry_no);
    if (hold.charged) {
        detail.add_raw("amount", credits_text(*hold.charged, session.account.unit.scale));
    }
    return {verdict.outcome,
            psprintf("hold " INT64_FORMAT " was %s already%s",
                     hold.hold_no,
                     was_settled ? "settled" : "released",
                     was_settled && hold.is_settle ? ", with other values" : ""),
            detail.json(),
            was_settled && hold.is_settle ? "repeat the settle unchanged to get its receipt; to "
                                            "give credits back use credits.refund"
                                          : nullptr};
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
