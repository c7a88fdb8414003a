-- A million orders and fifty thousand customers, the same on every machine: no random(), no clock.
PRAGMA journal_mode = WAL;
BEGIN;
CREATE TABLE orders(
  id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, status TEXT NOT NULL, amount NUMERIC NOT NULL,
  created_at TEXT NOT NULL, note TEXT, payload TEXT NOT NULL, flag INTEGER NOT NULL, ratio REAL NOT NULL);
CREATE TABLE customers(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, country TEXT NOT NULL,
  created_at TEXT NOT NULL, credit NUMERIC NOT NULL);
WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
INSERT INTO orders
SELECT i,
       1 + i * 48271 % 50000,
       CASE i % 5 WHEN 0 THEN 'new' WHEN 1 THEN 'paid' WHEN 2 THEN 'shipped' WHEN 3 THEN 'cancelled' ELSE 'returned' END,
       i * 16807 % 10000000 / 100.0,
       strftime('%Y-%m-%d %H:%M:%S', 1609459200 + i * 7919 % 100000000, 'unixepoch') || '+00',
       CASE WHEN i % 3 <> 0 THEN 'note ' || i || ' "q" ' || char(233) END,
       printf('{"qty": %d, "sku": "SKU-%d", "tags": ["a", "b%d"]}', 1 + i % 9, i % 1000, i % 10),
       i % 2 = 0,
       i * 48271 % 1000003 / 1000003.0
FROM n;
WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
INSERT INTO customers
SELECT i,
       'Customer ' || i,
       'c' || i || '@example.com',
       CASE i % 8 WHEN 0 THEN 'DE' WHEN 1 THEN 'FR' WHEN 2 THEN 'US' WHEN 3 THEN 'GB'
                  WHEN 4 THEN 'JP' WHEN 5 THEN 'BR' WHEN 6 THEN 'IN' ELSE 'CN' END,
       strftime('%Y-%m-%d %H:%M:%S', 1577836800 + i * 7919 % 100000000, 'unixepoch') || '+00',
       i * 48271 % 1000000 / 100.0
FROM n;
CREATE INDEX orders_customer ON orders(customer_id);
COMMIT;
ANALYZE;
PRAGMA wal_checkpoint(TRUNCATE);
VACUUM;
