CREATE TABLE {prefix}info (name text PRIMARY KEY, value text NOT NULL);

CREATE TABLE {prefix}counter (value INTEGER NOT NULL);

INSERT INTO {prefix}counter (value) VALUES (0);

CREATE TABLE {prefix}head (
  store text NOT NULL, key text NOT NULL, rev INTEGER NOT NULL, commit_id text NOT NULL, fence INTEGER NOT NULL,
  meta text NOT NULL, meta_rev INTEGER NOT NULL, size INTEGER NOT NULL, digest BLOB NOT NULL,
  created REAL NOT NULL, updated REAL NOT NULL, accessed REAL NOT NULL, versioned REAL,
  PRIMARY KEY (store, key)
) WITHOUT ROWID;

CREATE INDEX {prefix}head_accessed ON {prefix}head (store, accessed);

CREATE TABLE {prefix}body (store text NOT NULL, key text NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (store, key));

CREATE TABLE {prefix}lease (
  store text NOT NULL, key text NOT NULL, fence INTEGER NOT NULL, owner text NOT NULL, address text NOT NULL,
  proof text NOT NULL, until REAL NOT NULL, want INTEGER NOT NULL,
  PRIMARY KEY (store, key)
) WITHOUT ROWID;

CREATE INDEX {prefix}lease_owner ON {prefix}lease (owner);

CREATE TABLE {prefix}log (
  store text NOT NULL, key text NOT NULL, seq INTEGER NOT NULL, line text NOT NULL,
  PRIMARY KEY (store, key, seq)
) WITHOUT ROWID;

CREATE TABLE {prefix}version (
  store text NOT NULL, key text NOT NULL, rev INTEGER NOT NULL, saved REAL NOT NULL, bytes BLOB NOT NULL,
  PRIMARY KEY (store, key, rev)
);
