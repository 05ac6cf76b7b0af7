//! Queries as the conventions' own table has them, one for each of its cases in other words, and what it leaves open.

use proptest::prelude::*;
use traced_conventions::sql::Dialect::{self, MySql, PostgreSql, SqlServer, Sqlite, Standard};
use traced_conventions::sql::{sanitized, summary};

/// Dialect, query, text without literals (empty: as it was), summary.
const CASES: &[(Dialect, &str, &str, &str)] = &[
    // Numbers, with their signs.
    (Standard, "SELECT 7, -7, +7", "SELECT ?, ?, ?", "SELECT"),
    (Standard, "SELECT 7.25, -7.25, +7.25, .5, -.5", "SELECT ?, ?, ?, ?, ?", "SELECT"),
    (Standard, "SELECT 1.5e10, -1.5e10, +1.5E10", "SELECT ?, ?, ?", "SELECT"),
    (Standard, "SELECT 1.5e-10, -1.5e-10, +1.5e+10", "SELECT ?, ?, ?", "SELECT"),
    (Standard, "SELECT 41+1", "SELECT ??", "SELECT"),
    (Standard, "SELECT 0xCAFE, 0Xcafe", "SELECT ?, ?", "SELECT"),
    // Strings.
    (Standard, "SELECT 'ann'", "SELECT ?", "SELECT"),
    (Standard, "SELECT 'Ann''s cart'", "SELECT ?", "SELECT"),
    (Standard, "SELECT 'two \n lines'", "SELECT ?", "SELECT"),
    (Standard, "SELECT { guid 'aaaaaaaa-1111-2222-3333-bbbbbbbbbbbb' }", "SELECT { guid ? }", "SELECT"),
    // Names with digits and dots.
    (Standard, "SELECT a1, b2c3 FROM y2k WHERE x9=10", "SELECT a1, b2c3 FROM y2k WHERE x9=?", "SELECT y2k"),
    (Standard, "SELECT a FROM shop.Orders JOIN shop.Users", "", "SELECT shop.Orders shop.Users"),
    (Standard, "SELECT * FROM Selections", "", "SELECT Selections"),
    // Lists.
    (
        Standard,
        "SELECT * FROM table WHERE v IN (1, 2, 'c')",
        "SELECT * FROM table WHERE v IN (?, ?, ?)",
        "SELECT table",
    ),
    (
        Standard,
        "SELECT * FROM table WHERE v IN (-1, .4, 'c', 1e9)",
        "SELECT * FROM table WHERE v IN (?, ?, ?, ?)",
        "SELECT table",
    ),
    (
        Standard,
        "SELECT * FROM table WHERE v IN ('c', 0xA, .4,",
        "SELECT * FROM table WHERE v IN (?, ?, ?,",
        "SELECT table",
    ),
    // Comments.
    (Standard, "SELECT a -- 'why'\nFROM /* 7\n */ t", "SELECT a \nFROM  t", "SELECT t"),
    // Inserts, and queries inside of queries.
    (Standard, "INSERT INTO T VALUES(1, 2.5, 41+1)", "INSERT INTO T VALUES(?, ?, ??)", "INSERT T"),
    (Standard, "INSERT INTO T (A) VALUES (7)", "INSERT INTO T (A) VALUES (?)", "INSERT T"),
    (
        Standard,
        "INSERT INTO carts\n(id,\nx)\nSELECT id,\nx\nFROM   orders\nWHERE id = 1",
        "INSERT INTO carts\n(id,\nx)\nSELECT id,\nx\nFROM   orders\nWHERE id = ?",
        "INSERT carts SELECT orders",
    ),
    (
        Standard,
        "SELECT d\nFROM   (SELECT *\nFROM   orders o\nJOIN users u\nON o.u = u.id)",
        "",
        "SELECT SELECT orders users",
    ),
    (
        Standard,
        "SELeCT d\nFROM   (sELECT *\nFROM   orders o\nJOIN users u\nON o.u = u.id)",
        "",
        "SELeCT sELECT orders users",
    ),
    (Standard, "SELeCT d\nFROM ORders", "", "SELeCT ORders"),
    // Joins.
    (Standard, "SELECT * FROM Orders o CROSS JOIN Items i", "", "SELECT Orders Items"),
    (Standard, "SELECT * FROM Orders o, Items i", "", "SELECT Orders Items"),
    (
        Standard,
        "SELECT o.a, u.b, SUM(i.c) FROM Orders o JOIN Users u ON o.u = u.id JOIN Items i ON i.o = o.id GROUP BY o.a, u.b;",
        "",
        "SELECT Orders Users Items",
    ),
    (Standard, "SELECT DISTINCT Town FROM Users", "", "SELECT Users"),
    (Standard, "SELECT DISTINCT o.a FROM Orders o JOIN Users u ON o.u = u.id", "", "SELECT Orders Users"),
    (Standard, "SELECT DISTINCT a, COUNT(*) OVER (PARTITION BY a) AS n FROM Users;", "", "SELECT Users"),
    (Standard, "SELECT a FROM Users UNION SELECT a FROM Guests ORDER BY a;", "", "SELECT Users Guests"),
    // What is created, changed and dropped.
    (
        Standard,
        "CREATE  TABLE MyOrders (\n    ID NOT NULL IDENTITY(1,1)\n)",
        "CREATE  TABLE MyOrders (\n    ID NOT NULL IDENTITY(?,?)\n)",
        "CREATE TABLE MyOrders",
    ),
    (
        Standard,
        "CREATE TABLE IF NOT EXISTS Users (Name VARCHAR(9));",
        "CREATE TABLE IF NOT EXISTS Users (Name VARCHAR(?));",
        "CREATE TABLE Users",
    ),
    (Standard, "CREATE TABLE T (A INT DEFAULT (5));", "CREATE TABLE T (A INT DEFAULT (?));", "CREATE TABLE T"),
    (Standard, "CREATE TABLE Table (Code CHAR(3));", "CREATE TABLE Table (Code CHAR(?));", "CREATE TABLE Table"),
    (
        Standard,
        "ALTER  TABLE MyOrders ADD Name varchar(9)",
        "ALTER  TABLE MyOrders ADD Name varchar(?)",
        "ALTER TABLE MyOrders",
    ),
    (
        Standard,
        "ALTER TABLE MyOrders 'pass' ADD 1 Name varchar(9)",
        "ALTER TABLE MyOrders ? ADD ? Name varchar(?)",
        "ALTER TABLE MyOrders",
    ),
    (Standard, "ALTER TABLE Orders RENAME COLUMN A TO B;", "", "ALTER TABLE Orders"),
    (Standard, "DROP  TABLE MyOrders", "", "DROP TABLE MyOrders"),
    (Standard, "CREATE UNIQUE CLUSTERED INDEX IX ON Users (Mail);", "", "CREATE INDEX IX"),
    (
        Standard,
        "CREATE VIEW Active AS SELECT * FROM Users WHERE a = 1;",
        "CREATE VIEW Active AS SELECT * FROM Users WHERE a = ?;",
        "CREATE VIEW Active",
    ),
    (
        Standard,
        "CREATE PROCEDURE GetUser @Id INT AS SELECT * FROM Users WHERE Id = @Id;",
        "",
        "CREATE PROCEDURE GetUser",
    ),
    (
        Standard,
        "CREATE TRIGGER stamp ON Orders AFTER UPDATE AS BEGIN UPDATE Orders SET a = NOW() WHERE b IN (SELECT b FROM new); END;",
        "",
        "CREATE TRIGGER stamp",
    ),
    (
        Standard,
        "ALTER TRIGGER t ON U AFTER INSERT AS BEGIN INSERT INTO Log (a) SELECT a, 'x' FROM new; END;",
        "ALTER TRIGGER t ON U AFTER INSERT AS BEGIN INSERT INTO Log (a) SELECT a, ? FROM new; END;",
        "ALTER TRIGGER t",
    ),
    (Standard, "DROP TRIGGER IF EXISTS t;", "", "DROP TRIGGER t"),
    (
        Standard,
        "CREATE SEQUENCE Seq START WITH 1 INCREMENT BY 1;",
        "CREATE SEQUENCE Seq START WITH ? INCREMENT BY ?;",
        "CREATE SEQUENCE Seq",
    ),
    (Standard, "CREATE USER ann WITH PASSWORD = 'pw';", "CREATE USER ann WITH PASSWORD = ?;", "CREATE USER ann"),
    (Standard, "DROP ROLE IF EXISTS admin;", "", "DROP ROLE admin"),
    (Standard, "ALTER SCHEMA Old TRANSFER dbo.T;", "", "ALTER SCHEMA Old"),
    (SqlServer, "CREATE FUNCTION dbo.Sum(@a INT) RETURNS INT AS BEGIN RETURN @a; END;", "", "CREATE FUNCTION dbo.Sum"),
    (SqlServer, "EXEC sp_rename 'Old', 'New';", "EXEC sp_rename ?, ?;", "EXEC sp_rename"),
    (Standard, "EXEC GetUsers;", "", "EXEC GetUsers"),
    (Standard, "EXEC GetUser @Id = 42;", "EXEC GetUser @Id = ?;", "EXEC GetUser"),
    // Parentheses around constants.
    (Standard, "SELECT ((5)) AS C;", "SELECT ((?)) AS C;", "SELECT"),
    (
        Standard,
        "SELECT * FROM T WHERE a BETWEEN (1) AND (2);",
        "SELECT * FROM T WHERE a BETWEEN (?) AND (?);",
        "SELECT T",
    ),
    (Standard, "SELECT CAST((5) AS INT);", "SELECT CAST((?) AS INT);", "SELECT"),
    (SqlServer, "SELECT TOP (10) * FROM Users", "SELECT TOP (?) * FROM Users", "SELECT Users"),
    (SqlServer, "SELECT TOP 10 * FROM Users", "SELECT TOP ? * FROM Users", "SELECT Users"),
    // The table has `UPDATE` alone for this one; its text asks for the target, too.
    (Standard, "UPDATE T SET A = (5);", "UPDATE T SET A = (?);", "UPDATE T"),
    // From here on, what the table leaves open. Quotes are kept in a summary.
    (Standard, "SELECT * FROM \"song list\" s", "", "SELECT \"song list\""),
    (SqlServer, "SELECT * FROM [dbo].[song 2] s", "", "SELECT [dbo].[song 2]"),
    (
        MySql,
        "SELECT `a` FROM `shop`.`orders` WHERE n = \"ann\"",
        "SELECT `a` FROM `shop`.`orders` WHERE n = ?",
        "SELECT `shop`.`orders`",
    ),
    (MySql, "SELECT 'it\\'s' # 'x'\n, \"a\\\"b\" -- c", "SELECT ? \n, ? ", "SELECT"),
    (MySql, "SELECT 5--1", "SELECT ?-?", "SELECT"),
    (MySql, "SELECT _utf8mb4'x', N'y', x'FF'", "SELECT ?, ?, ?", "SELECT"),
    (
        MySql,
        "INSERT IGNORE INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = 2",
        "INSERT IGNORE INTO t VALUES (?) ON DUPLICATE KEY UPDATE a = ?",
        "INSERT t",
    ),
    (PostgreSql, "SELECT $tag$it's $1$tag$, $$x$$, $1, 'a\\'", "SELECT ?, ?, $1, ?", "SELECT"),
    (PostgreSql, "SELECT E'it\\'s', U&'d\\0061t', a::text, arr[1:2]", "SELECT ?, ?, a::text, arr[?:?]", "SELECT"),
    (PostgreSql, "SELECT /* a /* b */ 'c' */ 1", "SELECT  ?", "SELECT"),
    (PostgreSql, "SELECT data->1, data->>'k' FROM t", "SELECT data->?, data->>? FROM t", "SELECT t"),
    (PostgreSql, "INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = $2 RETURNING id", "", "INSERT t"),
    (PostgreSql, "SELECT a FROM t WHERE b IS DISTINCT FROM c AND EXTRACT(year FROM d) = $1 FOR UPDATE", "", "SELECT t"),
    (
        PostgreSql,
        "WITH x AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM x",
        "",
        "DELETE a INSERT b SELECT x",
    ),
    (PostgreSql, "EXPLAIN ANALYZE SELECT * FROM t", "", "EXPLAIN SELECT t"),
    (
        PostgreSql,
        "SELECT count(*) FROM t, LATERAL (SELECT 1) s, u",
        "SELECT count(*) FROM t, LATERAL (SELECT ?) s, u",
        "SELECT t SELECT u",
    ),
    (PostgreSql, "SELECT a = TRUE, b IS NOT NULL FROM t", "SELECT a = ?, b IS NOT NULL FROM t", "SELECT t"),
    (SqlServer, "SELECT $9.99, N'x'", "SELECT ?, ?", "SELECT"),
    (Sqlite, "PRAGMA user_version", "", "PRAGMA user_version"),
    (
        Standard,
        "MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN UPDATE SET y = 1",
        "MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN UPDATE SET y = ?",
        "MERGE a b",
    ),
    (
        Standard,
        "INSERT INTO a VALUES (1); DELETE FROM b; COMMIT",
        "INSERT INTO a VALUES (?); DELETE FROM b; COMMIT",
        "INSERT a DELETE b COMMIT",
    ),
    (Standard, "UPDATE a SET x = :name WHERE y = ? AND z = @p1", "", "UPDATE a"),
    (Standard, "BEGIN", "", "BEGIN"),
    (Standard, "SELECT * FROM 'it'", "SELECT * FROM ?", "SELECT"),
    (Standard, "", "", ""),
    (Standard, "grüße 'welt'", "grüße ?", ""),
];

