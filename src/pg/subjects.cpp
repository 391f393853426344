// Rows of members and counters: found by key, decoded once, written where they changed.
#include "pg/subjects.hpp"

#include "pg/boundary.hpp"
#include "pg/rows.hpp"

namespace credits::pg {

namespace {

const char* scope_name(SubjectKind kind) {
    switch (kind) {
    case SubjectKind::team:
        return "team";
    case SubjectKind::provider:
        return "provider";
    case SubjectKind::model:
        return "model";
    case SubjectKind::action:
        return "action";
    case SubjectKind::included:
        return "included";
    case SubjectKind::account:
    case SubjectKind::member:
        break;
    }
    return "";
}

std::string_view stored_counters(Datum value, bool is_null) {
    if (is_null) {
        return {};
    }
    const bytea* bytes = DatumGetByteaPP(value);
    return {VARDATA_ANY(bytes), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(bytes))};
}

int counters_column(SubjectKind kind) {
    switch (kind) {
    case SubjectKind::account:
        return wallet_column::counters;
    case SubjectKind::member:
        return member_column::counters;
    default:
        return counter_column::counters;
    }
}

Table table_of(SubjectKind kind) {
    return kind == SubjectKind::member ? Table::member : Table::counter;
}

void find_subject(Session& session, Subject& subject) {
    if (subject.kind == SubjectKind::account) {
        subject.exists = true;
        return;
    }
    const bool is_member = subject.kind == SubjectKind::member;
    const Datum key[] = {session.account_id,
                         is_member ? subject.name.datum
                                   : CStringGetTextDatum(scope_name(subject.kind)),
                         subject.name.datum};
    subject.exists =
        find_row(*session.work, table_of(subject.kind), key, RowLock::none, subject.row);
    if (subject.exists) {
        return;
    }
    set(subject.row, 0, key[0]);
    set(subject.row, 1, key[1]);
    if (is_member) {
        set_null(subject.row, member_column::team);
        set_null(subject.row, member_column::quota);
        set_null(subject.row, member_column::counters);
    } else {
        set(subject.row, counter_column::name, key[2]);
        set_null(subject.row, counter_column::counters);
    }
}

StoredRow& row_of(Session& session, Subject& subject) {
    return subject.kind == SubjectKind::account ? session.wallet_row : subject.row;
}

void note_counters(Session& session, Subject& subject) {
    const core::WindowClock clock = core::window_clock(session.account);
    const std::string_view bytes = compute_or_raise([&] {
        return core::encode_counters(subject.counters, {&clock, session.account.now});
    });
    const bool may_be_null =
        subject.kind == SubjectKind::account || subject.kind == SubjectKind::member;
    set_optional(
        row_of(session, subject),
        counters_column(subject.kind),
        !bytes.empty() || !may_be_null,
        PointerGetDatum(cstring_to_text_with_len(bytes.data(), static_cast<int>(bytes.size()))));
}

} // namespace

Subject& subject_of(Session& session, SubjectKind kind, const TextArgument& name) {
    for (Subject* known : session.subjects) {
        if (known->kind == kind && known->name.view == name.view) {
            return *known;
        }
    }
    auto* subject = make_array<Subject>(1);
    subject->kind = kind;
    subject->name = name;
    find_subject(session, *subject);
    const StoredRow& row = row_of(session, *subject);
    const int column = counters_column(kind);
    const std::string_view bytes = stored_counters(row.values[column], row.nulls[column]);
    subject->counters =
        compute_or_raise([&] { return core::decode_counters(bytes, session.arena); });
    RaisingArena arena;
    session.subjects.push_back(arena, subject);
    return *subject;
}

void note_account_counters(Session& session) {
    for (Subject* subject : session.subjects) {
        if (subject->kind == SubjectKind::account && subject->counters.changed) {
            note_counters(session, *subject);
        }
    }
}

void write_subjects(Session& session) {
    for (Subject* subject : session.subjects) {
        const bool changed = subject->counters.changed || subject->is_set;
        if (subject->kind == SubjectKind::account || !changed) {
            continue;
        }
        note_counters(session, *subject);
        if (subject->exists) {
            static_cast<void>(update_row(*session.work, table_of(subject->kind), subject->row));
        } else {
            insert_row(*session.work, table_of(subject->kind), subject->row);
            subject->exists = true;
        }
    }
}

} // namespace credits::pg
