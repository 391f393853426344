// A wallet that is updated by hand gets the level that its new state has, by the same rules as a
// call's; the change is noted as a call notes it.
#include "pg/wallet_trigger.hpp"

#include "pg/alerts.hpp"
#include "pg/own_function.hpp"
#include "pg/rows.hpp"
#include "pg/rules.hpp"
#include "pg/session.hpp"

namespace credits::pg {

namespace {

Datum own_account = 0; // whose wallet a call is about to update; 0: nobody's

// An own update is taken note of once: what a user's trigger does to the wallet after it is not.
bool takes_own_update(Datum account_id) {
    const bool is_own = own_account != 0 && text_view(own_account) == text_view(account_id);
    if (is_own) {
        own_account = 0;
    }
    return is_own;
}

// An error ends an update too, and the transaction or its part that it happened in.
void on_transaction_event(XactEvent event, void* /*unused*/) {
    own_account = event == XACT_EVENT_ABORT ? 0 : own_account;
}

void on_subtransaction_event(SubXactEvent event,
                             SubTransactionId /*unused*/,
                             SubTransactionId /*unused*/,
                             void* /*unused*/) {
    own_account = event == SUBXACT_EVENT_ABORT_SUB ? 0 : own_account;
}

const TriggerData& trigger_data(FunctionCallInfo call) {
    const auto* data = reinterpret_cast<const TriggerData*>(call->context);
    if (!CALLED_AS_TRIGGER(call) || !TRIGGER_FIRED_BEFORE(data->tg_event) ||
        !TRIGGER_FIRED_BY_UPDATE(data->tg_event) || !TRIGGER_FIRED_FOR_ROW(data->tg_event)) {
        ereport(ERROR,
                (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                 errmsg("keep_restriction_level is no trigger of this kind"),
                 errhint("it belongs to credits.wallet: before update, for each row")));
    }
    return *data;
}

AttrNumber attribute_of(Relation relation, int column) {
    const char* name = shape_of(Table::wallet).columns[static_cast<std::size_t>(column)];
    const AttrNumber number = get_attnum(RelationGetRelid(relation), name);
    if (number == InvalidAttrNumber) {
        ereport(ERROR,
                (errcode(ERRCODE_UNDEFINED_COLUMN),
                 errmsg("the table of the trigger has no column \"%s\"", name),
                 errhint("the trigger belongs to credits.wallet only")));
    }
    return number;
}

void read_row(Relation relation, HeapTuple tuple, StoredRow& row) {
    for (int column = 0; column < wallet_column::count; ++column) {
        row.values[column] = heap_getattr(
            tuple, attribute_of(relation, column), RelationGetDescr(relation), &row.nulls[column]);
    }
}

HeapTuple with_level(Relation relation, HeapTuple tuple, std::string_view level) {
    int attribute = attribute_of(relation, wallet_column::level);
    bool is_null = level.empty();
    Datum value = is_null ? 0 : text_datum(level);
    return heap_modify_tuple_by_cols(
        tuple, RelationGetDescr(relation), 1, &attribute, &value, &is_null);
}

} // namespace

bool is_level_trigger(Oid function) {
    return function == own_function("keep_restriction_level", nullptr, 0);
}

void begin_own_update(Datum account_id) {
    static bool is_watching = false;
    if (!is_watching) {
        RegisterXactCallback(on_transaction_event, nullptr);
        RegisterSubXactCallback(on_subtransaction_event, nullptr);
        is_watching = true;
    }
    own_account = account_id;
}

void end_own_update() {
    own_account = 0;
}

Datum keep_restriction_level(FunctionCallInfo call) {
    const TriggerData& data = trigger_data(call);
    StoredRow before;
    Session session = {};
    read_row(data.tg_relation, data.tg_trigtuple, before);
    read_row(data.tg_relation, data.tg_newtuple, session.wallet_row);
    session.account_id = session.wallet_row.values[wallet_column::account_id];
    if (takes_own_update(session.account_id)) {
        return PointerGetDatum(data.tg_newtuple);
    }
    start(session, true);
    read_account(session);
    const std::string_view given = session.account.wallet.level;
    // A level is what the account's state says: nobody sets it.
    session.account.wallet.level =
        text_of(before.values[wallet_column::level], before.nulls[wallet_column::level]).view;
    keep_level(session);
    write_effects(session);
    const std::string_view level = session.account.wallet.level;
    HeapTuple result =
        level == given ? data.tg_newtuple : with_level(data.tg_relation, data.tg_newtuple, level);
    abandon_session(session);
    return PointerGetDatum(result);
}

} // namespace credits::pg
