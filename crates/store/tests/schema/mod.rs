//! Both engines have the same tables.

use std::collections::BTreeMap;
use std::path::Path;

use valetkey_store::{Location, Secret};
use valetkey_testkit::Postgres;

use super::Kit;

/// Table, then column, kind and whether it may be empty; indexes by name with their columns.
type Schema = BTreeMap<String, Vec<String>>;

fn sqlite_schema(file: &Path) -> Schema {
    let database = rusqlite::Connection::open(file).expect("the file opens");
    let mut schema = Schema::new();
    let mut columns = database
        .prepare(
            "SELECT m.name, c.name, c.type, c.\"notnull\" FROM sqlite_schema m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' ORDER BY m.name, c.cid",
        )
        .expect("SQL");
    let rows = columns.query_map([], |r| {
        let kind = match r.get::<_, String>(2)?.as_str() {
            "INTEGER" => "bigint",
            "BLOB" => "bytea",
            "TEXT" => "text",
            _ => "?",
        };
        Ok((r.get::<_, String>(0)?, format!("{} {kind} {}", r.get::<_, String>(1)?, r.get::<_, bool>(3)?)))
    });
    for (table, column) in rows.expect("rows").map(|r| r.expect("a row")) {
        schema.entry(table).or_default().push(column);
    }
    let mut indexes = database
        .prepare(
            "SELECT m.name, group_concat(i.name, ','), (SELECT \"unique\" FROM pragma_index_list(m.tbl_name) l WHERE l.name = m.name)
             FROM sqlite_schema m JOIN pragma_index_info(m.name) i WHERE m.type = 'index' AND m.sql IS NOT NULL GROUP BY m.name",
        )
        .expect("SQL");
    let rows = indexes.query_map([], |r| {
        Ok((
            format!("index {}", r.get::<_, String>(0)?),
            format!("{} {}", r.get::<_, String>(1)?, r.get::<_, bool>(2)?),
        ))
    });
    schema.extend(rows.expect("rows").map(|r| r.expect("a row")).map(|(name, columns)| (name, vec![columns])));
    schema
}

fn postgres_schema(url: &str) -> Schema {
    let mut client = postgres::Client::connect(url, postgres::NoTls).expect("the server answers");
    let mut schema = Schema::new();
    let columns = "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'NO'
                   FROM information_schema.columns WHERE table_schema = 'public' ORDER BY table_name, ordinal_position";
    for row in client.query(columns, &[]).expect("an answer") {
        let (table, column, kind, filled): (String, String, String, bool) =
            (row.get(0), row.get(1), row.get(2), row.get(3));
        schema.entry(table).or_default().push(format!("{column} {kind} {filled}"));
    }
    let indexes = "SELECT c.relname::text, string_agg(a.attname::text, ',' ORDER BY array_position(i.indkey::int[], a.attnum::int)), i.indisunique
                   FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
                   JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                   WHERE n.nspname = 'public' AND NOT i.indisprimary GROUP BY c.relname, i.indisunique";
    for row in client.query(indexes, &[]).expect("an answer") {
        let (name, columns, unique): (String, String, bool) = (row.get(0), row.get(1), row.get(2));
        schema.insert(format!("index {name}"), vec![format!("{columns} {unique}")]);
    }
    schema
}

#[test]
fn both_engines_have_the_same_tables_columns_and_indexes() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("valetkey.db");
    drop(Kit::new(&Location::File(file.clone())));
    let server = Postgres::start();
    let url = server.new_database("valetkey");
    let _kit = Kit::new(&Location::Postgres { url: Secret(url.clone()), authorities: None });
    let mut there = postgres_schema(&url);
    assert!(there.remove("custody").is_some(), "the one table that only PostgreSQL needs");
    assert_eq!(sqlite_schema(&file), there);
}
