// What all verbs share: beginning, keys, refusing, ending.
#include "pg/verbs.hpp"

#include "pg/catalogue.hpp"
#include "pg/rows.hpp"

namespace credits::pg {

namespace {

Answer replayed_entry(const Session& session, const KeyFinding& finding) {
    StoredRow row;
    if (!find_entry(session.account_id, finding.result_no, finding.created_at, row)) {
        return refused(not_found(core::Outcome::entry_not_found, "entry", finding.result_no));
    }
    Answer answer = {};
    answer.result = receipt_of_row(row, session.account.unit.scale, true);
    answer.replayed = true;
    return answer;
}

} // namespace

Answer refused(const Session& session, const core::Verdict& verdict, const char* differs) {
    Answer answer = {};
    answer.refused = true;
    if (session.is_tentative) {
        return answer; // asked again with the lock, and then put into words
    }
    answer.refusal = refusal_of(session, verdict, differs);
    answer.verdict = verdict;
    return answer;
}

Answer refused(const Refusal& refusal) {
    Answer answer = {};
    answer.refused = true;
    answer.refusal = refusal;
    return answer;
}

bool answer_from_key(Session& session,
                     const TextArgument& key,
                     const Fingerprint& fingerprint,
                     Answer& answer) {
    if (!key.given) {
        return false;
    }
    const KeyFinding finding =
        look_up_key(*session.work, session.account_id, key, fingerprint, session.account.now);
    switch (finding.state) {
    case KeyState::conflict:
        answer = refused(
            session, core::refuse(core::Outcome::idempotency_conflict), pstrdup(finding.differs));
        return true;
    case KeyState::replay:
        answer = fingerprint.verb == Verb::authorize ? replayed_hold(session, finding.result_no)
                                                     : replayed_entry(session, finding);
        return true;
    case KeyState::unused:
        break;
    }
    session.pending_key = finding.use;
    return false;
}

void note_result(Session& session, const TextArgument& key, std::int64_t result_no) {
    if (key.given) {
        RaisingArena arena;
        session.pending_key.result_no = result_no;
        session.keys.push_back(arena, session.pending_key);
    }
}

void open_session(Session& session, Datum account_id) {
    if (!find_account(session, account_id)) {
        raise_refusal(account_not_found(account_id));
    }
}

Answer answer_call(Session& session, const CallArguments& arguments, CallVerb verb) {
    constexpr int tentative_attempts = 4; // then with the lock, so that it comes to an end
    for (int attempt = 1;; ++attempt) {
        Answer answer = verb(session, arguments);
        if (!session.is_tentative) {
            return answer;
        }
        const bool is_written = answer.refused ? answer.is_noted : !answer.replayed;
        session.is_refusal = answer.refused;
        if (is_written && finish_if_unchanged(session)) {
            answer.written = true;
            return answer;
        }
        begin_again(session);
        session.is_tentative = is_written && attempt < tentative_attempts;
        open_session(session, arguments.account_id.datum);
    }
}

Datum conclude(Session& session, const Answer& answer) {
    if (answer.written) {
        return answer.result;
    }
    if (answer.refused) {
        raise_refusal(answer.refusal);
    }
    if (answer.replayed) {
        abandon_session(session);
    } else {
        finish_session(session);
    }
    return answer.result;
}

} // namespace credits::pg
