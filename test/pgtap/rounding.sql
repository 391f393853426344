-- Computed charges in every rounding mode and scale: each rounded once, the residue carried to the next. A price of
-- one credit a unit, so that quantities read as credits. Every case is undone, so that the next may have its unit.
\ir helpers/tap.sql

CREATE TABLE public.rounding (no integer GENERATED ALWAYS AS IDENTITY, mode text, scale integer, quantities text, charges text);
INSERT INTO public.rounding (mode, scale, quantities, charges) VALUES
    ('half_even', 0, '0.5 0.5 0.5 0.5', '0 1 0 1'),
    ('half_even', 0, '1.5 1.5 1.5 1.5', '2 1 2 1'),
    ('half_even', 0, '2.5 2.5 2.5', '2 3 2'),
    ('half_even', 0, '0.4 0.4 0.4 0.4 0.4', '0 1 0 1 0'),
    ('half_even', 0, '0.51 0.49 0.000000001', '1 0 0'),
    ('half_even', 2, '0.005 0.015 0.005', '0 0.02 0'),
    ('half_even', 2, '0.333 0.333 0.333 0.001', '0.33 0.34 0.33 0'),
    ('half_even', 12, '0.0000000000005 0.0000000000005', '0 0.000000000001'),
    ('half_up', 0, '0.5 0.5 0.5 0.5', '1 0 1 0'),
    ('half_up', 0, '2.5 2.5', '3 2'),
    ('half_up', 0, '0.49 0.01 0.5', '0 1 0'),
    ('half_up', 2, '0.005 0.004', '0.01 0'),
    ('up', 0, '0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1 0.1', '1 0 0 0 0 0 0 0 0 0 1'),
    ('up', 0, '1 1.000000001 1', '1 2 1'),
    ('up', 2, '0.001 0.011', '0.01 0.01'),
    ('down', 0, '0.9 0.9 0.9 0.9', '0 1 1 1'),
    ('down', 0, '0.999999999 0.000000001', '0 1'),
    ('down', 2, '0.019 0.001', '0.01 0.01');

CREATE FUNCTION public.charges(mode text, scale integer, quantities text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    charges text[];
    exact numeric := 0;
    wallet credits.wallet;
    quantity text;
BEGIN
    PERFORM credits.configure(jsonb_build_object('unit', jsonb_build_object('value_usd', '0.03', 'rounding', mode, 'scale', scale),
        'prices', '[{"provider": "p", "model": "m", "metric": "units", "price": "0.03"}]'::jsonb));
    PERFORM credits.open_account('a');
    PERFORM credits.grant('a', 100);
    FOREACH quantity IN ARRAY string_to_array(quantities, ' ') LOOP
        charges := charges || trim_scale(-(credits.deduct('a', provider => 'p', model => 'm', usage => jsonb_build_object('units', quantity::numeric))).amount)::text;
        exact := exact + quantity::numeric;
    END LOOP;
    SELECT * INTO wallet FROM credits.wallet;
    IF wallet.residue <> (exact - (100 - wallet.balance)) * 0.03 THEN
        charges := charges || format('residue %s', wallet.residue);
    END IF;
    IF EXISTS (SELECT FROM credits.verify()) THEN
        charges := charges || (SELECT string_agg(v::text, ' ') FROM credits.verify() v);
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'ZZ001';
EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
    RETURN array_to_string(charges, ' ');
END $$;
SELECT is(public.charges(mode, scale, quantities), charges, format('%s, %s decimals: %s', mode, scale, quantities)) FROM public.rounding ORDER BY no;

-- A unit of two decimals in explicit amounts.
SELECT isnt(credits.configure('{"unit": {"scale": 2}}'), NULL, 'configured');
SELECT is(credits.open_account('a'), 'a', 'opened');
SELECT is((credits.grant('a', 10.5)).balance::text, '10.50', 'credits show the unit''s scale');
SELECT is((credits.deduct('a', 0.010)).balance::text, '10.49', 'trailing zeros are no decimals');
SELECT throws_ok('SELECT credits.deduct(''a'', 0.001)', '22023', 'amount is finer than a credit can be divided', 'finer than the unit');
SELECT throws_ok('SELECT credits.grant(''a'', 1, rollover_max => 0.125)', '22023', 'rollover_max is finer than a credit can be divided', 'a bound finer than the unit');

SELECT is_empty('SELECT * FROM credits.verify()', 'verify() finds nothing');
SELECT * FROM finish();