#[test]
fn queries_are_sanitised_and_summarised() {
    for (dialect, query, text, short) in CASES {
        let text = if text.is_empty() { query } else { text };
        assert_eq!(sanitized(query, *dialect), *text, "{dialect:?}: {query}");
        assert_eq!(summary(query, *dialect), *short, "{dialect:?}: {query}");
    }
}

#[test]
fn a_summary_is_cut_between_its_parts() {
    let long = "t".repeat(250);
    assert_eq!(summary(&format!("SELECT * FROM {long}, u"), Standard), "SELECT");
    assert_eq!(summary(&format!("SELECT * FROM a, {long}, b"), Standard), "SELECT a");
    let many = (0..200).map(|n| format!("t{n}")).collect::<Vec<_>>().join(", ");
    let short = summary(&format!("SELECT * FROM {many}"), Standard);
    assert!(short.len() <= 255 && short.len() > 245 && many.replace(',', "").contains(&short["SELECT ".len()..]));
}

const DIALECTS: [Dialect; 5] = [Standard, PostgreSql, MySql, SqlServer, Sqlite];

fn dialect() -> impl Strategy<Value = Dialect> {
    prop::sample::select(DIALECTS.to_vec())
}

/// A literal of a dialect that holds a secret, however hard it is to see where it ends.
fn literal(dialect: Dialect) -> impl Strategy<Value = String> {
    let noise = prop::sample::select(vec!["", "''", "--", "/*", "\"\"", "$$", "`", "?", ":x", "ü", ";", "]", "\n"]);
    (noise.clone(), noise, 0..6_u8, any::<u32>()).prop_map(move |(a, b, form, number)| match (form, dialect) {
        (0, MySql) => format!("\"{}s3cret\\\"{b}\"", a.replace('"', "")).replace("\"\"\"", "\""),
        (1, MySql) => format!("'{a}\\'s3cret{b}'"),
        (0, PostgreSql) => format!("$q${a}s3cret{b}$q$"),
        (1, PostgreSql) => format!("E'{a}\\'s3cret{b}'"),
        (2, _) => format!("N'{a}s3cret{b}'"),
        (3, _) => format!("-77{number}77.5e-3"),
        (4, _) => format!("0x77{number:x}77"),
        _ => format!("'{a}s3cret{b}'"),
    })
}

