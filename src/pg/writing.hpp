// Writing back what a call changed.
#pragma once

#include "pg/session.hpp"

namespace credits::pg {

// write_changes writes wallet, lots, holds, ledger entries and keys of a session. False, with
// nothing written, where the session is tentative and the wallet has changed since.
[[nodiscard]] bool write_changes(Session& session);

} // namespace credits::pg
