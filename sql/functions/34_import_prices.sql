-- import_prices(): the course of an import, from checked arguments to its record. One import or configure() runs
-- at a time; nothing is written before all of the document has been understood.

CREATE OR REPLACE FUNCTION credits.check_import(effective_from timestamptz, source text) RETURNS void
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    problem text := CASE
        WHEN NOT isfinite(effective_from) THEN 'effective_from is not finite'
        WHEN source = 'configuration' THEN 'source "configuration" is that of configure()'
        WHEN NOT credits.is_plain_text(source) THEN 'source is no name' END;
BEGIN
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = problem, DETAIL = 'the price book is unchanged',
            HINT = 'SELECT * FROM credits.import_prices(document, effective_from => ''2026-01-31'', source => ''litellm''); the last two may be left out';
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.check_import(timestamptz, text) FROM PUBLIC;
COMMENT ON FUNCTION credits.check_import(timestamptz, text) IS 'Internal: refuses arguments that import_prices cannot work with. Errors: 22023.';

CREATE OR REPLACE FUNCTION credits.check_import_items(items credits.file_item[], complete boolean) RETURNS void
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    long_name text := (SELECT left(concat_ws(' ', i.provider, i.model, i.conditions), 60) FROM unnest(items) i
                       WHERE i.item = 'price' AND (length(i.provider) > 200 OR length(i.model) > 200 OR length(i.conditions::text) > 1000) LIMIT 1);
BEGIN
    IF long_name IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'the document has a name of more than 200 characters',
            DETAIL = format('%s…; the price book is unchanged', long_name), HINT = 'names of providers, models, regions and tiers are short';
    ELSIF complete AND NOT EXISTS (SELECT FROM unnest(items) i WHERE i.item = 'price') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'the document has no price',
            DETAIL = 'as the whole file it would take away all prices of its source; the price book is unchanged',
            HINT = 'give the whole file, or complete => false for a document of changes';
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.check_import_items(credits.file_item[], boolean) FROM PUBLIC;
COMMENT ON FUNCTION credits.check_import_items(credits.file_item[], boolean) IS 'Internal: refuses a document with names that no key of the book can hold, and a whole file without any price. Errors: 22023.';

CREATE OR REPLACE FUNCTION credits.check_import_changes(changes credits.book_change[]) RETURNS void
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    overlap record;
BEGIN
    SELECT c.provider, c.model, c.metric INTO overlap
    FROM (SELECT a.provider, a.model, a.metric, a.valid_from < lag(a.valid_to) OVER (PARTITION BY a.provider, a.model, a.metric, a.conditions ORDER BY a.valid_from) AS overlaps
          FROM unnest(changes) a WHERE a.op <> 'close') c
    WHERE c.overlaps ORDER BY c.provider, c.model, c.metric LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('the document has two prices of %s for one moment', overlap.metric),
            DETAIL = format('model %s of provider %s; the price book is unchanged', overlap.model, overlap.provider),
            HINT = 'give each model once, and dated prices one after the other';
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.check_import_changes(credits.book_change[]) FROM PUBLIC;
COMMENT ON FUNCTION credits.check_import_changes(credits.book_change[]) IS 'Internal: refuses a document that prices one thing twice. Errors: 22023 naming it.';

CREATE OR REPLACE FUNCTION credits.store_import(changes credits.book_change[], new_version bigint) RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE credits.price p SET version_to = new_version
    FROM unnest(changes) c
    WHERE c.op = 'close' AND p.provider = c.provider AND p.model = c.model AND p.metric = c.metric AND p.conditions = c.conditions
      AND p.source = c.source AND p.valid_from = c.valid_from AND p.version_from = c.version_from;
    INSERT INTO credits.price (provider, model, metric, price, per, free, tiers, conditions, valid_from, valid_to, source, version_from)
    SELECT c.provider, c.model, c.metric, c.price, c.per, c.free, c.tiers, c.conditions, c.valid_from, c.valid_to, c.source, new_version
    FROM unnest(changes) c WHERE c.op = 'add';
    RETURN EXISTS (SELECT FROM unnest(changes) c WHERE c.op <> 'keep');