fn query() -> impl Strategy<Value = (Dialect, String)> {
    let part = prop::sample::select(vec![
        "SELECT ",
        "a",
        " FROM ",
        "t",
        " WHERE x = ",
        "(",
        ")",
        ", ",
        " JOIN ",
        "\"q n\"",
        " /* c */ ",
        " -- c\n",
        ":n",
        "?",
        " = ",
        "\n",
        " INSERT INTO ",
        "x.y",
        " AS ",
    ]);
    dialect().prop_flat_map(move |dialect| {
        prop::collection::vec((part.clone(), literal(dialect)), 1..12).prop_map(move |parts| {
            // In MySQL a name in double quotes is a literal, and a space keeps a word from being a prefix of a string.
            let text: String = parts.iter().map(|(part, literal)| format!("{part} {literal} ")).collect();
            (dialect, text)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_literal_is_left((dialect, query) in query()) {
        for text in [sanitized(&query, dialect).into_owned(), summary(&query, dialect)] {
            prop_assert!(!text.contains("s3cret") && !text.contains("77"), "{dialect:?}: {query:?} became {text:?}");
        }
    }

    #[test]
    fn any_text_goes_in(dialect in dialect(), text in "[\\PC\\n'\"`$\\[\\]/*-]{0,60}|.*") {
        let clean = sanitized(&text, dialect);
        prop_assert!(clean.len() <= text.len());
        prop_assert!(summary(&text, dialect).len() <= 255);
    }
}
