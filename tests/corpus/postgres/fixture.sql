-- The database that every PostgreSQL case runs on. Deterministic: no clock, no random numbers. Parts are set apart by an empty line.
CREATE EXTENSION dblink; CREATE EXTENSION hstore; CREATE EXTENSION tablefunc; CREATE EXTENSION pgcrypto; CREATE EXTENSION pg_trgm; CREATE EXTENSION adminpack; CREATE EXTENSION xml2; CREATE EXTENSION pgrowlocks;

CREATE TYPE mood AS ENUM ('sad', 'fine', 'glad'); CREATE TYPE place AS (street text, number int); CREATE DOMAIN positive AS int CHECK (VALUE > 0);

CREATE TABLE customers (
  id int PRIMARY KEY, name text NOT NULL, email text UNIQUE, country char(2) DEFAULT 'NZ', born date, score float8,
  mood mood, home place, tags text[], attributes jsonb, labels hstore);
INSERT INTO customers (id, name, email, country, born, score, mood, home, tags, attributes, labels) VALUES
  (1, 'Ada Lovelace', 'ada@example.org', 'GB', '1815-12-10', 9.5, 'glad', '("High St",1)', '{a,b}', '{"a": 1, "b": [1, 2]}', 'x=>1,y=>2'),
  (2, 'Blaise Pascal', 'blaise@example.org', 'FR', '1623-06-19', 7.25, 'fine', NULL, '{}', '{"a": null}', ''),
  (3, 'Česlav Żółw', 'ceslav@example.org', 'PL', '1990-02-28', NULL, 'sad', NULL, NULL, NULL, NULL),
  (4, '山田 太郎', 'taro@example.jp', 'JP', '1988-08-08', 3, NULL, NULL, '{NULL,"x y"}', '[]', 'k=>NULL'),
  (5, 'O''Brien; DROP', 'obrien@example.ie', 'IE', '1971-01-01', -1.5, NULL, NULL, '{"a\"b"}', '{"delete": "update"}', NULL),
  (6, 'Zoë "Z" Quote', NULL, 'NL', NULL, 0.1, NULL, NULL, NULL, NULL, NULL),
  (7, '', 'empty@example.org', NULL, '2000-02-29', 1e300, NULL, NULL, NULL, '"text"', NULL),
  (8, 'مريم', 'maryam@example.org', 'EG', '1999-12-31', 2.5, NULL, NULL, NULL, '1.50', NULL),
  (9, 'Emoji 👩‍👩‍👧 family', 'emoji@example.org', 'NZ', '1984-04-04', 1e-300, NULL, NULL, NULL, 'true', NULL),
  (10, 'Percent 100% _under_', 'percent@example.org', 'NZ', '1976-07-04', 42, NULL, NULL, NULL, NULL, NULL),
  (11, E'two\nlines', 'lines@example.org', 'GB', '1955-05-05', 0.30000000000000004, NULL, NULL, NULL, NULL, NULL),
  (12, E'tab\tand \\ backslash', 'tab@example.org', 'FR', '1944-06-06', 'Infinity', NULL, NULL, NULL, NULL, NULL);

CREATE TABLE products (id int PRIMARY KEY, sku text NOT NULL UNIQUE, name text NOT NULL, price numeric(12,2) CHECK (price >= 0), picture bytea,
  label text GENERATED ALWAYS AS (sku || ': ' || name) STORED);
INSERT INTO products (id, sku, name, price, picture) VALUES (1, 'TEA-01', 'Green tea', 4.50, '\x00ff10'), (2, 'TEA-02', 'Black tea', 3.99, NULL),
  (3, 'MUG-01', 'Mug', 12.50, '\x'), (4, 'POT-01', 'Teapot', 49.99, NULL), (5, 'FREE-1', 'Sample update', 0, NULL);

CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, status text NOT NULL, placed_at timestamptz NOT NULL, note text);
INSERT INTO orders SELECT i, 1 + (i * 7) % 10, (ARRAY['open', 'paid', 'shipped', 'refunded'])[1 + i % 4],
  '2025-01-01 00:00:00+00'::timestamptz + i * interval '31 hours', CASE WHEN i % 5 = 0 THEN 'note ' || i END FROM generate_series(1, 60) AS i;
CREATE INDEX orders_customer ON orders (customer_id, placed_at);

