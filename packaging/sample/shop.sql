-- The sample shop: invented, and the same on every machine. Money in cents, times in UTC.
-- application_id says that the file is ours ("dbmx"), user_version which edition of the sample it is.
PRAGMA application_id = 1684172152;
PRAGMA user_version = 1;
PRAGMA foreign_keys = ON;
BEGIN;

CREATE TABLE customers (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT UNIQUE,
  city TEXT NOT NULL,
  country TEXT NOT NULL CHECK (length(country) = 2),
  joined_on TEXT NOT NULL,
  note TEXT
);

CREATE TABLE products (
  id INTEGER PRIMARY KEY,
  sku TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  category TEXT NOT NULL,
  price_cents INTEGER NOT NULL CHECK (price_cents > 0),
  weight_kg REAL,
  discontinued_on TEXT
);

CREATE TABLE orders (
  id INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  ordered_at TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'paid', 'shipped', 'refunded')),
  shipped_at TEXT,
  note TEXT
);

CREATE TABLE items (
  order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
  line INTEGER NOT NULL,
  product_id INTEGER NOT NULL REFERENCES products (id),
  quantity INTEGER NOT NULL CHECK (quantity > 0),
  price_cents INTEGER NOT NULL,
  total_cents INTEGER GENERATED ALWAYS AS (quantity * price_cents) VIRTUAL,
  PRIMARY KEY (order_id, line)
) WITHOUT ROWID;

-- Numbers that look thrown and are not: multiples of large primes, modulo a prime.

WITH RECURSIVE
  n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 500),
  first(i, name) AS (VALUES
    (0, 'Ada'), (1, 'Zoë'), (2, 'Łukasz'), (3, 'Aïcha'), (4, 'Björn'), (5, 'Chiara'), (6, 'Darío'), (7, 'Elif'),
    (8, 'Femi'), (9, 'Grace'), (10, 'Hà'), (11, 'Иван'), (12, 'Jürgen'), (13, 'Kateřina'), (14, 'Leïla'),
    (15, 'Mei'), (16, 'Niamh'), (17, 'Øyvind'), (18, 'Priya'), (19, 'Quentin'), (20, 'Rūta'), (21, 'Søren'), (22, 'Ελένη')),
  last(i, name) AS (VALUES
    (0, 'Andersson'), (1, 'Björk'), (2, 'Çelik'), (3, 'Dubois'), (4, 'Eriksen'), (5, 'García'), (6, 'Horváth'),
    (7, 'Ionescu'), (8, 'Jansen'), (9, 'Kowalska'), (10, 'Lindqvist'), (11, 'Müller'), (12, 'Nguyễn'), (13, 'O''Brien'),
    (14, 'Papadopoulos'), (15, 'Quispe'), (16, 'Rossi'), (17, 'Šimić'), (18, 'Tanaka'), (19, 'Петрова'), (20, 'van den Berg'),
    (21, 'Weiß'), (22, '王'), (23, 'Yılmaz'), (24, 'Zając')),
  place(i, city, country) AS (VALUES
    (0, 'Zürich', 'CH'), (1, 'København', 'DK'), (2, 'Łódź', 'PL'), (3, 'São Paulo', 'BR'), (4, 'İzmir', 'TR'),
    (5, 'Kraków', 'PL'), (6, 'Málaga', 'ES'), (7, '東京', 'JP'), (8, 'Αθήνα', 'GR'), (9, 'Cork', 'IE'), (10, 'Lyon', 'FR'),
    (11, 'Göteborg', 'SE'), (12, 'Leipzig', 'DE'))
INSERT INTO customers (id, name, email, city, country, joined_on, note)
SELECT n.i, first.name || ' ' || last.name,
  iif(n.i * 48271 % 101 % 14 = 0, NULL, printf('customer%03d@example.com', n.i)), city, country,
  date('2023-06-01', printf('+%d days', n.i * 7919 % 211 * n.i / 500)),
  CASE n.i * 16807 % 97 % 31 WHEN 0 THEN 'prefers e-mail' WHEN 1 THEN '' WHEN 2 THEN 'gift wrap, please 🎁' END
FROM n
JOIN first ON first.i = n.i * 7919 % 23
JOIN last ON last.i = n.i * 104729 % 25
JOIN place ON place.i = n.i * 48271 % 499 % 13
ORDER BY n.i;

