-- The million orders of ../sqlite/orders.sql with the types that they have here; no random(), no clock.
CREATE TABLE orders(
  id bigint PRIMARY KEY, customer_id integer NOT NULL, status text NOT NULL, amount numeric(12,2) NOT NULL,
  created_at timestamptz NOT NULL, note text, payload jsonb NOT NULL, flag boolean NOT NULL, ratio double precision NOT NULL);
INSERT INTO orders
SELECT i,
       1 + i * 48271 % 50000,
       (ARRAY['new', 'paid', 'shipped', 'cancelled', 'returned'])[1 + i % 5],
       i * 16807 % 10000000 / 100.0,
       timestamptz '2021-01-01 00:00:00+00' + (i * 7919 % 100000000) * interval '1 second',
       CASE WHEN i % 3 <> 0 THEN 'note ' || i || ' "q" ' || chr(233) END,
       jsonb_build_object('qty', 1 + i % 9, 'sku', 'SKU-' || i % 1000, 'tags', jsonb_build_array('a', 'b' || i % 10)),
       i % 2 = 0,
       i * 48271 % 1000003 / 1000003.0::float8
FROM generate_series(1::bigint, 1000000) i;
CREATE INDEX orders_customer ON orders(customer_id);
VACUUM ANALYZE orders;
