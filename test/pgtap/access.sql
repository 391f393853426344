-- Rights by kind of role: each kind tries what it may and what it must not, with its own account, others', the ledger, secrets,
-- claims set by hand, and objects of its own in front of the server's. Then the catalogue: nothing is left open.
\ir helpers/attempts.sql
SELECT credits.configure('{"plans": {"pro": {"price": "10", "interval": "1 month", "credits": 100, "next_plan": "max"}, "max": {"price": "50", "interval": "1 month", "credits": 1000}},
    "actions": {"chat": {"credits": 1}}, "prices": [{"provider": "p", "model": "m", "metric": "input_tokens", "price": "0.001"}], "packs": {"small": {"price": "5", "credits": 50}},
    "limits": [{"name": "failures", "scope": "account", "metric": "failures", "window": "sliding 10 minutes", "limit": 2, "effect": "block:15 minutes"}, {"name": "size", "scope": "account", "metric": "credits", "window": "day", "limit": 1000, "effect": "deny"}],
    "stripe": {"webhook_secret": "whsec_access"}, "api": {"authenticators": ["access_test_web"]}}') IS NOT NULL AS configured \gset
SELECT count(credits.open_account(a, 'pro')) AS opened FROM unnest('{ann,bob}'::text[]) a \gset
SELECT count(credits.record_payment(a, 'subscription', 10, 'invoice')) AS paid FROM unnest('{ann,bob}'::text[]) a \gset
SELECT count(credits.deduct(a, provider => 'p', model => 'm', usage => '{"input_tokens": 10}')) AS called FROM unnest('{ann,bob,bob}'::text[]) a \gset
SELECT count(credits.authorize(a, 3, ttl => '1 hour')) AS held FROM unnest('{ann,bob}'::text[]) a \gset
SELECT count(credits.settle('bob', 1, amount => 500)) AS debt \gset

CREATE ROLE access_test_ann; CREATE ROLE access_test_shared; CREATE ROLE access_test_nobody; CREATE ROLE access_test_web;
CREATE ROLE access_test_app; CREATE ROLE access_test_analyst; CREATE ROLE access_test_admin;
GRANT access_test_shared, access_test_app TO access_test_web;
SELECT no_plan();

-- grant_access() itself.
INSERT INTO public.attempt (says, role, command, expected) VALUES
    ('a role that is not there', CURRENT_USER, $$SELECT credits.grant_access('access_test_missing', 'app')$$, '42704 role "access_test_missing" does not exist'),
    ('a kind that is not there', CURRENT_USER, $$SELECT credits.grant_access('access_test_app', 'boss')$$, '22023 there is no kind of role "boss"'),
    ('no role', CURRENT_USER, $$SELECT credits.grant_access(NULL, 'app')$$, '22004 role must not be null'),
    ('no kind', CURRENT_USER, $$SELECT credits.grant_access('access_test_app', NULL)$$, '22004 kind must not be null'),
    ('an application is no account', CURRENT_USER, $$SELECT credits.grant_access('access_test_app', 'app', 'ann')$$, '22023 a role of kind app is no account'),
    ('an account that is not there', CURRENT_USER, $$SELECT credits.grant_access('access_test_ann', 'customer', 'zoe')$$, 'PT404 there is no account "zoe"'),
    ('a superuser is no customer', CURRENT_USER, format('SELECT credits.grant_access(%L, ''customer'')', CURRENT_USER), '22023 role'),
    ('ann', CURRENT_USER, $$SELECT credits.grant_access('access_test_ann', 'customer', 'ann')$$, ''),
    ('customers of a web site', CURRENT_USER, $$SELECT credits.grant_access('access_test_shared', 'customer')$$, ''),
    ('one that was everything before', CURRENT_USER, $$SELECT credits.grant_access('access_test_app', 'admin')$$, ''),
    ('is an application now', CURRENT_USER, $$SELECT credits.grant_access('access_test_app', 'app')$$, ''),
    ('an analyst', CURRENT_USER, $$SELECT credits.grant_access('access_test_analyst', 'analyst')$$, ''),
    ('an administrator', CURRENT_USER, $$SELECT credits.grant_access('access_test_admin', 'admin')$$, ''),
    ('administrators grant nothing', 'access_test_admin', $$SELECT credits.grant_access('access_test_nobody', 'admin')$$, '42501 permission denied for function grant_access'),
    ('nor customers', 'access_test_ann', $$SELECT credits.grant_access('access_test_ann', 'admin')$$, '42501 permission denied for function grant_access');
SELECT public.attempts();