WITH
  kind(c, category, noun, base) AS (VALUES
    (0, 'coffee', 'Espresso Cup', 890), (1, 'coffee', 'Pour-over Kettle', 5490), (2, 'kitchen', 'Chef''s Knife', 7900),
    (3, 'kitchen', 'Cast-iron Pan', 6490), (4, 'desk', 'Notebook', 1290), (5, 'desk', 'Fountain Pen', 3990),
    (6, 'home', 'Wool Blanket', 8900), (7, 'home', 'Desk Lamp', 4990), (8, 'garden', 'Watering Can', 2790),
    (9, 'garden', 'Pruning Shears', 3290)),
  make(v, adjective, percent) AS (VALUES
    (0, 'Classic', 100), (1, 'Small', 80), (2, 'Large', 135), (3, 'Linen', 120), (4, 'Oak', 145), (5, 'Café', 95),
    (6, 'Midnight', 110), (7, 'Copper', 160), (8, 'Travel', 90), (9, 'Studio', 150), (10, 'Everyday', 75), (11, 'Limited', 210))
INSERT INTO products (id, sku, name, category, price_cents, weight_kg, discontinued_on)
SELECT c * 12 + v + 1, printf('%s-%03d', upper(substr(category, 1, 3)), c * 12 + v + 1), adjective || ' ' || noun, category,
  base * percent / 100 / 10 * 10, iif((c * 12 + v) % 9 = 4, NULL, round((c * 37 + v * 13) % 40 / 10.0 + 0.15, 2)),
  iif((c * 12 + v) % 17 = 11, date('2025-01-31', printf('+%d months', v)), NULL)
FROM kind, make
ORDER BY 1;

-- Two years of orders, closer together towards the end: the shop grows.
WITH RECURSIVE
  n(i, at) AS (
    VALUES (1, unixepoch('2024-01-01 08:00:00'))
    UNION ALL
    SELECT i + 1, at + (30000 - 6 * i) * (20 + i * 48271 % 2003 % 161) / 100 FROM n WHERE i < 3000),
  o(i, at, dice, stage) AS (SELECT i, at, i * 16807 % 3001 % 100, (3000 - i) / 20 FROM n)
INSERT INTO orders (id, customer_id, ordered_at, status, shipped_at, note)
SELECT i, 1 + i * 7919 % 2999 % 500 * (i * 104729 % 997 % 7 + 1) / 7, strftime('%Y-%m-%dT%H:%M:%SZ', at, 'unixepoch'),
  CASE WHEN dice < 4 THEN 'refunded' WHEN stage < 1 THEN 'open' WHEN stage < 3 THEN 'paid' ELSE 'shipped' END,
  iif(stage < 3, NULL, strftime('%Y-%m-%dT%H:%M:%SZ', at + 40000 + dice * 2900, 'unixepoch')),
  CASE dice WHEN 50 THEN 'leave at the door' WHEN 51 THEN 'call before delivery' WHEN 52 THEN 'neighbour: Müller' END
FROM o;

WITH line(k) AS (VALUES (1), (2), (3), (4), (5))
INSERT INTO items (order_id, line, product_id, quantity, price_cents)
SELECT o.id, k, p.id, 1 + (o.id * 48271 + k * 16807) % 1009 % 13 / 6,
  p.price_cents * iif((o.id + k) % 10 = 0, 90, 100) / 100
FROM orders o
JOIN line ON k <= 1 + o.id * 104729 % 1013 % 8 * 5 / 8
JOIN products p ON p.id = 1 + (o.id * 7919 + k * 104729) % 2953 % 120
ORDER BY o.id, k;

CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX orders_ordered_at ON orders (ordered_at);
CREATE INDEX items_product ON items (product_id);
CREATE INDEX products_on_sale ON products (category, price_cents) WHERE discontinued_on IS NULL;

CREATE VIEW order_totals AS
SELECT o.id AS order_id, o.customer_id, c.name AS customer, o.ordered_at, o.status, count(*) AS lines,
  sum(i.total_cents) AS total_cents
FROM orders o JOIN customers c ON c.id = o.customer_id JOIN items i ON i.order_id = o.id
GROUP BY o.id;

CREATE VIEW monthly_sales AS
SELECT substr(ordered_at, 1, 7) AS month, count(*) AS orders, sum(total_cents) AS total_cents
FROM order_totals WHERE status <> 'refunded'
GROUP BY month;

CREATE VIEW product_sales AS
SELECT p.id AS product_id, p.name, p.category, sum(i.quantity) AS sold, sum(i.total_cents) AS total_cents
FROM products p LEFT JOIN items i ON i.product_id = p.id
GROUP BY p.id;

COMMIT;
