-- The price book: conditions, tiers, names and versions of prices. A row is never edited: a change of
-- the book gives it the version at which it ends and adds others, so that a hold can be settled by the
-- book as it was.

ALTER TABLE credits.platform ADD COLUMN price_version bigint NOT NULL DEFAULT 1 CHECK (price_version > 0);
COMMENT ON COLUMN credits.platform.price_version IS 'counts the changes of the price book';

ALTER TABLE credits.price
    ALTER COLUMN price DROP NOT NULL,
    ADD COLUMN conditions   jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(conditions) = 'object'),
    ADD COLUMN tiers        jsonb CHECK (jsonb_typeof(tiers) = 'array'),
    ADD COLUMN free         numeric NOT NULL DEFAULT 0 CHECK (free >= 0 AND free < 'Infinity'),
    ADD COLUMN source       text COLLATE "C" NOT NULL DEFAULT 'configuration',
    ADD COLUMN version_from bigint NOT NULL DEFAULT 1,
    ADD COLUMN version_to   bigint NOT NULL DEFAULT 9223372036854775807 CHECK (version_from < version_to),
    ADD CHECK (price IS NOT NULL OR tiers IS NOT NULL),
    DROP CONSTRAINT price_pkey,
    ADD PRIMARY KEY (provider, model, metric, conditions, source, valid_from, version_from);
CREATE INDEX price_configured ON credits.price (provider, model) WHERE source = 'configuration';
COMMENT ON COLUMN credits.price.price IS 'USD for "per" units; of metric "multiplier" a factor on the whole call; null: only the tiers have a price';
COMMENT ON COLUMN credits.price.conditions IS 'what a call must meet: prompt_over, prompt_at_least, service_tier, region, search_context_size, hours, weekdays, time_zone, weekday_time_zone; {} = any call';
COMMENT ON COLUMN credits.price.tiers IS 'prices by size of the prompt: [{"over": 0, "up_to": 32000, "price": "0.1"}, …]';
COMMENT ON COLUMN credits.price.free IS 'units of each call that cost nothing';
COMMENT ON COLUMN credits.price.source IS '"configuration", or the price file it came from';
COMMENT ON COLUMN credits.price.version_from IS 'version of the price book (credits.platform) that brought the row';
COMMENT ON COLUMN credits.price.version_to IS 'version that took it away; the largest bigint: it is in the book now';

CREATE TABLE credits.price_alias (
    provider     text COLLATE "C" NOT NULL,
    alias        text COLLATE "C" NOT NULL,
    model        text COLLATE "C" NOT NULL,
    version_from bigint NOT NULL DEFAULT 1,
    version_to   bigint NOT NULL DEFAULT 9223372036854775807 CHECK (version_from < version_to),
    PRIMARY KEY (provider, alias, version_from)
);
COMMENT ON TABLE credits.price_alias IS 'Other names of models, by configuration.';
COMMENT ON COLUMN credits.price_alias.version_from IS 'version of the price book that brought the alias';
COMMENT ON COLUMN credits.price_alias.version_to IS 'version that took it away; the largest bigint: it is in the book now';

CREATE TABLE credits.price_name_rule (
    provider     text COLLATE "C" NOT NULL,
    model        text COLLATE "C" NOT NULL,
    rule         jsonb,
    sells        text[] NOT NULL DEFAULT '{}',
    source       text COLLATE "C" NOT NULL,
    version_from bigint NOT NULL DEFAULT 1,
    version_to   bigint NOT NULL DEFAULT 9223372036854775807 CHECK (version_from < version_to),
    PRIMARY KEY (provider, model, source, version_from)
);
COMMENT ON TABLE credits.price_name_rule IS 'A price file''s own rules for the names of models and, with an empty model, of providers.';
COMMENT ON COLUMN credits.price_name_rule.rule IS '{"equals" | "starts_with" | "ends_with" | "contains" | "regex": text} or {"or" | "and": [rule, …]}; null: no other names';
COMMENT ON COLUMN credits.price_name_rule.sells IS 'of a provider: other providers whose models it sells at their prices';
COMMENT ON COLUMN credits.price_name_rule.version_from IS 'version of the price book that brought the rule';
COMMENT ON COLUMN credits.price_name_rule.version_to IS 'version that took it away; the largest bigint: it is in the book now';

CREATE TABLE credits.price_import (
    import_no      bigint PRIMARY KEY,
    source         text COLLATE "C" NOT NULL,
    effective_from timestamptz NOT NULL,
    complete       boolean NOT NULL,
    models         jsonb,
    removed        jsonb,
    same_as        bigint CHECK (same_as < import_no AND models IS NULL OR same_as IS NULL AND models IS NOT NULL),
    version        bigint,
    imported_at    timestamptz NOT NULL,
    imported_by    text NOT NULL
);
COMMENT ON TABLE credits.price_import IS 'Imports of price files, also those that found the book as they say: an import of an older file governs until the next of these.';
COMMENT ON COLUMN credits.price_import.complete IS 'true: the whole file, a model of the source that it does not name has no price; false: a document of changes';
COMMENT ON COLUMN credits.price_import.models IS 'models that the document priced, {"provider": ["model", …]}';
COMMENT ON COLUMN credits.price_import.removed IS 'models that it named without a price, in the same form; provider "": of any provider';
COMMENT ON COLUMN credits.price_import.same_as IS 'import that names the same models, instead of models and removed';
COMMENT ON COLUMN credits.price_import.version IS 'version of the price book that it made; null: it changed nothing';

ALTER TABLE credits.configuration_change ADD COLUMN price_version bigint;
COMMENT ON COLUMN credits.configuration_change.price_version IS 'version of the price book that the change made; null: it left the book alone';

ALTER TABLE credits.hold ADD COLUMN price_version bigint;
COMMENT ON COLUMN credits.hold.price_version IS 'version of the price book at the authorization; settle prices by it';
