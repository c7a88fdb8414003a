-- The database that every SQLite case runs on. Deterministic: no clock, no random numbers.
PRAGMA foreign_keys = ON;

CREATE TABLE customers (
  id      INTEGER PRIMARY KEY,
  name    TEXT NOT NULL,
  email   TEXT UNIQUE COLLATE NOCASE,
  country TEXT DEFAULT 'NZ',
  born    TEXT,
  score   REAL
);
INSERT INTO customers (id, name, email, country, born, score) VALUES
  (1,  'Ada Lovelace',       'ada@example.org',    'GB', '1815-12-10', 9.5),
  (2,  'Blaise Pascal',      'blaise@example.org', 'FR', '1623-06-19', 7.25),
  (3,  'Česlav Żółw',        'CESLAV@example.org', 'PL', '1990-02-28', NULL),
  (4,  '山田 太郎',          'taro@example.jp',    'JP', '1988-08-08', 3.0),
  (5,  'O''Brien; DROP',     'obrien@example.ie',  'IE', '1971-01-01', -1.5),
  (6,  'Zoë "Z" Quote',      NULL,                 'NL', NULL,         0.1),
  (7,  '',                   'empty@example.org',  NULL, '2000-02-29', 1e300),
  (8,  'مريم',               'maryam@example.org', 'EG', '1999-12-31', 2.5),
  (9,  'Emoji 👩‍👩‍👧 family',   'emoji@example.org',  'NZ', '1984-04-04', 1e-300),
  (10, 'Percent 100% _under_', 'percent@example.org', 'NZ', '1976-07-04', 42.0),
  (11, 'two
lines',                      'lines@example.org',  'GB', '1955-05-05', 0.30000000000000004),
  (12, 'tab	and \ backslash', 'tab@example.org',    'FR', '1944-06-06', 100.0);

CREATE TABLE products (
  id          INTEGER PRIMARY KEY,
  sku         TEXT NOT NULL UNIQUE,
  name        TEXT NOT NULL,
  price_cents INTEGER NOT NULL CHECK (price_cents >= 0),
  price       REAL GENERATED ALWAYS AS (price_cents / 100.0) VIRTUAL,
  label       TEXT GENERATED ALWAYS AS (sku || ': ' || name) STORED,
  attributes  TEXT CHECK (attributes IS NULL OR json_valid(attributes))
);
INSERT INTO products (id, sku, name, price_cents, attributes) VALUES
  (1, 'TEA-01', 'Green tea',     450,   '{"colour":"green","grams":100,"tags":["leaf","hot"],"origin":{"country":"JP","farm":null}}'),
  (2, 'TEA-02', 'Black tea',     399,   '{"colour":"black","grams":250,"tags":["leaf"]}'),
  (3, 'MUG-01', 'Mug',           1250,  '{"colour":"white","tags":[],"volume":0.33}'),
  (4, 'POT-01', 'Teapot',        4999,  '{"colour":"red","tags":["heavy","fragile"],"volume":1.2}'),
  (5, 'KET-01', 'Kettle',        8900,  '{"colour":null,"watts":2200,"tags":["electric"]}'),
  (6, 'SPO-01', 'Spoon',         199,   '{"tags":["steel"],"set":true}'),
  (7, 'FREE-1', 'Sample update', 0,     NULL),
  (8, 'HUGE-1', 'Tea factory',   922337203685477580, '{"note":"does not fit into a double"}');

CREATE TABLE orders (
  id          INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  status      TEXT NOT NULL CHECK (status IN ('open', 'paid', 'shipped', 'refunded')),
  placed_at   TEXT NOT NULL,
  note        TEXT
);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
INSERT INTO orders
SELECT i, 1 + (i * 7) % 10,
       CASE i % 4 WHEN 0 THEN 'open' WHEN 1 THEN 'paid' WHEN 2 THEN 'shipped' ELSE 'refunded' END,
       datetime('2025-01-01', '+' || (i * 31) || ' hours'),
       CASE WHEN i % 5 = 0 THEN 'note ' || i END
FROM n;
CREATE INDEX orders_customer ON orders (customer_id, placed_at);
CREATE INDEX orders_open ON orders (placed_at) WHERE status = 'open';

CREATE TABLE items (
  order_id   INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
  product_id INTEGER NOT NULL REFERENCES products (id) ON UPDATE CASCADE,
  quantity   INTEGER NOT NULL,
  PRIMARY KEY (order_id, product_id)
) WITHOUT ROWID;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
INSERT INTO items
SELECT i, 1 + (i + k.v) % 7, 1 + (i * k.v) % 4 FROM n, (SELECT 1 AS v UNION ALL SELECT 3) AS k;

CREATE TABLE price_log (product_id INTEGER, old_cents INTEGER, new_cents INTEGER);
CREATE TRIGGER products_price AFTER UPDATE OF price_cents ON products
BEGIN
  INSERT INTO price_log VALUES (old.id, old.price_cents, new.price_cents);
END;

CREATE VIEW order_totals AS
SELECT o.id AS order_id, o.customer_id, o.status, sum(i.quantity * p.price_cents) AS total_cents
FROM orders AS o JOIN items AS i ON i.order_id = o.id JOIN products AS p ON p.id = i.product_id
GROUP BY o.id;
CREATE VIEW open_orders AS SELECT id, customer_id, note FROM orders WHERE status = 'open';
CREATE TRIGGER open_orders_insert INSTEAD OF INSERT ON open_orders
BEGIN
  INSERT INTO orders VALUES (new.id, new.customer_id, 'open', '2026-01-01 00:00:00', new.note);
END;

CREATE TABLE "update" ("drop" TEXT, "select" INTEGER, "from where" TEXT, "delete""d" TEXT);
INSERT INTO "update" VALUES ('table', 1, 'here', 'x'), ('insert into', 2, NULL, '-- not a comment'), ('PRAGMA', 3, 'there;', '/* nor this */');

CREATE TABLE cells (id INTEGER PRIMARY KEY, kind TEXT, v);
INSERT INTO cells VALUES
  (1, 'null', NULL), (2, 'zero', 0), (3, 'minus one', -1), (4, '2^53-1', 9007199254740991), (5, '2^53', 9007199254740992),
  (6, '-2^53', -9007199254740992), (7, '2^63-1', 9223372036854775807), (8, '-2^63', -9223372036854775808),
  (9, 'real one', 1.0), (10, 'tenth', 0.1), (11, 'third', 1.0 / 3), (12, 'small', 5e-324), (13, 'large', 1.7976931348623157e308),
  (14, 'minus zero', -0.0), (15, 'empty text', ''), (16, 'text', 'plain'), (17, 'digits', '00123'), (18, 'quotes', '''"`[]'),
  (19, 'control', char(1, 9, 10, 13, 31, 127)), (20, 'beyond the BMP', '𝔘𝔫𝔦𝔠𝔬𝔡𝔢'), (21, 'separators', char(0x2028, 0x2029, 0xFEFF, 0x200B)),
  (22, 'empty blob', x''), (23, 'blob', x'00FF10C3A9'), (24, 'blob of text', CAST('abc' AS BLOB)), (25, 'infinity', 9e999), (26, 'minus infinity', -9e999);

CREATE TABLE tree (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES tree (id), name TEXT NOT NULL);
INSERT INTO tree VALUES (1, NULL, 'root'), (2, 1, 'left'), (3, 1, 'right'), (4, 2, 'leaf a'), (5, 2, 'leaf b'), (6, 5, 'deep');

CREATE TABLE events (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, day TEXT NOT NULL, amount INTEGER);
CREATE INDEX events_kind ON events (kind, day);
INSERT INTO events (kind, day, amount) VALUES ('first', '2025-01-01', 1);
ANALYZE events;
WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
INSERT INTO events (kind, day, amount)
SELECT CASE i % 3 WHEN 0 THEN 'click' WHEN 1 THEN 'view' ELSE 'buy' END, date('2025-01-01', '+' || (i % 90) || ' days'),
       CASE WHEN i % 11 = 0 THEN NULL ELSE (i * 37) % 101 END
FROM n;

CREATE VIRTUAL TABLE notes USING fts5 (title, body);
INSERT INTO notes (rowid, title, body) VALUES
  (1, 'Brewing', 'Pour hot water over the green leaves and wait three minutes'),
  (2, 'Cleaning', 'Never put the teapot into the dishwasher; drop by drop is fine'),
  (3, 'Ordering', 'Select, update or delete your order before midnight'),
  (4, 'Über Tee', 'Grüner Tee ist köstlich, schwarzer auch');
CREATE VIRTUAL TABLE old_notes USING fts4 (body);
INSERT INTO old_notes VALUES ('one segment of the index');
INSERT INTO old_notes VALUES ('another segment of the same index');
INSERT INTO old_notes VALUES ('a third one');
CREATE VIRTUAL TABLE areas USING rtree (id, min_x, max_x, min_y, max_y);
INSERT INTO areas VALUES (1, 0, 10, 0, 10), (2, 5, 15, 5, 15), (3, 20, 30, 20, 30), (4, -5.5, -1.25, 0, 1);

CREATE TABLE junk (filler TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 64) INSERT INTO junk SELECT hex(zeroblob(1024)) FROM n;
DELETE FROM junk;
