// Many calls in one: events sorted by account, so that locks are taken in one order; an account's
// events share its lock and one write of its wallet. A refusal is a row and undoes nothing else; a
// malformed event is an error that names it and undoes everything.
#include "pg/boundary.hpp"
#include "pg/catalogue.hpp"
#include "pg/numeric.hpp"
#include "pg/rows.hpp"
#include "pg/verbs.hpp"

#include <algorithm>
#include <limits>

namespace credits::pg {

namespace {

constexpr std::uint32_t events_max = 100'000;

struct Event {
    std::uint32_t event_no{}; // from 1, in the order given
    bool repeats_key{};       // an earlier event of the account has the same key
    CallArguments arguments{};
};

struct EventResult {
    bool refused{};
    Refusal refusal{};
    Datum receipt{};
};

std::string_view view_of(const JsonbValue& value) {
    return {value.val.string.val, static_cast<std::size_t>(value.val.string.len)};
}

[[noreturn]] void raise_event(const char* problem, const char* hint) {
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
             errmsg("%s", problem),
             errdetail("argument events"),
             errhint("%s", hint)));
    pg_unreachable();
}

// The checks and verbs that all calls share know nothing of events, so an error gets the number of
// its event on the way out.
[[noreturn]] void raise_again(std::uint32_t event_no, MemoryContext caller) {
    MemoryContextSwitchTo(caller);
    ErrorData* error = CopyErrorData();
    FlushErrorState();
    const bool is_of_event =
        event_no > 0 && ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_DATA_EXCEPTION;
    if (is_of_event) {
        error->message = psprintf("event %u: %s", event_no, error->message);
        error->detail = psprintf("%s%snothing was done",
                                 error->detail == nullptr ? "" : error->detail,
                                 error->detail == nullptr ? "" : "; ");
    }
    ReThrowError(error);
    pg_unreachable();
}

TextArgument event_text(const JsonbValue& value) {
    if (value.type == jbvNull) {
        return {0, false, {}};
    }
    if (value.type != jbvString) {
        raise_event("a name is not a string", "quote ids, names and keys");
    }
    return text_of(text_datum(view_of(value)), false);
}

JsonArgument event_json(const JsonbValue& value) {
    if (value.type == jbvNull) {
        return {nullptr, false};
    }
    JsonbValue copy = value;
    return {JsonbValueToJsonb(&copy), true};
}

// A number may be a JSON number or a decimal string.
Datum event_number(const JsonbValue& value) {
    if (value.type == jbvNumeric) {
        return NumericGetDatum(value.val.numeric);
    }
    std::optional<core::Decimal> number;
    if (value.type == jbvString) {
        const std::string_view said = view_of(value);
        number = compute_or_raise([&] { return core::parse_decimal(said); });
    }
    if (!number) {
        raise_event("something else stands where a number belongs",
                    "give a number or a decimal string");
    }
    return numeric_datum(*number);
}

std::int64_t event_hold_no(const JsonbValue& value) {
    const DecodedNumeric number = decode_numeric(event_number(value));
    const bool fits = number.fault == NumericFault::none && number.value.scale == 0 &&
                      number.value.coefficient > 0 &&
                      number.value.coefficient <= std::numeric_limits<std::int64_t>::max();
    if (!fits) {
        raise_event("hold_no is no number of a hold", "give what authorize answered");
    }
    return static_cast<std::int64_t>(number.value.coefficient);
}

