-- The price book as it is and as it was: what each price has been, from when to when, and since when the book has said so.

CREATE OR REPLACE VIEW credits.price_history WITH (security_invoker = true) AS
SELECT p.provider, p.model, p.metric, p.price::numeric AS price, p.per, p.free, p.tiers, p.conditions,
       CASE WHEN isfinite(p.valid_from) THEN p.valid_from END AS valid_from,
       CASE WHEN isfinite(p.valid_to) THEN p.valid_to END AS valid_to,
       p.source,
       p.version_to = 9223372036854775807 AS in_book,
       p.version_from,
       CASE WHEN p.version_to < 9223372036854775807 THEN p.version_to END AS version_to,
       entered.changed_at AS entered_at, entered.changed_by AS entered_by,
       left_book.changed_at AS left_at, left_book.changed_by AS left_by
FROM credits.price p
LEFT JOIN credits.configuration_change entered ON entered.price_version = p.version_from
LEFT JOIN credits.configuration_change left_book ON left_book.price_version = p.version_to;
COMMENT ON VIEW credits.price_history IS 'Every price that the price book has or had: what it was (price, terms), when it was in force (valid_from, valid_to), and when the book said so (versions, times and roles of the changes).';
COMMENT ON COLUMN credits.price_history.provider IS 'provider''s name (no unit)';
COMMENT ON COLUMN credits.price_history.model IS 'model''s name, as the configuration or the price file writes it (no unit)';
COMMENT ON COLUMN credits.price_history.metric IS 'what is priced: a key of usage, or multiplier (no unit)';
COMMENT ON COLUMN credits.price_history.price IS 'USD for "per" units of the metric; of metric multiplier a factor without unit; null: only the tiers have a price';
COMMENT ON COLUMN credits.price_history.per IS 'units of the metric that the price is for';
COMMENT ON COLUMN credits.price_history.free IS 'units of the metric of each call that cost nothing';
COMMENT ON COLUMN credits.price_history.tiers IS 'prices by size of the prompt, over and up_to in tokens, price in USD for "per" units; null: none';
COMMENT ON COLUMN credits.price_history.conditions IS 'what a call must meet; prompt sizes in tokens, hours as times of day; {} = any call';
COMMENT ON COLUMN credits.price_history.valid_from IS 'time from which the price is in force, inclusive; null: always';
COMMENT ON COLUMN credits.price_history.valid_to IS 'time at which it ends, exclusive; null: no end';
COMMENT ON COLUMN credits.price_history.source IS 'configuration, or the price file it came from (no unit)';
COMMENT ON COLUMN credits.price_history.in_book IS 'true: the book says so now; false: superseded (no unit)';
COMMENT ON COLUMN credits.price_history.version_from IS 'version of the price book that brought it (a count)';
COMMENT ON COLUMN credits.price_history.version_to IS 'version that took it away (a count); null: it is in the book';
COMMENT ON COLUMN credits.price_history.entered_at IS 'time of the change that brought it; null: made by hand';
COMMENT ON COLUMN credits.price_history.entered_by IS 'database role that brought it; null: made by hand';
COMMENT ON COLUMN credits.price_history.left_at IS 'time of the change that took it away; null: it is in the book';
COMMENT ON COLUMN credits.price_history.left_by IS 'database role that took it away; null: it is in the book';