CREATE FUNCTION public.rights() RETURNS text LANGUAGE sql AS $$
    SELECT md5(string_agg(r.acl, ' ' ORDER BY r.acl)) FROM (
        SELECT p.oid::regprocedure || a.item FROM pg_proc p, unnest(p.proacl::text[]) a(item) WHERE p.pronamespace IN ('credits'::regnamespace, 'credits_api'::regnamespace)
        UNION ALL SELECT c.oid::regclass || a.item FROM pg_class c, unnest(c.relacl::text[]) a(item) WHERE c.relnamespace = 'credits'::regnamespace
        UNION ALL SELECT n.nspname || a.item FROM pg_namespace n, unnest(n.nspacl::text[]) a(item) WHERE n.nspname LIKE 'credits%'
        UNION ALL SELECT p.polrelid::regclass::text || p.polname || ARRAY(SELECT pg_get_userbyid(m) FROM unnest(p.polroles) m ORDER BY 1)::text FROM pg_policy p) r(acl)
$$;
SELECT public.rights() AS before \gset
SELECT count(credits.grant_access(a.role_name::name, a.kind, a.account_id)) AS again FROM (TABLE credits.access) a \gset
SELECT is(public.rights(), :'before', 'the same again changes nothing');
SELECT credits.migrate() AS migrated \gset
SELECT is(public.rights(), :'before', 'nor does migrate()');

