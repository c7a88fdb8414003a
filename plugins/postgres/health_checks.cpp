#include "health_checks.hpp"

#include <array>

namespace dbmux::postgres {

namespace {

constexpr const char* kConnections =
    "SELECT CASE WHEN used >= 0.95 * most THEN 'fail' WHEN used >= 0.8 * most THEN 'warn' ELSE 'ok' END AS "
    "status,"
    " format('%s of %s', used, most) AS value, CASE WHEN used >= 0.8 * most THEN 'pg_stat_activity names the "
    "idle"
    " sessions: lower the pools of the applications that hold them, or put a pooler in front; "
    "max_connections costs"
    " memory and a restart.' ELSE '' END AS advice FROM (SELECT (SELECT sum(numbackends) FROM"
    " pg_catalog.pg_stat_database) AS used, current_setting('max_connections')::int -"
    " current_setting('superuser_reserved_connections')::int -"
    " coalesce(current_setting('reserved_connections', true)::int, 0) AS most) c";

// Below so many blocks a ratio says nothing.
constexpr const char* kCacheHits =
    "SELECT CASE WHEN blocks < 20000 THEN 'ok' WHEN hits < 0.9 * blocks THEN 'warn' ELSE 'ok' END AS status,"
    " CASE WHEN blocks < 20000 THEN 'too few reads yet to tell' ELSE round(100.0 * hits / blocks, 1) || ' %' "
    "END AS"
    " value, CASE WHEN blocks >= 20000 AND hits < 0.9 * blocks THEN format('Less than 90 %% of the blocks "
    "come from"
    " memory: raise shared_buffers (now %s; a quarter of the memory is usual), or find the statements that "
    "read most"
    " with top_queries.', current_setting('shared_buffers')) ELSE '' END AS advice"
    " FROM (SELECT blks_hit AS hits, blks_hit + blks_read AS blocks FROM pg_catalog.pg_stat_database WHERE "
    "datname ="
    " current_database()) c";

constexpr const char* kInvalidIndexes =
    "SELECT 'warn' AS status, format('%I.%I on %I', n.nspname, x.relname, t.relname) AS value,"
    " format('A concurrent build failed: every write pays for the index, no read uses it. REINDEX INDEX "
    "CONCURRENTLY"
    " %I.%I; or DROP INDEX CONCURRENTLY %I.%I;', n.nspname, x.relname, n.nspname, x.relname) AS advice"
    " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid JOIN pg_catalog.pg_class "
    "t ON"
    " t.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace WHERE NOT i.indisvalid"
    " AND x.relkind = 'i' AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE"
    " p.index_relid = i.indexrelid) ORDER BY x.relpages DESC LIMIT 6";

// Of two that are alike the one without a constraint goes, else the later one.
constexpr const char* kDuplicateIndexes =
    "SELECT 'warn' AS status, format('%I.%I is like %I', n.nspname, x.relname, y.relname) AS value,"
    " format('DROP INDEX CONCURRENTLY %I.%I; frees %s and speeds up writes.', n.nspname, x.relname,"
    " pg_size_pretty(x.relpages * current_setting('block_size')::bigint)) AS advice"
    " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace"
    " JOIN pg_catalog.pg_index j ON j.indrelid = i.indrelid AND j.indexrelid <> i.indexrelid"
    " AND j.indkey::text = i.indkey::text AND j.indclass::text = i.indclass::text AND j.indcollation::text ="
    " i.indcollation::text AND j.indoption::text = i.indoption::text AND j.indnkeyatts = i.indnkeyatts"
    " AND j.indexprs::text IS NOT DISTINCT FROM i.indexprs::text AND j.indpred::text IS NOT DISTINCT FROM"
    " i.indpred::text AND j.indisvalid"
    " JOIN pg_catalog.pg_class y ON y.oid = j.indexrelid AND y.relam = x.relam"
    " WHERE NOT i.indisprimary AND n.nspname !~ '^pg_' AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint "
    "c WHERE"
    " c.conindid = i.indexrelid) AND (NOT i.indisunique OR j.indisunique) AND (j.indisprimary OR "
    "j.indisunique AND NOT"
    " i.indisunique OR EXISTS (SELECT FROM pg_catalog.pg_constraint c WHERE c.conindid = j.indexrelid)"
    " OR j.indexrelid < i.indexrelid) ORDER BY x.relpages DESC LIMIT 6";

// Never used, though its table is: what was made a moment ago is no finding.
constexpr const char* kUnusedIndexes =
    "SELECT 'warn' AS status, format('%I.%I on %I (%s)', s.schemaname, s.indexrelname, s.relname, "
    "pg_size_pretty("
    "x.relpages * current_setting('block_size')::bigint)) AS value, format('Not used in %s scans of its "
    "table since"
    " %s. If no replica uses it either: DROP INDEX CONCURRENTLY %I.%I;', t.scans, coalesce((SELECT"
    " to_char(stats_reset, 'YYYY-MM-DD') FROM pg_catalog.pg_stat_database WHERE datname = "
    "current_database()),"
    " 'the statistics began'), s.schemaname, s.indexrelname) AS advice"
    " FROM pg_catalog.pg_stat_user_indexes s JOIN pg_catalog.pg_index i ON i.indexrelid = s.indexrelid"
    " JOIN pg_catalog.pg_class x ON x.oid = s.indexrelid JOIN (SELECT relid, coalesce(seq_scan, 0) +"
    " coalesce(idx_scan, 0) AS scans FROM pg_catalog.pg_stat_user_tables) t ON t.relid = s.relid"
    " WHERE s.idx_scan = 0 AND t.scans >= 100 AND NOT i.indisunique AND NOT i.indisexclusion AND i.indisvalid"
    " AND x.relpages * current_setting('block_size')::bigint >= 1048576 AND NOT EXISTS (SELECT FROM"
    " pg_catalog.pg_constraint c WHERE c.conindid = s.indexrelid) ORDER BY x.relpages DESC LIMIT 6";

// What a B-tree of these rows would take at its usual 90 %, by the planner's widths; a page has 8,168 bytes
// for entries.
constexpr const char* kBloatedIndexes =
    "SELECT 'warn' AS status, format('%I.%I: about %s of %s', nspname, relname, pg_size_pretty(bytes - "
    "needed),"
    " pg_size_pretty(bytes)) AS value, format('By an estimate that much is empty. REINDEX INDEX CONCURRENTLY "
    "%I.%I;',"
    " nspname, relname) AS advice FROM (SELECT n.nspname, x.relname,"
    " x.relpages * current_setting('block_size')::bigint AS bytes, ceil(x.reltuples * (12 + 8 * "
    "ceil(sum(coalesce("
    "s.avg_width, 8)) / 8.0)) / (8168 * 0.9) + 1)::bigint * current_setting('block_size')::bigint AS needed"
    " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid AND x.reltuples >= 0"
    " JOIN pg_catalog.pg_am m ON m.oid = x.relam AND m.amname = 'btree'"
    " JOIN pg_catalog.pg_class t ON t.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = "
    "x.relnamespace"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (i.indkey)"
    " LEFT JOIN pg_catalog.pg_stats s ON s.schemaname = n.nspname AND s.tablename = t.relname AND s.attname "
    "= a.attname"
    " WHERE n.nspname !~ '^pg_' AND i.indexprs IS NULL AND i.indisvalid AND x.relpages >= 512 AND"
    " has_table_privilege(t.oid, 'SELECT') GROUP BY n.nspname, x.relname, x.relpages, x.reltuples) b"
    " WHERE bytes - needed >= 4194304 AND bytes > 2 * needed ORDER BY bytes - needed DESC LIMIT 6";

constexpr const char* kVacuum =
    "SELECT 'warn' AS status, format('%I.%I: %s dead rows beside %s, last vacuumed %s', schemaname, relname, "
    "n_dead_tup,"
    " n_live_tup, coalesce(to_char(greatest(last_vacuum, last_autovacuum), 'YYYY-MM-DD HH24:MI'), 'never')) "
    "AS value,"
    " format('VACUUM (ANALYZE) %I.%I; if it comes back: ALTER TABLE %I.%I SET (autovacuum_enabled = true,"
    " autovacuum_vacuum_scale_factor = 0.05); and look for long transactions, which keep dead rows.', "
    "schemaname,"
    " relname, schemaname, relname) AS advice FROM pg_catalog.pg_stat_user_tables WHERE n_dead_tup >= 10000"
    " AND n_dead_tup > 0.3 * n_live_tup ORDER BY n_dead_tup DESC LIMIT 6";

constexpr const char* kWraparound =
    "SELECT CASE WHEN used >= 0.75 THEN 'fail' WHEN used >= 0.4 THEN 'warn' ELSE 'ok' END AS status,"
    " format('%s %% of the transaction numbers are in use, most by database %I', round(100 * used, 1), "
    "datname) AS"
    " value, CASE WHEN used >= 0.4 THEN format('Autovacuum does not keep up. In database %I: VACUUM (FREEZE) "
    "the oldest"
    " tables: SELECT oid::regclass, age(relfrozenxid) FROM pg_class WHERE relkind IN (''r'',''m'',''t'') "
    "ORDER BY 2"
    " DESC LIMIT 10; end what holds it back: long transactions, unused replication slots. The server stops "
    "writing at"
    " 100 %%.', datname) ELSE '' END AS advice FROM (SELECT datname, greatest(age(datfrozenxid),"
    " mxid_age(datminmxid)) / 2147483648.0 AS used FROM pg_catalog.pg_database WHERE datallowconn"
    " ORDER BY 2 DESC LIMIT 1) d";

constexpr const char* kReplication =
    "SELECT status, value, advice FROM (SELECT CASE WHEN r.replay_lsn IS NULL THEN 'unknown' WHEN behind > "
    "1073741824"
    " THEN 'fail' WHEN behind > 67108864 OR r.replay_lag > interval '1 minute' THEN 'warn' ELSE 'ok' END AS "
    "status,"
    " format('%s: %s behind', coalesce(nullif(r.application_name, ''), r.pid::text), "
    "coalesce(pg_size_pretty(behind),"
    " '?')) AS value, CASE WHEN r.replay_lsn IS NULL THEN format('GRANT pg_monitor TO %I; lets this be "
    "seen.',"
    " current_user) WHEN behind > 67108864 OR r.replay_lag > interval '1 minute' THEN 'Look at the replica: "
    "its disk,"
    " its network, and queries there that hold the replay back (max_standby_streaming_delay).' ELSE '' END "
    "AS advice,"
    " behind FROM pg_catalog.pg_stat_replication r CROSS JOIN LATERAL (SELECT pg_wal_lsn_diff(CASE WHEN"
    " pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, "
    "r.replay_lsn)::bigint AS"
    " behind) b UNION ALL SELECT CASE WHEN late > interval '5 minutes' THEN 'fail' WHEN late > interval '1 "
    "minute'"
    " THEN 'warn' ELSE 'ok' END, format('this is a replica, %s s behind', round(extract(epoch FROM late))), "
    "CASE WHEN"
    " late > interval '1 minute' THEN 'See pg_stat_wal_receiver here and pg_stat_replication on the "
    "primary.' ELSE ''"
    " END, 0 FROM (SELECT CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN interval '0' "
    "ELSE now() -"
    " pg_last_xact_replay_timestamp() END AS late) l WHERE pg_is_in_recovery() AND late IS NOT NULL) c"
    " ORDER BY array_position('{fail,warn,unknown,ok}'::text[], status), behind DESC LIMIT 6";

// A standby's copy of a slot (since 17) is not in use until the standby is promoted.
constexpr const char* kSlots =
    "SELECT CASE WHEN s.wal_status IN ('unreserved', 'lost') OR kept > 1073741824 THEN 'fail' ELSE 'warn' "
    "END AS status,"
    " format('%s is not in use and keeps %s of WAL', s.slot_name, coalesce(pg_size_pretty(kept), '?')) AS "
    "value,"
    " format('If its reader does not come back: SELECT pg_drop_replication_slot(%L); else the disk fills.',"
    " s.slot_name) AS advice FROM pg_catalog.pg_replication_slots s CROSS JOIN LATERAL (SELECT "
    "pg_wal_lsn_diff(CASE"
    " WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, "
    "s.restart_lsn)::bigint AS"
    " kept) k WHERE NOT s.active AND NOT s.temporary AND"
    " (to_jsonb(s) ->> 'synced') IS DISTINCT FROM 'true' ORDER BY 1, kept DESC NULLS LAST LIMIT 6";

// The end is that of the sequence, or sooner that of the column that it feeds.
constexpr const char* kSequences =
    "SELECT CASE WHEN used >= 0.95 THEN 'fail' ELSE 'warn' END AS status, format('%I.%I: %s %% used (%s of "
    "%s)',"
    " nspname, relname, round(100 * used, 1), last, most) AS value, CASE WHEN owner IS NULL THEN "
    "format('ALTER SEQUENCE"
    " %I.%I AS bigint NO MAXVALUE; and see that what it feeds can hold that.', nspname, relname) ELSE "
    "format('ALTER"
    " TABLE %s ALTER COLUMN %I TYPE bigint; ALTER SEQUENCE %I.%I AS bigint; the first rewrites the table "
    "under a"
    " lock.', owner, attname, nspname, relname) END AS advice FROM (SELECT n.nspname, c.relname, v.last, "
    "m.most,"
    " o.owner, o.attname, (v.last - q.seqmin)::numeric / (m.most - q.seqmin)::numeric AS used"
    " FROM pg_catalog.pg_sequence q JOIN pg_catalog.pg_class c ON c.oid = q.seqrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_'"
    " LEFT JOIN LATERAL (SELECT d.refobjid::regclass AS owner, a.attname, CASE a.atttypid WHEN "
    "'int2'::regtype THEN"
    " 32767 WHEN 'int4'::regtype THEN 2147483647 END AS most FROM pg_catalog.pg_depend d JOIN "
    "pg_catalog.pg_attribute a"
    " ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE d.classid = "
    "'pg_catalog.pg_class'::regclass AND"
    " d.objid = c.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype IN ('a','i') LIMIT 1) "
    "o ON true"
    " CROSS JOIN LATERAL (SELECT least(q.seqmax, o.most) AS most) m"
    " CROSS JOIN LATERAL (SELECT CASE WHEN has_sequence_privilege(c.oid, 'SELECT,USAGE') THEN"
    " pg_sequence_last_value(c.oid) END AS last) v"
    " WHERE q.seqincrement > 0 AND NOT q.seqcycle AND v.last IS NOT NULL AND m.most > q.seqmin) s WHERE used "
    ">= 0.8"
    " UNION ALL SELECT 'unknown', format('%s sequences may not be read', count(*)), format('GRANT SELECT ON "
    "ALL"
    " SEQUENCES IN SCHEMA %s TO %I;', string_agg(DISTINCT quote_ident(n.nspname), ', '), current_user)"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ "
    "'^pg_'"
    " WHERE CASE WHEN c.relkind = 'S' THEN NOT has_sequence_privilege(c.oid, 'SELECT, USAGE') ELSE false END"
    " HAVING count(*) > 0 ORDER BY 1 LIMIT 6";

constexpr const char* kLocks =
    "SELECT CASE WHEN waited > interval '30 seconds' THEN 'fail' ELSE 'warn' END AS status, format('session "
    "%s waits"
    " for %s%s%s', w.pid, array_to_string(b.pids, ', '), ' since ' || round(extract(epoch FROM waited)) || ' "
    "s', ': ' ||"
    " left(w.query, 80)) AS value, coalesce((SELECT string_agg(format('Session %s of %s is %s%s. SELECT "
    "%s(%s); ends"
    " that.', h.pid, coalesce(h.usename, '?'), coalesce(h.state, 'something that only pg_monitor may see'), "
    "' since ' ||"
    " round(extract(epoch FROM now() - h.state_change)) || ' s', CASE WHEN h.state = 'active' THEN "
    "'pg_cancel_backend'"
    " ELSE 'pg_terminate_backend' END, h.pid), ' ') FROM pg_catalog.pg_stat_activity h WHERE h.pid = ANY "
    "(b.pids)),"
    " 'A prepared transaction holds the lock: see pg_prepared_xacts.') AS advice"
    " FROM (SELECT DISTINCT pid FROM pg_catalog.pg_locks WHERE NOT granted) l JOIN "
    "pg_catalog.pg_stat_activity w ON"
    " w.pid = l.pid CROSS JOIN LATERAL (SELECT pg_blocking_pids(l.pid) AS pids) b CROSS JOIN LATERAL (SELECT"
    " clock_timestamp() - w.query_start AS waited) t WHERE cardinality(b.pids) > 0 AND (waited IS NULL OR "
    "waited >"
    " interval '1 second') ORDER BY 1, waited DESC NULLS LAST LIMIT 6";

// By the clock, or by how many transactions have come since: as many keep their dead rows.
constexpr const char* kLongTransactions =
    "SELECT status, value, advice FROM (SELECT CASE WHEN behind >= 10000000 OR old > interval '1 hour' THEN "
    "'fail' ELSE"
    " 'warn' END AS status, format('session %s of %s: %s for %s s, %s transactions behind', pid, usename,"
    " coalesce(state, '?'), round(extract(epoch FROM old)), behind) AS value, format('It keeps dead rows "
    "from being"
    " removed. End it if nobody waits for it: SELECT pg_terminate_backend(%s); "
    "idle_in_transaction_session_timeout"
    " prevents the next.', pid) AS advice, old FROM (SELECT *, greatest(age(backend_xmin), age(backend_xid), "
    "0) AS"
    " behind, now() - xact_start AS old FROM pg_catalog.pg_stat_activity WHERE pid <> pg_backend_pid() AND"
    " (backend_type = 'client backend' OR backend_type IS NULL)) a WHERE behind >= 100000 OR old >"
    " interval '5 minutes' UNION ALL SELECT 'unknown', 'sessions of other users are not shown', format('GRANT"
    " pg_monitor TO %I; lets them be seen.', current_user), NULL WHERE NOT pg_has_role(current_user,"
    " 'pg_read_all_stats', 'USAGE')) c ORDER BY array_position('{fail,warn,unknown}'::text[], status), old "
    "DESC LIMIT 6";

constexpr std::array kChecks{
    HealthCheck{"connections", kConnections, ""},
    HealthCheck{"cache hits", kCacheHits, "no reads yet"},
    HealthCheck{"invalid indexes", kInvalidIndexes, "none"},
    HealthCheck{"duplicate indexes", kDuplicateIndexes, "none"},
    HealthCheck{"unused indexes", kUnusedIndexes, "none"},
    HealthCheck{"bloated indexes", kBloatedIndexes, "none"},
    HealthCheck{"vacuum", kVacuum, "no table has many dead rows"},
    HealthCheck{"wraparound", kWraparound, ""},
    HealthCheck{"replication", kReplication, "no replicas"},
    HealthCheck{"replication slots", kSlots, "none is idle"},
    HealthCheck{"sequences", kSequences, "none is near its end"},
    HealthCheck{"locks", kLocks, "nobody waits"},
    HealthCheck{"long transactions", kLongTransactions, "none"},
};

}  // namespace

std::span<const HealthCheck> health_checks() { return kChecks; }

}  // namespace dbmux::postgres
