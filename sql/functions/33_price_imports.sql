-- Price files of others into the price book: import_prices() and its parts. Owns from when to when a document
-- governs a model, which rows of the book that changes, and what is said of it. What a file's keys mean is
-- read_price_file's; must never edit a price: rows end with a version of the book, and others begin with it.

CREATE TYPE credits.file_item AS (
    item       text,
    provider   text,
    model      text,
    metric     text,
    price      numeric,
    per        numeric,
    free       numeric,
    tiers      jsonb,
    conditions jsonb,
    valid_from timestamptz,
    valid_to   timestamptz,
    detail     text
);
COMMENT ON TYPE credits.file_item IS 'Internal: a row of read_price_file.';

CREATE TYPE credits.import_window AS (
    provider   text,
    model      text,
    named      boolean,
    governs_to timestamptz,
    prices_to  timestamptz
);
COMMENT ON TYPE credits.import_window IS 'Internal: to when an import governs a model, and to when the prices that it names are in force: earlier, where a later import of its source took the model away; named: the document prices it.';

CREATE TYPE credits.book_change AS (
    op           text,
    provider     text,
    model        text,
    metric       text,
    price        numeric,
    per          numeric,
    free         numeric,
    tiers        jsonb,
    conditions   jsonb,
    valid_from   timestamptz,
    valid_to     timestamptz,
    source       text,
    version_from bigint
);
COMMENT ON TYPE credits.book_change IS 'Internal: a row of the price book that an import finds (keep, close) or needs (add).';

CREATE OR REPLACE FUNCTION credits.later_imports(effective_from timestamptz)
RETURNS TABLE (provider text, model text, source text, removed boolean, at timestamptz)
LANGUAGE sql STABLE
AS $$
    SELECT n.provider, m.model, d.source, n.removed, d.at
    FROM (SELECT coalesce(i.same_as, i.import_no) AS import_no, i.source, min(i.effective_from) AS at
          FROM credits.price_import i WHERE i.effective_from > $1 GROUP BY 1, 2) d
    JOIN credits.price_import o ON o.import_no = d.import_no,
    LATERAL (SELECT e.key, e.value, false FROM jsonb_each(o.models) e
             UNION ALL SELECT e.key, e.value, true FROM jsonb_each(o.removed) e) n(provider, list, removed),
    jsonb_array_elements_text(n.list) m(model)