CREATE TABLE tree (id int PRIMARY KEY, parent int REFERENCES tree, name text);
INSERT INTO tree VALUES (1, NULL, 'root'), (2, 1, 'left'), (3, 1, 'right'), (4, 2, 'leaf'), (5, 4, 'deepest');

CREATE TABLE events (id int, kind text, day date, amount numeric) PARTITION BY RANGE (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100); CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (100) TO (1000);
INSERT INTO events SELECT i, (ARRAY['view', 'buy', 'leave'])[1 + i % 3], '2025-01-01'::date + i % 90, CASE WHEN i % 7 > 0 THEN (i * 37 % 101) / 4.0 END FROM generate_series(1, 300) AS i;

CREATE TABLE secrets (name text, value text); INSERT INTO secrets VALUES ('key', 'kept');

CREATE TABLE "Odd ""Names""" ("select" int, "from" text, "a;b" int); INSERT INTO "Odd ""Names""" VALUES (1, 'x', 2);

CREATE SEQUENCE counter; SELECT setval('counter', 10); SELECT lo_from_bytea(4711, '\x616263');

CREATE VIEW paid AS SELECT id, customer_id FROM orders WHERE status = 'paid'; CREATE MATERIALIZED VIEW per_country AS SELECT country, count(*) AS n FROM customers GROUP BY 1;

CREATE FUNCTION grow() RETURNS int LANGUAGE sql AS $$ INSERT INTO tree VALUES (100, 1, 'grown') RETURNING id $$;
CREATE FUNCTION grow_plpgsql(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO tree VALUES (n, 1, 'grown'); RETURN n; END $$;
CREATE FUNCTION wipe(tree) RETURNS int LANGUAGE sql AS $$ DELETE FROM secrets; SELECT 1 $$;
CREATE FUNCTION as_owner() RETURNS int LANGUAGE sql SECURITY DEFINER AS $$ DELETE FROM secrets; SELECT 1 $$;
CREATE FUNCTION doubled(n int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT n * 2 $$;
CREATE FUNCTION doubled(n text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT n || n $$;
CREATE FUNCTION by_itself(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM dblink_exec('host=127.0.0.1 port=' || current_setting('port') || ' user=postgres password=postgres-test dbname=' || current_database(), $1); RETURN 'done'; END $$;
CREATE FUNCTION note_and_add(int, int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM by_itself('DELETE FROM secrets'); RETURN $1 + $2; END $$;
CREATE FUNCTION note_and_cast(place) RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM by_itself('DELETE FROM secrets'); RETURN 1; END $$;
CREATE FUNCTION note_and_check(int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN PERFORM by_itself('DELETE FROM secrets'); RETURN true; END $$;
CREATE FUNCTION raise_and_return() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('work_mem', '77MB', false); RETURN 1; END $$;
CREATE FUNCTION calm() RETURNS text LANGUAGE sql STABLE AS $$ SELECT dblink_exec('host=127.0.0.1 port=' || current_setting('port') || ' user=postgres password=postgres-test dbname=' || current_database(), 'DELETE FROM secrets') $$;
CREATE PROCEDURE sweep() LANGUAGE sql AS $$ DELETE FROM secrets $$;

CREATE OPERATOR <+> (LEFTARG = int, RIGHTARG = int, FUNCTION = note_and_add); CREATE CAST (place AS int) WITH FUNCTION note_and_cast(place);
CREATE DOMAIN checked AS int CHECK (note_and_check(VALUE)); CREATE AGGREGATE note_sum(int) (SFUNC = note_and_add, STYPE = int, INITCOND = '0');
CREATE VIEW evil_view AS SELECT by_itself('DELETE FROM secrets') AS done; CREATE VIEW view_of_evil AS SELECT * FROM evil_view; CREATE VIEW locking_view AS SELECT pg_advisory_lock(4) IS NULL AS locked;
CREATE VIEW counting_view AS SELECT nextval('counter') AS n; CREATE VIEW reading_view AS SELECT pg_read_file(current_setting('data_directory') || '/PG_VERSION') AS v;
CREATE TABLE guarded (a int); INSERT INTO guarded VALUES (1); ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; CREATE POLICY evil ON guarded USING (note_and_check(a));

GRANT SELECT ON ALL TABLES IN SCHEMA public TO corpus_reader; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO corpus_reader;