END $$;
REVOKE EXECUTE ON FUNCTION credits.store_import(credits.book_change[], bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.store_import(credits.book_change[], bigint) IS 'Internal: gives rows that an import closes the version at which they end, and writes those that it adds. Result: whether there was any.';

CREATE OR REPLACE FUNCTION credits.models_of(items credits.file_item[], priced boolean) RETURNS jsonb
LANGUAGE sql STABLE
AS $$
    SELECT coalesce(jsonb_object_agg(p.provider, p.models), '{}')
    FROM (SELECT m.provider, jsonb_agg(m.model ORDER BY m.model COLLATE "C") AS models
          FROM (SELECT coalesce(i.provider, ''), i.model FROM unnest($1) i WHERE i.item = 'model'
                GROUP BY 1, 2
                HAVING $2 = ((coalesce(i.provider, ''), i.model) IN (SELECT n.provider, n.model FROM unnest($1) n WHERE n.item = 'price'))) m(provider, model)
          GROUP BY m.provider) p
$$;
REVOKE EXECUTE ON FUNCTION credits.models_of(credits.file_item[], boolean) FROM PUBLIC;
COMMENT ON FUNCTION credits.models_of(credits.file_item[], boolean) IS 'Internal: the models that a document names with prices or without any, {"provider": ["model", …]}; provider "" where it names none.';

CREATE OR REPLACE FUNCTION credits.record_import(items credits.file_item[], source text, effective_from timestamptz, complete boolean, new_version bigint) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    priced   jsonb := credits.models_of(items, true);
    unpriced jsonb := credits.models_of(items, false);
    same     bigint;
BEGIN
    -- A time at which a file was seen to say the same counts too: an older file imported later ends there.
    IF new_version IS NULL AND EXISTS (
        SELECT FROM credits.price_import i JOIN credits.price_import o ON o.import_no = coalesce(i.same_as, i.import_no)
        WHERE i.source = record_import.source AND i.effective_from = record_import.effective_from AND i.complete = record_import.complete
          AND o.models = priced AND o.removed = unpriced) THEN
        RETURN;
    END IF;
    same := (SELECT o.import_no FROM credits.price_import o
             WHERE o.import_no = (SELECT coalesce(i.same_as, i.import_no) FROM credits.price_import i WHERE i.source = record_import.source
                                  ORDER BY i.import_no DESC LIMIT 1)
               AND o.models = priced AND o.removed = unpriced);
    INSERT INTO credits.price_import (import_no, source, effective_from, complete, models, removed, same_as, version, imported_at, imported_by)
    SELECT coalesce(max(i.import_no), 0) + 1, record_import.source, record_import.effective_from, record_import.complete,
           CASE WHEN same IS NULL THEN priced END, CASE WHEN same IS NULL THEN unpriced END, same,
           new_version, credits.now(), coalesce(nullif(current_setting('role'), 'none'), session_user)
    FROM credits.price_import i;
    -- The row that imports lock changes with each, so that under REPEATABLE READ a lost race is 40001.
    UPDATE credits.platform p SET price_version = coalesce(new_version, p.price_version);
END $$;
REVOKE EXECUTE ON FUNCTION credits.record_import(credits.file_item[], text, timestamptz, boolean, bigint) FROM PUBLIC;
COMMENT ON FUNCTION credits.record_import(credits.file_item[], text, timestamptz, boolean, bigint) IS 'Internal: the row of credits.price_import for an import, unless the very same is there; new_version: of the price book, null where it changed nothing.';

CREATE OR REPLACE FUNCTION credits.import_price_file(document jsonb, effective_from timestamptz, source text, complete boolean)
RETURNS TABLE (model text, provider text, change text, detail text)
LANGUAGE plpgsql ROWS 3000
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, YMD'
-- The planner cannot know the size of a document: it would join two in a loop, or compile what runs once.
SET enable_nestloop = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    items       credits.file_item[];
    windows     credits.import_window[];
    changes     credits.book_change[];
    origin      text := source;
    starts      timestamptz := coalesce(effective_from, credits.now());
    new_version bigint;
    stored      boolean;
    renamed     boolean;
BEGIN
    PERFORM credits.require_schema();
    PERFORM credits.check_import(starts, origin);
    items := ARRAY(SELECT ROW(f.*)::credits.file_item FROM credits.read_price_file(document) f);
    PERFORM credits.check_import_items(items, complete);
    origin := coalesce(origin, (SELECT i.detail FROM unnest(items) i WHERE i.item = 'shape'));
    PERFORM credits.lock_configuration();
    new_version := (SELECT p.price_version + 1 FROM credits.platform p);
    windows := ARRAY(SELECT w FROM credits.import_windows(items, origin, starts, complete) w);
    changes := ARRAY(SELECT c FROM credits.import_changes(items, windows, origin, starts) c);
    PERFORM credits.check_import_changes(changes);
    stored := credits.store_import(changes, new_version);
    renamed := credits.import_name_rules(items, origin, starts, complete, new_version);
    PERFORM credits.record_import(items, origin, starts, complete, CASE WHEN stored OR renamed THEN new_version END);
    RETURN QUERY SELECT r.model, r.provider, r.change, r.detail FROM credits.import_report(items, windows, changes, origin, starts) r;
    IF stored OR renamed THEN
        PERFORM credits.record_change(jsonb_build_object('import_prices ' || origin, jsonb_build_object('old', NULL, 'new', jsonb_build_object(
            'effective_from', starts, 'complete', complete,
            'opened', (SELECT count(*) FROM unnest(changes) c WHERE c.op = 'add'), 'closed', (SELECT count(*) FROM unnest(changes) c WHERE c.op = 'close')))), new_version);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION credits.import_price_file(jsonb, timestamptz, text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION credits.import_price_file(jsonb, timestamptz, text, boolean) IS 'Internal: what import_prices() does, with the rights of the caller.';

CREATE FUNCTION credits.import_prices(document jsonb, effective_from timestamptz DEFAULT NULL, source text DEFAULT NULL, complete boolean DEFAULT true)
RETURNS TABLE (model text, provider text, change text, detail text)
AS 'MODULE_PATHNAME', 'credits_import_prices' LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 3000;
REVOKE EXECUTE ON FUNCTION credits.import_prices(jsonb, timestamptz, text, boolean) FROM PUBLIC;
COMMENT ON FUNCTION credits.import_prices(jsonb, timestamptz, text, boolean) IS 'Brings a price file into the price book: LiteLLM''s model_prices_and_context_window.json or genai-prices'' data.json, as they are, recognised by shape. A model''s rows are those of the last import that prices it, whichever source; rows end by date and by version of the book, none is edited. Absent is not zero: what a file has no price for has none. Configured prices stay and come first.
document: the file. effective_from: the time from which it is in force, null = now; one before imports that are there governs until the next of them that prices the model. source: a name for where files come from, null = litellm or genai-prices; models that a later file of the same source does not name lose their prices. complete: false for a document of changes, which concerns only the models that it names (null removes one).
Result: a row for each model and change, in order of provider and model. change: new, changed (detail: each price that differs, USD), unchanged, removed (detail: why), skipped (detail: what of it is no price in USD, and why). The same file again changes nothing.
Errors: 22004 for a null document or complete; 22023 for a document of neither shape, a whole file without any price, one that prices a thing twice, a name of more than 200 characters, a time that is not finite, or the source "configuration"; 55000 where migrate() has not run; 40001 where another call changed the book meanwhile, above read committed.
Locks: the row of credits.platform, so that one import or configure() runs at a time; calls go on.';
