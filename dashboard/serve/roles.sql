-- The roles of the demo: who signs in at PostgREST for everybody, who looks, who may stop the platform.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SELECT format('CREATE ROLE %I %s', name, kind)
FROM (VALUES ('dashboard_web', 'LOGIN NOINHERIT'), ('dashboard_nobody', 'NOLOGIN'), ('dashboard_analyst', 'NOLOGIN'), ('dashboard_admin', 'NOLOGIN')) r(name, kind)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
GRANT dashboard_nobody, dashboard_analyst, dashboard_admin TO dashboard_web;
SELECT credits.grant_access('dashboard_analyst', 'analyst'), credits.grant_access('dashboard_admin', 'admin') \g /dev/null
-- Compiling a query takes longer than these views do.
ALTER ROLE dashboard_web SET jit = off;
