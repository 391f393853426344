// Rows of credits.consent as values and back.
#pragma once

#include "pg/session.hpp"

namespace credits::pg {

// load_consents reads all that the account ever gave, each with what it earns by the catalogue.
void load_consents(Session& session);

void write_consents(const Session& session);

} // namespace credits::pg
