-- A small shop, the same each time.
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE);
INSERT INTO customers VALUES (1, 'Ada', 'ada@example.org'), (2, 'Blaise', 'blaise@example.org'), (3, 'Česlav', NULL);
CREATE TABLE "Orders" (
  id INTEGER PRIMARY KEY,
  status TEXT NOT NULL DEFAULT 'open',
  customer_id INTEGER NOT NULL REFERENCES customers (id),
  total_cents INTEGER CHECK (total_cents >= 0)
);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250)
INSERT INTO "Orders" SELECT i, CASE i % 3 WHEN 0 THEN 'open' WHEN 1 THEN 'paid' ELSE 'shipped' END, 1 + i % 3, i * 100 FROM n;
CREATE INDEX orders_customer_idx ON "Orders" (customer_id);
CREATE TABLE order_items (order_id INTEGER NOT NULL REFERENCES "Orders" (id), product TEXT NOT NULL, quantity INTEGER NOT NULL);
INSERT INTO order_items SELECT id, 'product ' || (id % 7), 1 + id % 5 FROM "Orders";
CREATE TABLE notes (id INTEGER PRIMARY KEY, note TEXT);
INSERT INTO notes VALUES (1, 'first'), (2, 'a very long note ' || replace(hex(zeroblob(5000)), '00', 'xy')), (3, NULL), (4, '');
CREATE VIEW open_orders AS SELECT id, customer_id FROM "Orders" WHERE status = 'open';
