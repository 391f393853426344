-- Which role was given which rights, so that migrate() can give it those of new functions and tables, and
-- which account a customer's role is.

CREATE TABLE credits.access (
    role_name  text COLLATE "C" PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('app', 'analyst', 'customer', 'admin')),
    account_id text COLLATE "C" CHECK (account_id IS NULL OR kind = 'customer'),
    granted_at timestamptz NOT NULL,
    granted_by text NOT NULL
);
COMMENT ON TABLE credits.access IS 'Roles that grant_access() was called for. A role that is none of these has the rights that somebody granted it by hand.';
COMMENT ON COLUMN credits.access.role_name IS 'database role';
COMMENT ON COLUMN credits.access.kind IS 'app, analyst, customer or admin';
COMMENT ON COLUMN credits.access.account_id IS 'account that the role is, where no trusted claim names another; null: none';
COMMENT ON COLUMN credits.access.granted_by IS 'database role that called';
