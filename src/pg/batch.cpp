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

[[noreturn]] void raise_event(std::uint32_t event_no, const char* problem, const char* hint) {
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
             errmsg("event %u %s", event_no, problem),
             errdetail("events[%u], nothing was done", event_no - 1),
             errhint("%s", hint)));
    pg_unreachable();
}

// The checks and verbs that all calls share know nothing of events; their errors name it by this.
void add_event_context(void* event_no) {
    errcontext("event %u", *static_cast<const std::uint32_t*>(event_no));
}

class EventContext {
  public:
    explicit EventContext(std::uint32_t* event_no)
        : callback_{error_context_stack, add_event_context, event_no} {}

    void begin() { error_context_stack = &callback_; }

    void end() const { error_context_stack = callback_.previous; }

  private:
    ErrorContextCallback callback_;
};

TextArgument event_text(std::uint32_t event_no, const JsonbValue& value) {
    if (value.type == jbvNull) {
        return {0, false, {}};
    }
    if (value.type != jbvString) {
        raise_event(event_no, "has a name that is not a string", "quote ids, names and keys");
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
Datum event_number(std::uint32_t event_no, const JsonbValue& value) {
    if (value.type == jbvNumeric) {
        return NumericGetDatum(value.val.numeric);
    }
    std::optional<core::Decimal> number;
    if (value.type == jbvString) {
        const std::string_view said = view_of(value);
        number = compute_or_raise([&] { return core::parse_decimal(said); });
    }
    if (!number) {
        raise_event(event_no,
                    "has something else where a number belongs",
                    "give a number or a decimal string");
    }
    return numeric_datum(*number);
}

std::int64_t event_hold_no(std::uint32_t event_no, const JsonbValue& value) {
    const DecodedNumeric number = decode_numeric(event_number(event_no, value));
    const bool fits = number.fault == NumericFault::none && number.value.scale == 0 &&
                      number.value.coefficient > 0 &&
                      number.value.coefficient <= std::numeric_limits<std::int64_t>::max();
    if (!fits) {
        raise_event(
            event_no, "has a hold_no that is no number of a hold", "give what authorize answered");
    }
    return static_cast<std::int64_t>(number.value.coefficient);
}

core::Instant event_instant(std::uint32_t event_no, const JsonbValue& value) {
    const TextArgument said = event_text(event_no, value);
    const char* moment = text_to_cstring(DatumGetTextPP(said.datum));
    const Datum parsed = DirectFunctionCall3(
        timestamptz_in, CStringGetDatum(moment), ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
    return checked_instant(DatumGetTimestampTz(parsed), "occurred_at");
}

// read_member fills one argument of an event; false for a name that no argument has.
bool read_member(Event& event, std::string_view name, const JsonbValue& value) {
    CallArguments& arguments = event.arguments;
    const std::uint32_t event_no = event.event_no;
    const bool given = value.type != jbvNull;
    if (name == "account_id") {
        arguments.account_id = event_text(event_no, value);
    } else if (name == "amount") {
        if (given) {
            arguments.amount = checked_amount(event_number(event_no, value), "amount");
        }
    } else if (name == "action") {
        arguments.action = event_text(event_no, value);
    } else if (name == "provider") {
        arguments.provider = event_text(event_no, value);
    } else if (name == "model") {
        arguments.model = event_text(event_no, value);
    } else if (name == "usage") {
        arguments.usage = event_json(value);
    } else if (name == "member_id") {
        arguments.member_id = event_text(event_no, value);
    } else if (name == "idempotency_key") {
        arguments.key = event_text(event_no, value);
    } else if (name == "metadata") {
        arguments.metadata = event_json(value);
    } else if (name == "occurred_at") {
        if (given) {
            arguments.occurred_at = event_instant(event_no, value);
        }
    } else if (name == "hold_no") {
        if (given) {
            arguments.hold_no = event_hold_no(event_no, value);
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
        raise_event(event.event_no, "names no account", "every event needs account_id");
    }
    if (is_settle && event.arguments.hold_no == 0) {
        raise_event(event.event_no, "names no hold", "every event needs hold_no");
    }
    check_call_arguments(event.arguments);
}

core::List<Event> read_events(Jsonb* events, bool is_settle) {
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
    EventContext context(&event_no);
    context.begin();
    JsonbIterator* iterator = JsonbIteratorInit(&events->root);
    JsonbValue value;
    JsonbIteratorNext(&iterator, &value, false);
    JsonbIteratorToken token = JsonbIteratorNext(&iterator, &value, false);
    while (token != WJB_END_ARRAY) {
        Event event = {};
        event.event_no = ++event_no;
        if (token != WJB_BEGIN_OBJECT) {
            raise_event(event.event_no, "is not an object", "give the arguments by name");
        }
        while (JsonbIteratorNext(&iterator, &value, true) == WJB_KEY) {
            const std::string_view name = view_of(value);
            JsonbIteratorNext(&iterator, &value, true);
            if (!belongs_to(name, is_settle) || !read_member(event, name, value)) {
                raise_event(event.event_no,
                            psprintf("has an unknown argument \"%s\"", shortened(name)),
                            "use the argument names of the single call");
            }
        }
        check_event(event, is_settle);
        list.push_back(arena, event);
        token = JsonbIteratorNext(&iterator, &value, false);
    }
    context.end();
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
    bool changed{};  // a call went through
    bool is_clean{}; // and so did all others
};

// run_stretch does the events of one account; it ends early where an event repeats a key that is
// not written yet.
void run_stretch(Session& session,
                 core::List<Event>& events,
                 Stretch& stretch,
                 EventResult* results,
                 CallVerb verb) {
    const TextArgument& account_id = events[stretch.from].arguments.account_id;
    const bool exists = find_account(session, account_id.datum);
    stretch.changed = false;
    stretch.is_clean = true;
    std::uint32_t at = stretch.from;
    for (; at < events.size() && events[at].arguments.account_id.view == account_id.view; ++at) {
        if (at > stretch.from && events[at].repeats_key) {
            break;
        }
        EventResult& result = results[events[at].event_no - 1];
        if (!exists) {
            result.refused = true;
            result.refusal = account_not_found(session.account_id);
            continue;
        }
        EventContext context(&events[at].event_no);
        context.begin();
        const Answer answer = verb(session, events[at].arguments);
        context.end();
        result.refused = answer.refused;
        result.refusal = answer.refusal;
        result.receipt = answer.result;
        const bool went_through = !answer.refused && !answer.replayed;
        stretch.changed = stretch.changed || went_through;
        stretch.is_clean = stretch.is_clean && went_through;
    }
    stretch.until = at;
}

// run_account does events of one account and writes them; it returns where it stopped.
std::uint32_t run_account(Work& work,
                          core::List<Event>& events,
                          std::uint32_t from,
                          EventResult* results,
                          CallVerb verb) {
    Session session = {};
    session.work = &work;
    session.is_tentative = true;
    Stretch stretch = {};
    stretch.from = from;
    run_stretch(session, events, stretch, results, verb);
    if (session.is_tentative) {
        if (stretch.is_clean && finish_if_unchanged(session)) {
            return stretch.until;
        }
        begin_again(session);
        run_stretch(session, events, stretch, results, verb);
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

} // namespace

Datum call_many(FunctionCallInfo call, CallVerb verb) {
    InitMaterializedSRF(call, MAT_SRF_USE_EXPECTED_DESC);
    Work work;
    start_work(work, true);
    require_given(call, 0, "events");
    core::List<Event> events = read_events(DatumGetJsonbP(call->args[0].value), verb == settle_in);
    order_events(events);
    auto* results = make_array<EventResult>(events.size() + 1);
    for (std::uint32_t at = 0; at < events.size();) {
        at = run_account(work, events, at, results, verb);
    }
    close_work(work);
    for (std::uint32_t at = 0; at < events.size(); ++at) {
        put_result(reinterpret_cast<ReturnSetInfo*>(call->resultinfo), at + 1, results[at]);
    }
    return 0;
}

} // namespace credits::pg
