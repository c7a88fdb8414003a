// What npm tedious, a client that shares no code with the server or the plugin, sees of the server.
// usage: DBMUX_NODE_FOLDER=FOLDER node vouch.mjs PORT PORT-REQUIRED PORT-NONE CA.pem OTHER-CA.pem
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.DBMUX_NODE_FOLDER}/package.json`);
const { Connection, Request, TYPES } = require("tedious");
const [port, required, none] = process.argv.slice(2, 5).map(Number);
const [goodCa, otherCa] = process.argv.slice(5, 7).map((file) => readFileSync(file));

let passed = 0, failed = 0;
async function check(name, run) {
  try {
    await run();
    passed++;
    console.log(`ok      tedious: ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  tedious: ${name}: ${error.message}`);
  }
}
function same(seen, wanted) {
  const text = (value) => JSON.stringify(value, (_, v) => (typeof v === "bigint" ? `${v}n` : v));
  if (text(seen) !== text(wanted)) throw new Error(`${text(seen)} instead of ${text(wanted)}`);
}
async function refused(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it was let through");
}

function connect({ to = port, password = "tds-test-7Q", encrypt = true, database = "test", packetSize = 4096, trust = false, ca = goodCa } = {}) {
  return new Promise((resolve, reject) => {
    const connection = new Connection({
      server: "localhost",
      authentication: { type: "default", options: { userName: "tester", password } },
      options: { port: to, database, encrypt, packetSize, trustServerCertificate: trust, cryptoCredentialsDetails: { ca },
                 tdsVersion: "7_4", useUTC: true, connectTimeout: 5000, requestTimeout: 0, cancelTimeout: 5000 },
    });
    connection.messages = [];
    connection.on("infoMessage", (m) => connection.messages.push(m));
    connection.connect((error) => (error ? reject(error) : resolve(connection)));
  });
}
function run(connection, sql, parameters = [], { batch = false, started = () => {} } = {}) {
  return new Promise((resolve, reject) => {
    const results = [];
    const request = new Request(sql, (error, count) => (error ? reject(Object.assign(error, { results })) : resolve({ results, count })));
    request.on("columnMetadata", (columns) => results.push({ columns, rows: [] }));
    request.on("row", (row) => {
      results.at(-1).rows.push(row.map((cell) => cell.value));
      if (results.at(-1).rows.length === 1) started(request);
    });
    for (const [name, type, value, options] of parameters) request.addParameter(name, type, value, options);
    batch ? connection.execSqlBatch(request) : connection.execSql(request);
    if (started.length === 2) started(request, connection);
  });
}
const rows = async (connection, sql, parameters, options) => (await run(connection, sql, parameters, options)).results[0].rows;

await check("login with TLS, the certificate checked", async () => (await connect()).close());
await check("login with TLS only for the login", async () => (await connect({ encrypt: false })).close());
await check("login where TLS is required", async () => (await connect({ to: required, encrypt: true })).close());
await check("login without TLS", async () => (await connect({ to: none, encrypt: false })).close());
await check("a certificate of another authority is refused", async () => void (await refused(connect({ ca: otherCa }))));
await check("a certificate of another authority can be trusted", async () => (await connect({ ca: otherCa, trust: true })).close());
await check("wrong password", async () => same((await refused(connect({ password: "wrong" }))).message, "Login failed for user 'tester'."));
await check("unknown database", async () => void (await refused(connect({ database: "nowhere" }))));

const c = await connect();
await check("a batch", async () => same(await rows(c, "SELECT 1 AS a, N'x' AS b", [], { batch: true }), [[1, "x"]]));
await check("columns have names and types", async () => {
  const { results } = await run(c, "SELECT CAST(1 AS bigint) AS big, CAST('1.5' AS decimal(12,3)) AS d, 1");
  same(results[0].columns.map((m) => [m.colName, m.type.name, m.precision ?? null, m.scale ?? null]),
       [["big", "IntN", null, null], ["d", "DecimalN", 12, 3], ["", "IntN", null, null]]);
});
const echoes = [
  ["int", TYPES.Int, -7, -7], ["bigint", TYPES.BigInt, "9007199254740993", "9007199254740993"], ["bit", TYPES.Bit, true, true],
  ["float", TYPES.Float, 0.1, 0.1], ["decimal", TYPES.Decimal, 12.345, 12.345, { precision: 12, scale: 3 }],
  ["nvarchar", TYPES.NVarChar, "Żółw 🙂 'x'", "Żółw 🙂 'x'"], ["empty nvarchar", TYPES.NVarChar, "", ""],
  ["nvarchar(max)", TYPES.NVarChar, "🙂y".repeat(9000), "🙂y".repeat(9000)],
  ["varbinary", TYPES.VarBinary, Buffer.from([0, 255, 16]), Buffer.from([0, 255, 16])],
  ["datetime2", TYPES.DateTime2, new Date("2024-02-29T12:34:56.789Z"), new Date("2024-02-29T12:34:56.789Z"), { scale: 7 }],
  ["date", TYPES.Date, new Date("2024-02-29T00:00:00Z"), new Date("2024-02-29T00:00:00Z")],
  ["datetimeoffset", TYPES.DateTimeOffset, new Date("2024-02-29T12:34:56.789Z"), new Date("2024-02-29T12:34:56.789Z"), { scale: 7 }],
  ["uniqueidentifier", TYPES.UniqueIdentifier, "0E984725-C51C-4BF4-9960-E1C80E27ABA0", "0E984725-C51C-4BF4-9960-E1C80E27ABA0"],
  ["NULL int", TYPES.Int, null, null], ["NULL nvarchar", TYPES.NVarChar, null, null], ["NULL decimal", TYPES.Decimal, null, null],
  ["NULL varbinary", TYPES.VarBinary, null, null], ["NULL datetime2", TYPES.DateTime2, null, null],
];
for (const [name, type, value, wanted, options] of echoes)
  await check(`parameter and cell: ${name}`, async () => same(await rows(c, "SELECT @p AS p", [["p", type, value, options]]), [[wanted]]));
await check("exact cells", async () => same(
  await rows(c, "SELECT CAST('-99999.123456789' AS decimal(38,9)), CAST('9999-12-31 23:59:59.9999999' AS datetime2), CAST(0x00 AS varbinary(max))"),
  [[-99999.123456789, new Date("9999-12-31T23:59:59.999Z"), Buffer.from([0])]]));
await check("several results", async () => {
  const { results } = await run(c, "SELECT 1 AS a; SELECT N'x' AS b, 2 AS c WHERE 1 = 0; SELECT 3", [], { batch: true });
  same(results.map((r) => r.rows), [[[1]], [], [[3]]]);
});
await check("counts of changes", async () => {
  await run(c, "CREATE TABLE vouched (id int PRIMARY KEY, name nvarchar(20) NOT NULL)", [], { batch: true });
  same((await run(c, "INSERT INTO vouched VALUES (1, N'a'), (2, N'b')")).count, 2);
  same((await run(c, "UPDATE vouched SET name = @n", [["n", TYPES.NVarChar, "z"]])).count, 2);
});
await check("an error with number, severity, state and line", async () => {
  const e = await refused(run(c, "SELECT 1\nSELECT * FROM nowhere", [], { batch: true }));
  same([e.message, e.number, e.class, e.state, e.lineNumber], ["Invalid object name 'nowhere'.", 208, 16, 1, 2]);
});
await check("a broken constraint", async () => same((await refused(run(c, "INSERT INTO vouched VALUES (1, N'again')"))).number, 2627));
await check("a missing parameter", async () => same((await refused(run(c, "SELECT @q AS q"))).number, 137));
await check("PRINT and RAISERROR of low severity are messages", async () => {
  c.messages.length = 0;
  await run(c, "PRINT 'two\nlines' RAISERROR('number %d of %s', 5, 1, 7, 'x')", [], { batch: true });
  same(c.messages.map((m) => [m.message, m.class]), [["two\nlines", 0], ["number 7 of x", 5]]);
});
await check("a transaction that is rolled back", async () => {
  await run(c, "BEGIN TRAN; DELETE FROM vouched", [], { batch: true });
  same(await rows(c, "SELECT @@TRANCOUNT"), [[1]]);
  await run(c, "ROLLBACK", [], { batch: true });
  same(await rows(c, "SELECT COUNT(*) FROM vouched WHERE @@TRANCOUNT = 0"), [[2]]);
});
await check("a cancel during a delay", async () => {
  const e = await refused(run(c, "WAITFOR DELAY '00:05:00'", [], { started: (r, _) => setTimeout(() => r.cancel(), 100) }));
  same(e.code, "ECANCEL");
  same(await rows(c, "SELECT N'after'"), [["after"]]);
});
await check("a cancel within many rows", async () => {
  const e = await refused(run(c, "SELECT value FROM GENERATE_SERIES(1, 100000000)", [], { started: (r) => r.cancel() }));
  same(e.code, "ECANCEL");
  same(await rows(c, "SELECT N'after'"), [["after"]]);
});
await check("many rows over many packets", async () => {
  const seen = await rows(c, "SELECT value, N'row' AS t FROM GENERATE_SERIES(1, 20000)");
  same([seen.length, seen[19999]], [20000, ["20000", "row"]]);
});
await check("packets of 512 bytes and of 16 KiB", async () => {
  for (const packetSize of [512, 16384]) {
    const other = await connect({ packetSize });
    same(await rows(other, "SELECT @p", [["p", TYPES.NVarChar, "é".repeat(5000)]]), [["é".repeat(5000)]]);
    other.close();
  }
});
await check("several connections at once", async () => {
  const all = await Promise.all([1, 2, 3, 4].map(() => connect()));
  same(await Promise.all(all.map((x, i) => rows(x, "SELECT @p", [["p", TYPES.Int, i]]))), [[[0]], [[1]], [[2]], [[3]]]);
  all.forEach((x) => x.close());
});
c.close();
console.log(`tedious: ${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