-- A customer that is a database role.
INSERT INTO public.attempt (says, role, command, expected) VALUES
    ('ann is ann', 'access_test_ann', 'SELECT credits.current_account()', 'ann'),
    ('her balance', 'access_test_ann', $$SELECT credits_api.balance() -> 'data' ->> 'remainingCredits'$$, '99'),
    ('her usage', 'access_test_ann', $$SELECT credits_api.usage() #>> '{data,totalCost}'$$, '0.01'),
    ('her history', 'access_test_ann', $$SELECT jsonb_array_length(credits_api.history() -> 'data')$$, '2'),
    ('her entries', 'access_test_ann', $$SELECT array_agg(DISTINCT account_id) FROM credits.ledger$$, '{ann}'),
    ('none of bob''s', 'access_test_ann', $$SELECT count(*) FROM credits.ledger WHERE account_id = 'bob'$$, '0'),
    ('her hold', 'access_test_ann', $$SELECT array_agg(DISTINCT account_id) FROM credits.open_holds$$, '{ann}'),
    ('her balance, as a row', 'access_test_ann', $$SELECT string_agg(account_id || ' ' || balance, ' ') FROM credits.balances$$, 'ann 99'),
    ('her account', 'access_test_ann', $$SELECT array_agg(account_id) FROM credits.accounts$$, '{ann}'),
    ('her level, as of now', 'access_test_ann', $$SELECT string_agg(account_id || ' ' || level, ' ') FROM credits.restriction_states$$, 'ann normal'),
    ('bob''s debt is his', 'access_test_ann', $$SELECT count(*) FROM credits.restriction_events$$, '0'),
    ('not by the function of the view', 'access_test_ann', $$SELECT balance FROM credits.visible_balance('bob')$$, '42501 this account is not the caller'),
    ('nor of nobody', 'access_test_ann', $$SELECT balance FROM credits.visible_balance(NULL)$$, '22004'),
    ('nor by reads', 'access_test_ann', $$SELECT balance FROM credits.balance('ann')$$, '42501 permission denied for function balance'),
    ('nor by history', 'access_test_ann', $$SELECT count(*) FROM credits.history('bob')$$, '42501 permission denied for function history'),
    ('nor by what answers are made of', 'access_test_ann', $$SELECT credits.period_usage('bob')$$, '42501 permission denied for function period_usage'),
    ('nor by a claim of her own making', 'access_test_ann', $$SELECT set_config('request.jwt.claims', '{"account_id": "bob"}', true), credits.current_account()$$, '{"account_id": "bob"}'),
    ('a condition of hers sees no row of bob''s', 'access_test_ann', $$SELECT count(*) FROM credits.ledger WHERE public.spy(account_id)$$, '2'),
    ('no calls', 'access_test_ann', $$SELECT credits.deduct('ann', 1)$$, '42501 permission denied for function deduct'),
    ('no grants', 'access_test_ann', $$SELECT credits.grant('ann', 1)$$, '42501 permission denied for function grant'),
    ('not over HTTP either', 'access_test_ann', $$SELECT credits_api.authorize('bob', 1)$$, '42501 permission denied for function authorize'),
    ('no settling', 'access_test_ann', $$SELECT credits_api.settle('bob', 1)$$, '42501 permission denied for function settle'),
    ('no events', 'access_test_ann', $$SELECT credits_api.stripe_webhook('{}')$$, '42501 permission denied for function stripe_webhook'),
    ('no insert', 'access_test_ann', $$INSERT INTO credits.ledger SELECT * FROM credits.ledger$$, '42501 permission denied for table ledger'),
    ('no update', 'access_test_ann', $$UPDATE credits.wallet SET balance = 1000$$, '42501 permission denied for table wallet'),
    ('no delete', 'access_test_ann', $$DELETE FROM credits.ledger$$, '42501 permission denied for table ledger'),
    ('no truncate', 'access_test_ann', $$TRUNCATE credits.ledger$$, '42501 permission denied for table ledger'),
    ('no secrets', 'access_test_ann', $$SELECT * FROM credits.secret$$, '42501 permission denied for table secret'),
    ('no settings', 'access_test_ann', $$SELECT * FROM credits.setting$$, '42501 permission denied for table setting'),
    ('no table of who is who', 'access_test_ann', $$SELECT * FROM credits.access$$, '42501 permission denied for table access'),
    ('no books', 'access_test_ann', $$SELECT * FROM credits.revenue$$, '42501 permission denied for view revenue'),
    ('no statistics of others', 'access_test_ann', $$SELECT count(*) FROM pg_stats WHERE schemaname = 'credits' AND tablename IN ('wallet', 'ledger') AND attname = 'account_id'$$, '0');
CREATE FUNCTION public.spy(account text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$
BEGIN
    IF account <> 'ann' THEN
        RAISE EXCEPTION 'seen: %', account;
    END IF;
    RETURN true;
END $$;
ANALYZE credits.wallet, credits.ledger;
SELECT public.attempts();

-- Claims, and who may make them.
INSERT INTO public.attempt (says, login, role, claims, command, expected) VALUES
    ('a claim of the web site', 'access_test_web', 'access_test_shared', '{"role": "access_test_shared", "account_id": "bob"}', 'SELECT credits.current_account()', 'bob'),
    ('shows bob''s balance', 'access_test_web', 'access_test_shared', '{"account_id": "bob"}', $$SELECT credits_api.balance() #>> '{data,remainingCredits}'$$, '-402'),
    ('and his entries', 'access_test_web', 'access_test_shared', '{"account_id": "bob"}', 'SELECT array_agg(DISTINCT account_id) FROM credits.ledger', '{bob}'),
    ('a number is a name too', 'access_test_web', 'access_test_shared', '{"account_id": 7}', 'SELECT credits.current_account()', '7'),
    ('an account that is not there', 'access_test_web', 'access_test_shared', '{"account_id": "zoe"}', 'SELECT credits_api.balance()', 'PT404 there is no account "zoe"'),
    ('no claim of an account', 'access_test_web', 'access_test_shared', '{"role": "access_test_shared"}', 'SELECT credits_api.balance()', 'PT401 nobody is signed in'),
    ('an empty one', 'access_test_web', 'access_test_shared', '{"account_id": ""}', 'SELECT credits.current_account()', 'null'),
    ('null', 'access_test_web', 'access_test_shared', '{"account_id": null}', 'SELECT credits.current_account()', 'null'),
    ('no claims', 'access_test_web', 'access_test_shared', NULL, 'SELECT credits.current_account()', 'null'),
    ('nobody sees no entry', 'access_test_web', 'access_test_shared', NULL, 'SELECT count(*) FROM credits.ledger', '0'),
    ('nor a level', 'access_test_web', 'access_test_shared', NULL, 'SELECT count(*) FROM credits.restriction_states', '0'),
    ('claims that are no JSON', 'access_test_web', 'access_test_shared', 'bob', 'SELECT count(*) FROM credits.ledger', '22P02'),
    ('a claim made by hand', 'access_test_shared', 'access_test_shared', '{"account_id": "bob"}', 'SELECT credits.current_account()', 'null'),
    ('shows nothing', 'access_test_shared', 'access_test_shared', '{"account_id": "bob"}', 'SELECT count(*) FROM credits.ledger', '0'),
    ('nor an answer', 'access_test_shared', 'access_test_shared', '{"account_id": "bob"}', 'SELECT credits_api.usage()', 'PT401 nobody is signed in'),
    ('a claim made by ann', 'access_test_ann', 'access_test_ann', '{"account_id": "bob"}', 'SELECT credits.current_account()', 'ann'),
    ('is worth nothing', 'access_test_ann', 'access_test_ann', '{"account_id": "bob"}', 'SELECT array_agg(DISTINCT account_id) FROM credits.ledger', '{ann}'),
    ('who has no rights', 'access_test_nobody', 'access_test_nobody', '{"account_id": "bob"}', 'SELECT credits_api.balance()', '42501 permission denied for schema credits_api');
INSERT INTO public.attempt (says, login, role, claims, command, expected)
SELECT 'nobody: ' || f.call, 'access_test_web', 'access_test_shared', '{}', 'SELECT credits_api.' || f.call, 'PT401 nobody is signed in'
FROM unnest('{balance(),usage(),tiers(),tier_details(''pro''),current_tier(),upgrade(''max''),overage(),recommendations(),estimate(''chat''),history(),packs()}'::text[]) f(call);
SELECT public.attempts();
SELECT credits.configure('{"api": {"account_claim": "https://example.com/account"}}') IS NOT NULL AS configured \gset
INSERT INTO public.attempt (says, login, role, claims, command, expected) VALUES
    ('a claim of another name', 'access_test_web', 'access_test_shared', '{"account_id": "ann", "https://example.com/account": "bob"}', 'SELECT credits.current_account()', 'bob');
SELECT public.attempts();
SELECT credits.configure('{"api": {"authenticators": [], "account_claim": "account_id"}}') IS NOT NULL AS configured \gset
INSERT INTO public.attempt (says, login, role, claims, command, expected) VALUES
    ('no authenticator any more', 'access_test_web', 'access_test_shared', '{"account_id": "bob"}', 'SELECT credits.current_account()', 'null');
SELECT public.attempts();

-- Applications, analysts, administrators.
INSERT INTO public.attempt (says, role, command, expected) VALUES
    ('an application calls for any account', 'access_test_app', $$SELECT concat_ws(' ', a.balance, b.balance) FROM credits.balance('ann') a, credits.balance('bob') b$$, '99 -402'),
    ('it charges', 'access_test_app', $$SELECT (credits.deduct('ann', 1)).amount$$, '-1'),
    ('as itself', CURRENT_USER, $$SELECT role_name FROM credits.history('ann') ORDER BY entry_no DESC LIMIT 1$$, 'access_test_app'),
    ('and over HTTP', 'access_test_app', $$SELECT credits_api.authorize('ann', 2) ->> 'holdNo'$$, '2'),
    ('as itself too', 'access_test_app', $$SELECT (credits_api.settle('ann', 2)) #>> '{credits,remaining}'$$, '96'),
    ('the books say so', CURRENT_USER, $$SELECT role_name FROM credits.history('ann') ORDER BY entry_no DESC LIMIT 1$$, 'access_test_app'),
    ('it reads no table', 'access_test_app', 'SELECT * FROM credits.wallet', '42501 permission denied for table wallet'),
    ('no view', 'access_test_app', 'SELECT * FROM credits.overages', '42501 permission denied for view overages'),
    ('pauses nothing', 'access_test_app', $$SELECT credits.pause('why')$$, '42501 permission denied for function pause'),
    ('configures nothing', 'access_test_app', $$SELECT credits.configure('{}')$$, '42501 permission denied for function configure'),
    ('reads no configuration', 'access_test_app', $$SELECT credits.export_config()$$, '42501 permission denied for function export_config'),
    ('posts no payment behind the books', 'access_test_app', $$SELECT credits.return_money('ann', 'x', 1, 0, 'y')$$, '42501 permission denied for function return_money'),
    ('sees no answers for customers', 'access_test_app', $$SELECT credits_api.balance()$$, '42501 permission denied for function balance'),
    ('changes no ledger', 'access_test_app', 'DELETE FROM credits.ledger', '42501 permission denied for table ledger'),

    ('an analyst sees all', 'access_test_analyst', 'SELECT array_agg(DISTINCT account_id ORDER BY account_id) FROM credits.ledger', '{ann,bob}'),
    ('by views', 'access_test_analyst', $$SELECT string_agg(account_id || ' ' || level, ' ' ORDER BY account_id) FROM credits.restriction_states$$, 'ann normal bob payment_required'),
    ('and functions that read', 'access_test_analyst', $$SELECT balance FROM credits.balance('bob')$$, '-402'),
    ('whether the books are right', 'access_test_analyst', 'SELECT count(*) FROM credits.verify()', '0'),
    ('but no secrets', 'access_test_analyst', 'SELECT * FROM credits.secret', '42501 permission denied for table secret'),
    ('nor in the configuration', 'access_test_analyst', $$SELECT credits.export_config()::text LIKE '%whsec_access%'$$, 'false'),
    ('an analyst charges nothing', 'access_test_analyst', $$SELECT credits.deduct('ann', 1)$$, '42501 permission denied for function deduct'),
    ('maintains nothing', 'access_test_analyst', $$SELECT credits.maintain()$$, '42501 permission denied for function maintain'),
    ('changes nothing', 'access_test_analyst', $$UPDATE credits.account SET metadata = '{}'$$, '42501 permission denied for table account'),

    ('an administrator configures', 'access_test_admin', $$SELECT credits.configure('{"idempotency_days": 31}') ->> 'changed'$$, '["idempotency_days"]'),
    ('pauses', 'access_test_admin', $$SELECT credits.pause('why')$$, ''),
    ('resumes', 'access_test_admin', $$SELECT credits.resume()$$, ''),
    ('maintains', 'access_test_admin', $$SELECT credits.maintain() IS NOT NULL$$, 'true'),
    ('erases', 'access_test_admin', $$SELECT credits.erase_metadata('ann') IS NOT NULL$$, 'true'),
    ('charges', 'access_test_admin', $$SELECT (credits.deduct('ann', 1)).balance$$, '95'),
    ('sees all', 'access_test_admin', 'SELECT count(DISTINCT account_id) FROM credits.ledger', '2'),
    ('but no secrets', 'access_test_admin', 'SELECT * FROM credits.secret', '42501 permission denied for table secret'),
    ('writes to no table', 'access_test_admin', 'UPDATE credits.wallet SET balance = 0', '42501 permission denied for table wallet'),
    ('nor the catalogue', 'access_test_admin', $$UPDATE credits.plan SET price = 0$$, '42501 permission denied for table plan'),
    ('nor the ledger', 'access_test_admin', 'TRUNCATE credits.ledger', '42501 permission denied for table ledger'),
    ('nor what calls are made of', 'access_test_admin', $$SELECT credits.post_payment('ann', 1, 'x', '{}', NULL, 1, 'x', 'paid', 1, NULL)$$, '42501 permission denied for function post_payment'),

    ('the owner changes no entry', CURRENT_USER, $$UPDATE credits.ledger SET amount = 0$$, '55000 the ledger is append-only'),
    ('deletes none', CURRENT_USER, $$DELETE FROM credits.ledger WHERE account_id = 'bob'$$, '55000 the ledger is append-only'),
    ('truncates nothing', CURRENT_USER, 'TRUNCATE credits.ledger', '55000 the ledger is append-only');
INSERT INTO public.attempt (says, role, command, expected)
SELECT format(v.says, p.relid::regclass), CURRENT_USER, format(v.command, p.relid::regclass), '55000 the ledger is append-only'
FROM (SELECT l.tableoid AS relid FROM credits.ledger l LIMIT 1) p, (VALUES ('not in %s itself: update', 'UPDATE %s SET amount = 0'), ('delete', 'DELETE FROM %s'), ('truncate', 'TRUNCATE %s')) v(says, command);
SELECT public.attempts();

-- A partition that somebody opens by hand is still kept apart, and one that comes later too.
SELECT l.tableoid::regclass AS part FROM credits.ledger l LIMIT 1 \gset
GRANT SELECT ON :part TO access_test_ann;
INSERT INTO public.attempt (says, role, command, expected) VALUES ('a partition by itself', 'access_test_ann', format('SELECT array_agg(DISTINCT account_id) FROM %s', :'part'), '{ann}');
SELECT public.attempts();
SELECT is(outcome, 'created', 'a partition is made') FROM credits.create_ledger_partitions('2099-01-01', 1);
SELECT policies_are('credits', 'ledger_2099_01', ARRAY['own_rows'], 'with its policy');

-- Objects of the customer's own in front of the server's and ours.
CREATE SCHEMA access_test_evil;
GRANT ALL ON SCHEMA access_test_evil TO access_test_ann;
GRANT TEMPORARY ON DATABASE :DBNAME TO access_test_ann;
CREATE FUNCTION public.hijacked() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    CREATE FUNCTION access_test_evil.yes(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
    CREATE FUNCTION access_test_evil.yes(jsonb, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
    CREATE OPERATOR access_test_evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = access_test_evil.yes);
    CREATE OPERATOR access_test_evil.? (LEFTARG = jsonb, RIGHTARG = text, FUNCTION = access_test_evil.yes);
    CREATE FUNCTION access_test_evil.current_setting(text, boolean) RETURNS text LANGUAGE sql AS $f$ SELECT '{"account_id": "bob"}' $f$;
    CREATE TEMPORARY TABLE access AS SELECT 'access_test_ann'::text AS role_name, 'customer'::text AS kind, 'bob'::text AS account_id;
    CREATE TEMPORARY TABLE setting AS SELECT 'api'::text AS key, '{"authenticators": ["access_test_ann"]}'::jsonb AS value;
    CREATE TEMPORARY TABLE wallet AS SELECT 'bob'::text AS account_id;
    SET LOCAL search_path = access_test_evil, pg_temp, credits, pg_catalog;
    RETURN concat_ws(' ', credits.current_account(), credits_api.balance() OPERATOR(pg_catalog.#>>) '{data,tier}', (SELECT pg_catalog.string_agg(DISTINCT l.account_id, ',') FROM credits.ledger l),
                     (SELECT pg_catalog.string_agg(s.account_id, ',') FROM credits.restriction_states s));
END $$;
INSERT INTO public.attempt (says, role, claims, command, expected) VALUES ('tables, functions and operators of ann''s own', 'access_test_ann', '{"account_id": "bob"}', 'SELECT public.hijacked()', 'ann pro ann ann');
SELECT public.attempts();

-- Every view can be read by whom it is for, with all that it stands on; a customer sees no other account in any of them.
INSERT INTO public.attempt (says, role, command, expected)
SELECT format('%s reads %s', r.role, c.oid::regclass), r.role, format('SELECT count(*) >= 0 FROM %s', c.oid::regclass), 'true'
FROM pg_class c, unnest('{access_test_analyst,access_test_admin,access_test_ann}'::text[]) r(role)
WHERE c.relnamespace = 'credits'::regnamespace AND c.relkind = 'v' AND has_table_privilege(r.role, c.oid, 'SELECT') ORDER BY 1;
INSERT INTO public.attempt (says, role, command, expected)
SELECT format('ann sees no other account in %s', c.oid::regclass), 'access_test_ann', format('SELECT count(*) FROM %s r WHERE r.account_id IS DISTINCT FROM ''ann''', c.oid::regclass), '0'
FROM pg_class c WHERE c.relnamespace = 'credits'::regnamespace AND c.relkind IN ('v', 'p', 'r') AND has_table_privilege('access_test_ann', c.oid, 'SELECT')
  AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'account_id') ORDER BY 1;
SELECT public.attempts();
SELECT is_empty($$SELECT c.oid::regclass FROM pg_class c WHERE c.relnamespace = 'credits'::regnamespace AND c.relkind = 'v' AND NOT has_table_privilege('access_test_analyst', c.oid, 'SELECT')$$, 'an analyst may read every view');

-- Who is bound and who is not does not mix.
GRANT access_test_analyst TO access_test_nobody;
INSERT INTO public.attempt (says, role, command, expected) VALUES
    ('a customer with an analyst''s rights', CURRENT_USER, $$SELECT credits.grant_access('access_test_nobody', 'customer', 'bob')$$, '22023 role "access_test_nobody" cannot be of kind customer');
SELECT public.attempts();
REVOKE access_test_analyst FROM access_test_nobody;
GRANT access_test_nobody TO access_test_ann;
INSERT INTO public.attempt (says, role, command, expected) VALUES
    ('an analyst whose rights a customer has', CURRENT_USER, $$SELECT credits.grant_access('access_test_nobody', 'analyst')$$, '22023 role "access_test_nobody" cannot be of kind analyst'),
    ('to another kind', CURRENT_USER, $$SELECT credits.grant_access('access_test_analyst', 'app')$$, ''),
    ('it sees nothing any more', 'access_test_analyst', 'SELECT * FROM credits.ledger', '42501 permission denied for table ledger'),
    ('no view either', 'access_test_analyst', 'SELECT * FROM credits.overages', '42501 permission denied for view overages'),
    ('and calls', 'access_test_analyst', $$SELECT (credits.deduct('ann', 1)).balance$$, '94'),
    ('revoked', CURRENT_USER, $$SELECT credits.revoke_access('access_test_analyst')$$, ''),
    ('nothing is left', 'access_test_analyst', $$SELECT credits.balance('ann')$$, '42501 permission denied for schema credits'),
    ('revoked again', CURRENT_USER, $$SELECT credits.revoke_access('access_test_analyst')$$, '');
SELECT public.attempts();
DROP ROLE access_test_analyst;
SELECT pass('so that it can be dropped');
CREATE ROLE access_test_gone;
CREATE FUNCTION public.drop_gone() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DROP OWNED BY access_test_gone;
    DROP ROLE access_test_gone;
END $$;
INSERT INTO public.attempt (says, role, command, expected) VALUES
    ('one who will be gone', CURRENT_USER, $$SELECT credits.grant_access('access_test_gone', 'customer', 'bob')$$, ''),
    ('is dropped', CURRENT_USER, 'SELECT public.drop_gone()', ''),
    ('migrate() does not mind', CURRENT_USER, $$SELECT credits.migrate() > '0'$$, 'true'),
    ('and is forgotten', CURRENT_USER, $$SELECT credits.revoke_access('access_test_gone')$$, ''),
    ('once', CURRENT_USER, $$SELECT credits.revoke_access('access_test_gone')$$, '42704 role "access_test_gone" does not exist');
SELECT public.attempts();
CREATE ROLE access_test_analyst;
SELECT credits.grant_access('access_test_analyst', 'analyst') AS granted \gset

-- The catalogue.
CREATE VIEW public.callable AS
SELECT r.rolname AS role, p.oid::regprocedure AS function, p.proname, n.nspname, l.lanname, p.provolatile, p.proconfig, coalesce(obj_description(p.oid, 'pg_proc'), '') LIKE 'Internal:%' AS is_internal,
       p.proargnames[1] = 'account_id' AS takes_account
FROM pg_roles r CROSS JOIN pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE r.rolname LIKE 'access\_test\_%' AND n.nspname IN ('credits', 'credits_api') AND has_function_privilege(r.oid, p.oid, 'EXECUTE');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace IN ('credits'::regnamespace, 'credits_api'::regnamespace) AND has_function_privilege('public', p.oid, 'EXECUTE')$$, 'no function is open to everybody');
SELECT is_empty($$SELECT c.oid::regclass FROM pg_class c WHERE c.relnamespace IN ('credits'::regnamespace, 'credits_api'::regnamespace) AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND has_table_privilege('public', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')$$, 'nor a table or view');
SELECT is_empty($$SELECT c.oid::regclass FROM pg_class c WHERE c.relnamespace = 'credits_api'::regnamespace$$, 'schema credits_api has functions only');
SELECT is_empty($$SELECT c.oid::regclass FROM pg_class c WHERE c.relnamespace = 'credits'::regnamespace AND c.relkind = 'v' AND NOT coalesce(c.reloptions @> '{security_invoker=true}', false)$$, 'each view works with its reader''s rights');
SELECT is_empty($$SELECT c.oid::regclass FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'account_id' AND NOT a.attisdropped
    WHERE c.relnamespace = 'credits'::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT (c.relrowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'own_rows'))$$, 'each table with accounts keeps their rows apart');
SELECT is_empty($$SELECT c.oid::regclass FROM pg_class c WHERE c.relnamespace = 'credits'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
    AND has_any_column_privilege('access_test_shared', c.oid, 'SELECT')$$, 'a customer reads no table without row-level security');
SELECT isnt_empty($$SELECT c.oid::regclass FROM pg_class c WHERE c.relnamespace = 'credits'::regnamespace AND c.relkind = 'p' AND has_table_privilege('access_test_shared', c.oid, 'SELECT')$$, 'but the ledger');
SELECT is_empty($$SELECT c.oid::regclass, r.rolname FROM pg_class c, pg_roles r WHERE c.relnamespace = 'credits'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S') AND r.rolname LIKE 'access\_test\_%'
    AND has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')$$, 'nobody writes to a table');
SELECT is_empty($$SELECT r.rolname FROM pg_roles r WHERE r.rolname LIKE 'access\_test\_%' AND has_table_privilege(r.oid, 'credits.secret', 'SELECT')$$, 'nobody reads secrets');
SELECT is_empty($$SELECT function FROM public.callable WHERE role IN ('access_test_shared', 'access_test_ann') AND nspname = 'credits' AND proname NOT IN ('current_account', 'visible_balance', 'now')
    AND (provolatile <> 'i' OR takes_account)$$, 'a customer calls nothing about an account but its own answers');
SELECT is_empty($$SELECT role, function FROM public.callable WHERE role IN ('access_test_shared', 'access_test_ann', 'access_test_app') AND lanname <> 'c' AND NOT (lanname = 'sql' AND provolatile = 'i')
    AND NOT coalesce(array_to_string(proconfig, ' ') LIKE '%search_path=%', false)$$, 'what customers and applications call sets its search_path, but for what becomes part of their own statement'); 
SELECT is_empty($$SELECT role, function FROM public.callable WHERE role IN ('access_test_app', 'access_test_admin') AND is_internal AND provolatile = 'v' AND proname <> 'platform_counters'$$, 'nobody calls what is internal and writes');
SELECT is_empty($$SELECT function FROM public.callable WHERE role = 'access_test_analyst' AND provolatile = 'v' AND proname NOT IN ('now', 'platform_counters')$$, 'an analyst calls nothing that writes');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace IN ('credits'::regnamespace, 'credits_api'::regnamespace) AND p.prosecdef$$, 'no function lends its owner''s rights');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace IN ('credits'::regnamespace, 'credits_api'::regnamespace) AND p.prorettype <> 'trigger'::regtype
    AND obj_description(p.oid, 'pg_proc') NOT LIKE 'Internal:%' AND NOT has_function_privilege('access_test_admin', p.oid, 'EXECUTE')
    AND p.proname NOT IN ('migrate', 'create_ledger_partitions', 'grant_access', 'revoke_access')$$, 'each function is for somebody: 82_access.sql says for whom');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'credits_api'::regnamespace AND NOT has_function_privilege('access_test_shared', p.oid, 'EXECUTE') AND NOT has_function_privilege('access_test_app', p.oid, 'EXECUTE')$$,
                'each answer is for a customer or an application');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'credits_api'::regnamespace AND coalesce(obj_description(p.oid, 'pg_proc'), '') !~ '^[A-Z][^\n]{3,60}\n.'$$, 'and has a title and a description');
SELECT is_empty('SELECT * FROM credits.verify()', 'the books are right');

-- All of it where the tables belong to a role that is no superuser.
CREATE ROLE access_test_owner;
GRANT USAGE, CREATE ON SCHEMA credits TO access_test_owner;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA credits TO access_test_owner;
DO $$
DECLARE
    command text;
BEGIN
    FOR command IN SELECT format('ALTER TABLE %s OWNER TO access_test_owner', c.oid::regclass) FROM pg_class c WHERE c.relnamespace = 'credits'::regnamespace AND c.relkind IN ('r', 'p', 'v') LOOP
        EXECUTE command;
    END LOOP;
END $$;
INSERT INTO public.attempt (says, login, role, claims, command, expected) VALUES
    ('another owner: migrate()', NULL, CURRENT_USER, NULL, $$SELECT credits.migrate() > '0'$$, 'true'),
    ('and the owner''s own', 'access_test_owner', 'access_test_owner', NULL, $$SELECT credits.migrate() > '0'$$, 'true'),
    ('ann''s balance', NULL, 'access_test_ann', NULL, $$SELECT credits_api.balance() #>> '{data,remainingCredits}'$$, '94'),
    ('her entries', NULL, 'access_test_ann', NULL, 'SELECT array_agg(DISTINCT account_id) FROM credits.ledger', '{ann}'),
    ('the web site''s customer', 'access_test_web', 'access_test_shared', '{"account_id": "bob"}', 'SELECT credits.current_account()', 'null'),
    ('configured again', NULL, 'access_test_admin', NULL, $$SELECT credits.configure('{"api": {"authenticators": ["access_test_web"]}}') ->> 'changed'$$, '["api.authenticators"]'),
    ('is bob', 'access_test_web', 'access_test_shared', '{"account_id": "bob"}', 'SELECT credits.current_account() || array_agg(DISTINCT account_id)::text FROM credits.ledger', 'bob{bob}'),
    ('an application', NULL, 'access_test_app', NULL, $$SELECT credits_api.release('ann', (credits_api.authorize('ann', 1) ->> 'holdNo')::bigint) #>> '{credits,deducted}'$$, '0'),
    ('an analyst', NULL, 'access_test_analyst', NULL, 'SELECT count(DISTINCT account_id) FROM credits.ledger', '2'),
    ('a new one', NULL, CURRENT_USER, NULL, $$SELECT credits.revoke_access('access_test_analyst'), credits.grant_access('access_test_analyst', 'analyst')$$, ''),
    ('sees as much', NULL, 'access_test_analyst', NULL, 'SELECT count(DISTINCT account_id) FROM credits.restriction_states', '2'),
    ('the owner owns too little to grant', 'access_test_owner', 'access_test_owner', NULL, $$SELECT credits.grant_access('access_test_nobody', 'app')$$, '42501 only the owner of the extension and its tables can give rights on them'),
    ('and changes no entry', NULL, 'access_test_owner', NULL, 'DELETE FROM credits.ledger', '55000 the ledger is append-only');
SELECT public.attempts();
SELECT * FROM finish();
RESET ROLE;
DROP OWNED BY access_test_ann, access_test_shared, access_test_nobody, access_test_web, access_test_app, access_test_analyst, access_test_admin;
REASSIGN OWNED BY access_test_owner TO CURRENT_USER;
DROP OWNED BY access_test_owner;
DROP ROLE access_test_owner, access_test_ann, access_test_shared, access_test_nobody, access_test_web, access_test_app, access_test_analyst, access_test_admin;