core::Instant event_instant(const JsonbValue& value) {
    const TextArgument said = event_text(value);
    const char* moment = text_to_cstring(DatumGetTextPP(said.datum));
    const Datum parsed = DirectFunctionCall3(
        timestamptz_in, CStringGetDatum(moment), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
    return checked_instant(DatumGetTimestampTz(parsed), "occurred_at");
}

// read_member fills one argument of an event; false for a name that no argument has.
bool read_member(Event& event, std::string_view name, const JsonbValue& value) {
    CallArguments& arguments = event.arguments;
    const bool given = value.type != jbvNull;
    if (name == "account_id") {
        arguments.account_id = event_text(value);
    } else if (name == "amount") {
        if (given) {
            arguments.amount = checked_amount(event_number(value), "amount");
        }
    } else if (name == "action") {
        arguments.action = event_text(value);
    } else if (name == "provider") {
        arguments.provider = event_text(value);
    } else if (name == "model") {
        arguments.model = event_text(value);
    } else if (name == "usage") {
        arguments.usage = event_json(value);
    } else if (name == "member_id") {
        arguments.member_id = event_text(value);
    } else if (name == "idempotency_key") {
        arguments.key = event_text(value);
    } else if (name == "metadata") {
        arguments.metadata = event_json(value);
    } else if (name == "occurred_at") {
        if (given) {
            arguments.occurred_at = event_instant(value);
        }
    } else if (name == "hold_no") {
        if (given) {
            arguments.hold_no = event_hold_no(value);
        }
    } else {
        return false;
    }
    return true;
}

bool belongs_to(std::string_view name, bool is_settle) {
    if (is_settle) {
        return name != "action" && name != "provider" && name != "model" && name != "member_id" &&
               name != "occurred_at";
    }
    return name != "hold_no";
}

void check_event(const Event& event, bool is_settle) {
    if (!event.arguments.account_id.given) {
        raise_event("no account is named", "every event needs account_id");
    }
    if (is_settle && event.arguments.hold_no == 0) {
        raise_event("no hold is named", "every event needs hold_no");
    }
    check_call_arguments(event.arguments);
}

core::List<Event> read_events(Jsonb* events, bool is_settle, volatile std::uint32_t& at_hand) {
    if (!JB_ROOT_IS_ARRAY(events) || JB_ROOT_IS_SCALAR(events)) {
        raise_invalid("events must be an array of argument objects",
                      "argument events",
                      "for example [{\"account_id\": \"a\", \"amount\": 3}]");
    }
    if (JB_ROOT_COUNT(events) > events_max) {
        raise_invalid("there are too many events in one call",
                      "argument events holds more than 100000",
                      "split the batch");
    }
    RaisingArena arena;
    core::List<Event> list;
    std::uint32_t event_no = 0;
    JsonbIterator* iterator = JsonbIteratorInit(&events->root);
    JsonbValue value;
    JsonbIteratorNext(&iterator, &value, false);
    JsonbIteratorToken token = JsonbIteratorNext(&iterator, &value, false);
    while (token != WJB_END_ARRAY) {
        Event event = {};
        event.event_no = ++event_no;
        at_hand = event_no;
        if (token != WJB_BEGIN_OBJECT) {
            raise_event("it is not an object", "give the arguments by name");
        }
        while (JsonbIteratorNext(&iterator, &value, true) == WJB_KEY) {
            const std::string_view name = view_of(value);
            JsonbIteratorNext(&iterator, &value, true);
            if (!belongs_to(name, is_settle) || !read_member(event, name, value)) {
                raise_event(psprintf("there is no argument \"%s\"", shortened(name)),
                            "use the argument names of the single call");
            }
        }
        check_event(event, is_settle);
        list.push_back(arena, event);
        token = JsonbIteratorNext(&iterator, &value, false);
    }
    at_hand = 0;
    return list;
}

// Sorts by account, in each the order given, and marks keys that an account uses again.
void order_events(core::List<Event>& events) {
    std::sort(events.begin(), events.end(), [](const Event& left, const Event& right) {
        const int order = left.arguments.account_id.view.compare(right.arguments.account_id.view);
        return order != 0 ? order < 0 : left.event_no < right.event_no;
    });
    auto** keyed = make_array<Event*>(events.size() + 1);
    std::uint32_t count = 0;
    for (Event& event : events) {
        if (event.arguments.key.given) {
            keyed[count++] = &event;
        }
    }
    const auto by_key = [](const Event* left, const Event* right) {
        const int account =
            left->arguments.account_id.view.compare(right->arguments.account_id.view);
        if (account != 0) {
            return account < 0;
        }
        const int key = left->arguments.key.view.compare(right->arguments.key.view);
        return key != 0 ? key < 0 : left->event_no < right->event_no;
    };
    std::sort(keyed, keyed + count, by_key);
    for (std::uint32_t at = 1; at < count; ++at) {
        const CallArguments& before = keyed[at - 1]->arguments;
        const CallArguments& after = keyed[at]->arguments;
        keyed[at]->repeats_key =
            before.account_id.view == after.account_id.view && before.key.view == after.key.view;
    }
}

// Stretch of events of one account, and what came of them.
struct Stretch {
    std::uint32_t from{};
    std::uint32_t until{};
    bool changed{};  // a call went through, or a refusal was noted
    bool is_clean{}; // and so did all others
};

// Batch is what all stretches of one call share. at_hand: the number of the event that an error
// would be about, 0 for none; volatile, for it is read after a jump.
struct Batch {
    CallVerb verb{};
    Work work{};
    core::List<Event> events{};
    EventResult* results{};
    volatile std::uint32_t& at_hand;
};

// run_stretch does the events of one account; it ends early where an event repeats a key that is
// not written yet.
void run_stretch(Session& session, Batch& batch, Stretch& stretch) {
    core::List<Event>& events = batch.events;
    const TextArgument& account_id = events[stretch.from].arguments.account_id;
    const bool exists = find_account(session, account_id.datum);
    stretch.changed = false;
    stretch.is_clean = true;
    std::uint32_t at = stretch.from;
    for (; at < events.size() && events[at].arguments.account_id.view == account_id.view; ++at) {
        if (at > stretch.from && events[at].repeats_key) {
            break;
        }
        EventResult& result = batch.results[events[at].event_no - 1];
        if (!exists) {
            result.refused = true;
            result.refusal = account_not_found(session.account_id);
            continue;
        }
        batch.at_hand = events[at].event_no;
        const Answer answer = batch.verb(session, events[at].arguments);
        batch.at_hand = 0;
        result.refused = answer.refused;
        result.refusal = answer.refusal;
        result.receipt = answer.result;
        const bool went_through = !answer.refused && !answer.replayed;
        stretch.changed = stretch.changed || went_through || answer.is_noted;
        stretch.is_clean = stretch.is_clean && went_through;
    }
    stretch.until = at;
}

// run_account does events of one account and writes them; it returns where it stopped.
std::uint32_t run_account(Batch& batch, std::uint32_t from) {
    Session session = {};
    session.work = &batch.work;
    session.is_tentative = true;
    Stretch stretch = {};
    stretch.from = from;
    run_stretch(session, batch, stretch);
    if (session.is_tentative) {
        if (stretch.is_clean && finish_if_unchanged(session)) {
            return stretch.until;
        }
        begin_again(session);
        run_stretch(session, batch, stretch);
    }
    if (stretch.changed) {
        finish_session(session);
    } else {
        abandon_session(session);
    }
    return stretch.until;
}

void put_result(const ReturnSetInfo* info, std::uint32_t event_no, const EventResult& result) {
    enum : int { number, outcome, http_status, message, receipt, count };

    const core::OutcomeFacts& facts =
        core::facts_of(result.refused ? result.refusal.outcome : core::Outcome::ok);
    Datum values[count] = {};
    bool nulls[count] = {};
    values[number] = Int32GetDatum(static_cast<std::int32_t>(event_no));
    values[outcome] = text_datum(facts.name);
    values[http_status] = Int32GetDatum(facts.http_status);
    values[message] = result.refused ? CStringGetTextDatum(result.refusal.message) : 0;
    nulls[message] = !result.refused;
    values[receipt] = result.receipt;
    nulls[receipt] = result.refused;
    tuplestore_putvalues(info->setResult, info->setDesc, values, nulls);
}

void run_batch(FunctionCallInfo call, CallVerb verb, volatile std::uint32_t& at_hand) {
    InitMaterializedSRF(call, MAT_SRF_USE_EXPECTED_DESC);
    Batch batch = {verb, {}, {}, nullptr, at_hand};
    start_work(batch.work, true);
    require_given(call, 0, "events");
    batch.events =
        read_events(DatumGetJsonbP(call->args[0].value), verb == settle_in, batch.at_hand);
    order_events(batch.events);
    batch.results = make_array<EventResult>(batch.events.size() + 1);
    for (std::uint32_t at = 0; at < batch.events.size();) {
        at = run_account(batch, at);
    }
    close_work(batch.work);
    for (std::uint32_t at = 0; at < batch.events.size(); ++at) {
        put_result(reinterpret_cast<ReturnSetInfo*>(call->resultinfo), at + 1, batch.results[at]);
    }
}

} // namespace

Datum call_many(FunctionCallInfo call, CallVerb verb) {
    volatile std::uint32_t at_hand = 0;
    MemoryContext caller = CurrentMemoryContext;
    PG_TRY();
    { run_batch(call, verb, at_hand); }
    PG_CATCH();
    { raise_again(at_hand, caller); }
    PG_END_TRY();
    return 0;
}

} // namespace credits::pg
