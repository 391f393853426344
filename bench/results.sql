-- What was measured: a row a slice; and which contenders a comparison sets against which.
CREATE TABLE slice (slice_no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text, round integer, contender text,
                    per_second numeric, cpu_us numeric, wal_bytes numeric);
CREATE TABLE comparison (title text, ours text, other text);
