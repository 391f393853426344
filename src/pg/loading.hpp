// Loading the rest of an account, where the wallet row alone does not decide.
#pragma once

#include "pg/session.hpp"

namespace credits::pg {

// raise_no_facts: the row of credits.account is gone.
[[noreturn]] void raise_no_facts();

void load_facts(Session& session);
void load_lots(Session& session, const core::List<core::LotMove>* extra_lots);
void load_holds(Session& session);

} // namespace credits::pg