$$;
REVOKE EXECUTE ON FUNCTION credits.later_imports(timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.later_imports(timestamptz) IS 'Internal: the models that imports of later documents named, with or (removed) without prices, and from when; provider "" is any.';

CREATE OR REPLACE FUNCTION credits.import_windows(items credits.file_item[], source text, effective_from timestamptz, complete boolean)
RETURNS SETOF credits.import_window
LANGUAGE sql STABLE ROWS 3000
AS $$
    WITH later AS MATERIALIZED (
        SELECT l.* FROM credits.later_imports($3) l
    ), named AS MATERIALIZED (
        SELECT DISTINCT i.provider, i.model FROM unnest($1) i WHERE i.item = 'price'
    ), without_price AS MATERIALIZED (
        SELECT i.provider, i.model FROM unnest($1) i WHERE i.item = 'model'
        EXCEPT SELECT n.provider, n.model FROM named n
    ), concerned AS (
        SELECT n.provider, n.model, true AS named FROM named n
        UNION ALL
        -- What the document says nothing of concerns its own source only.
        SELECT p.provider, p.model, false
        FROM credits.price p LEFT JOIN named n ON n.provider = p.provider AND n.model = p.model
        WHERE $4 AND p.source = $2 AND p.version_to = credits.book_end() AND p.valid_to > $3 AND n.model IS NULL
        GROUP BY p.provider, p.model
        UNION ALL
        SELECT p.provider, p.model, false
        FROM without_price w JOIN credits.price p ON p.model = w.model AND p.provider = coalesce(w.provider, p.provider)
        LEFT JOIN named n ON n.provider = p.provider AND n.model = p.model
        WHERE NOT $4 AND p.source = $2 AND p.version_to = credits.book_end() AND p.valid_to > $3 AND n.model IS NULL
        GROUP BY p.provider, p.model
    ), named_later AS (
        SELECT l.provider, l.model, min(l.at) AS at FROM later l WHERE NOT l.removed GROUP BY l.provider, l.model
    ), removed_later AS (
        SELECT l.provider, l.model, min(l.at) AS at FROM later l WHERE l.removed AND l.source = $2 GROUP BY l.provider, l.model
    )
    SELECT c.provider, c.model, c.named, coalesce(t.at, 'infinity'), least(
        coalesce(t.at, 'infinity'), r.at, a.at,
        (SELECT min(i.effective_from) FROM credits.price_import i WHERE i.source = $2 AND i.complete AND i.effective_from > $3))
    FROM concerned c
    LEFT JOIN named_later t ON t.provider = c.provider AND t.model = c.model
    LEFT JOIN removed_later r ON r.provider = c.provider AND r.model = c.model
    LEFT JOIN removed_later a ON a.provider = '' AND a.model = c.model
$$;
REVOKE EXECUTE ON FUNCTION credits.import_windows(credits.file_item[], text, timestamptz, boolean) FROM PUBLIC;
COMMENT ON FUNCTION credits.import_windows(credits.file_item[], text, timestamptz, boolean) IS 'Internal: the models that an import concerns: those that it prices, and those of its source that it takes away, with how long it governs each. It does until the next import, of whatever source, that prices the model; so the book is the same in whichever order imports come.';

CREATE OR REPLACE FUNCTION credits.import_changes(items credits.file_item[], windows credits.import_window[], source text, effective_from timestamptz)
RETURNS SETOF credits.book_change
LANGUAGE sql STABLE ROWS 10000
AS $$
    WITH present AS MATERIALIZED (
        SELECT p.*, w.governs_to
        FROM unnest($2) w, LATERAL (
            SELECT p.* FROM credits.price p
            WHERE p.provider = w.provider AND p.model = w.model AND p.version_to = credits.book_end()
              AND p.source <> 'configuration' AND (w.named OR p.source = $3) AND p.valid_from < w.governs_to AND p.valid_to > $4
            -- By the index, also where no other join is to be a loop.
            OFFSET 0) p
    ), piece(provider, model, metric, price, per, free, tiers, conditions, valid_from, valid_to, source) AS (
        SELECT p.provider, p.model, p.metric, p.price::numeric, p.per, p.free, p.tiers, p.conditions, p.valid_from, $4, p.source
        FROM present p WHERE p.valid_from < $4
        UNION ALL
        SELECT p.provider, p.model, p.metric, p.price::numeric, p.per, p.free, p.tiers, p.conditions, p.governs_to, p.valid_to, p.source
        FROM present p WHERE p.valid_to > p.governs_to
        UNION ALL
        SELECT i.provider, i.model, i.metric, trim_scale(i.price), trim_scale(i.per), trim_scale(i.free), i.tiers, i.conditions,
               greatest(i.valid_from, $4), least(i.valid_to, w.prices_to), $3
        FROM unnest($1) i JOIN unnest($2) w ON w.named AND w.provider = i.provider AND w.model = i.model
        WHERE i.item = 'price' AND greatest(i.valid_from, $4) < least(i.valid_to, w.prices_to)
    ), island AS (
        -- What goes on at the same price is one row, so that a price that did not change is left alone.
        SELECT c.*, count(*) FILTER (WHERE c.is_first) OVER (PARTITION BY c.provider, c.model, c.metric, c.conditions ORDER BY c.valid_from ROWS UNBOUNDED PRECEDING) AS no
        FROM (SELECT p.*, (p.valid_from, p.price, p.per, p.free, p.tiers, p.source)
                   IS DISTINCT FROM (lag(p.valid_to) OVER same, lag(p.price) OVER same, lag(p.per) OVER same, lag(p.free) OVER same,
                                     lag(p.tiers) OVER same, lag(p.source) OVER same) AS is_first
              FROM piece p
              WINDOW same AS (PARTITION BY p.provider, p.model, p.metric, p.conditions ORDER BY p.valid_from)) c
    ), needed AS (
        SELECT i.provider, i.model, i.metric, min(i.price) AS price, min(i.per) AS per, min(i.free) AS free, (array_agg(i.tiers))[1] AS tiers,
               i.conditions, min(i.valid_from) AS valid_from, max(i.valid_to) AS valid_to, min(i.source) AS source
        FROM island i GROUP BY i.provider, i.model, i.metric, i.conditions, i.no
    )
    SELECT CASE WHEN n.model IS NULL THEN 'close' WHEN p.model IS NULL THEN 'add' ELSE 'keep' END,
           coalesce(n.provider, p.provider), coalesce(n.model, p.model), coalesce(n.metric, p.metric),
           CASE WHEN n.model IS NULL THEN p.price ELSE n.price END, coalesce(n.per, p.per), coalesce(n.free, p.free),
           CASE WHEN n.model IS NULL THEN p.tiers ELSE n.tiers END, coalesce(n.conditions, p.conditions),
           coalesce(n.valid_from, p.valid_from), coalesce(n.valid_to, p.valid_to), coalesce(n.source, p.source), p.version_from
    FROM needed n FULL JOIN present p
      ON p.provider = n.provider AND p.model = n.model AND p.metric = n.metric AND p.conditions = n.conditions AND p.source = n.source
     AND p.valid_from = n.valid_from AND p.valid_to = n.valid_to AND p.per = n.per AND p.free = n.free
     AND coalesce(p.price, -1) = coalesce(n.price, -1) AND coalesce(p.tiers, 'null') = coalesce(n.tiers, 'null')
$$;
REVOKE EXECUTE ON FUNCTION credits.import_changes(credits.file_item[], credits.import_window[], text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.import_changes(credits.file_item[], credits.import_window[], text, timestamptz) IS 'Internal: the imported rows of the models that an import concerns, as far as they touch the time that it governs: keep (as they are), close, add. Rows that reach beyond that time are split.';

CREATE OR REPLACE FUNCTION credits.price_text(price numeric, per numeric, free numeric, tiers jsonb) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT concat_ws(', ', trim_scale($1)::text,
                     (SELECT string_agg(format('%s over %s', t.value ->> 'price', t.value ->> 'over'), ', ' ORDER BY t.no) FROM jsonb_array_elements($4) WITH ORDINALITY t(value, no)),
                     trim_scale(nullif($3, 0))::text || ' free') || coalesce(' per ' || trim_scale(nullif($2, 1))::text, '')
$$;
REVOKE EXECUTE ON FUNCTION credits.price_text(numeric, numeric, numeric, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION credits.price_text(numeric, numeric, numeric, jsonb) IS 'Internal: a price in words: "2.5 per 1000000", "0.1 over 0, 0.2 over 32000".';

CREATE OR REPLACE FUNCTION credits.import_details(changes credits.book_change[], windows credits.import_window[], effective_from timestamptz)
RETURNS TABLE (provider text, model text, was boolean, is_now boolean, detail text)
LANGUAGE sql STABLE
AS $$
    WITH moved AS (
        SELECT DISTINCT c.provider, c.model FROM unnest($1) c WHERE c.op <> 'keep'
    ), term AS (
        SELECT c.provider, c.model, c.metric, c.conditions,
               string_agg(t.text, ', ' ORDER BY c.valid_from) FILTER (WHERE c.op <> 'add') AS old,
               string_agg(t.text, ', ' ORDER BY c.valid_from) FILTER (WHERE c.op <> 'close') AS new
        FROM unnest($1) c JOIN moved m ON m.provider = c.provider AND m.model = c.model
        JOIN unnest($2) w ON w.provider = c.provider AND w.model = c.model,
        LATERAL (SELECT concat(CASE WHEN c.valid_from > $3 THEN format('from %s ', c.valid_from) END, credits.price_text(c.price, c.per, c.free, c.tiers),
                               CASE WHEN c.valid_to < w.governs_to THEN format(' until %s', c.valid_to) END)) t(text)
        WHERE c.valid_from < w.governs_to AND c.valid_to > $3
        GROUP BY c.provider, c.model, c.metric, c.conditions
    )
    SELECT t.provider, t.model, bool_or(t.old IS NOT NULL), bool_or(t.new IS NOT NULL),
           string_agg(concat(t.metric, ' ' || nullif((SELECT string_agg(format('%s %s', k.key, k.value), ', ' ORDER BY k.key) FROM jsonb_each_text(t.conditions) k), ''),
                             ' ', coalesce(t.old, 'none'), ' → ', coalesce(t.new, 'none')), '; ' ORDER BY t.metric COLLATE "C", t.conditions)
               FILTER (WHERE t.old IS DISTINCT FROM t.new)
    FROM term t GROUP BY t.provider, t.model
$$;
REVOKE EXECUTE ON FUNCTION credits.import_details(credits.book_change[], credits.import_window[], timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.import_details(credits.book_change[], credits.import_window[], timestamptz) IS 'Internal: of models whose rows an import changes, within the time that it governs: whether they had prices and have some now, and each price that differs in words.';

CREATE OR REPLACE FUNCTION credits.import_report(items credits.file_item[], windows credits.import_window[], changes credits.book_change[], source text, effective_from timestamptz)
RETURNS TABLE (model text, provider text, change text, detail text)
LANGUAGE sql STABLE
AS $$
    WITH without_price AS (
        SELECT i.provider, i.model, i.detail FROM unnest($1) i WHERE i.item = 'model'
    ), outcome AS MATERIALIZED (
        SELECT w.provider, w.model,
               CASE WHEN d.model IS NULL THEN CASE WHEN w.named THEN 'unchanged' END WHEN NOT d.was THEN 'new' WHEN NOT d.is_now THEN 'removed' ELSE 'changed' END AS change,
               CASE WHEN d.model IS NULL OR NOT d.was THEN NULL
                    WHEN NOT d.is_now THEN CASE WHEN w.named THEN 'none of its prices is in force then' WHEN n.model IS NULL AND a.model IS NULL THEN 'is not in the document'
                                                WHEN a.model IS NULL AND n.detail IS NULL THEN 'has no price in the document' ELSE 'is null in the document' END
                    ELSE coalesce(d.detail, 'at the same prices, now from ' || $4) END AS detail
        FROM unnest($2) w
        LEFT JOIN credits.import_details($3, $2, $5) d ON d.provider = w.provider AND d.model = w.model
        LEFT JOIN without_price n ON NOT w.named AND n.provider = w.provider AND n.model = w.model
        LEFT JOIN without_price a ON NOT w.named AND a.provider IS NULL AND a.model = w.model
    )
    SELECT r.* FROM (
        SELECT o.model, o.provider, o.change, o.detail FROM outcome o WHERE o.change IS NOT NULL
        UNION ALL
        SELECT s.model, s.provider, 'skipped', string_agg(concat_ws(': ', s.key, s.why), '; ' ORDER BY s.key COLLATE "C")
        FROM (SELECT i.model, i.provider, i.metric, i.detail FROM unnest($1) i WHERE i.item = 'skipped'
              UNION ALL
              SELECT i.model, i.provider, 'match', credits.name_rule_problem(i.conditions)
              FROM unnest($1) i WHERE i.item IN ('model', 'provider') AND i.conditions IS NOT NULL) s(model, provider, key, why)
        WHERE s.why IS NOT NULL GROUP BY s.model, s.provider
        UNION ALL
        SELECT n.model, n.provider, 'skipped', 'is null, but has no price from ' || $4
        FROM without_price n WHERE n.detail = 'removed'
          AND NOT EXISTS (SELECT FROM outcome o WHERE o.change = 'removed' AND o.model = n.model AND o.provider = coalesce(n.provider, o.provider))
    ) r ORDER BY r.provider COLLATE "C", r.model COLLATE "C", r.change
$$;
REVOKE EXECUTE ON FUNCTION credits.import_report(credits.file_item[], credits.import_window[], credits.book_change[], text, timestamptz) FROM PUBLIC;
COMMENT ON FUNCTION credits.import_report(credits.file_item[], credits.import_window[], credits.book_change[], text, timestamptz) IS 'Internal: what import_prices says of its work.';
