CREATE TABLE {prefix}info (name text PRIMARY KEY, value text NOT NULL);

CREATE TABLE {prefix}counter (value bigint NOT NULL);

INSERT INTO {prefix}counter (value) VALUES (0);

CREATE TABLE {prefix}head (
  store text NOT NULL, key text NOT NULL, rev bigint NOT NULL, commit_id text NOT NULL, fence bigint NOT NULL,
  meta text NOT NULL, meta_rev bigint NOT NULL, size bigint NOT NULL, digest bytea NOT NULL,
  created double precision NOT NULL, updated double precision NOT NULL, accessed double precision NOT NULL, versioned double precision,
  PRIMARY KEY (store, key)
);

CREATE INDEX {prefix}head_accessed ON {prefix}head (store, accessed);

CREATE TABLE {prefix}body (store text NOT NULL, key text NOT NULL, bytes bytea NOT NULL, PRIMARY KEY (store, key));

CREATE TABLE {prefix}lease (
  store text NOT NULL, key text NOT NULL, fence bigint NOT NULL, owner text NOT NULL, address text NOT NULL,
  proof text NOT NULL, until double precision NOT NULL, want bigint NOT NULL,
  PRIMARY KEY (store, key)
);

CREATE INDEX {prefix}lease_owner ON {prefix}lease (owner);

CREATE TABLE {prefix}log (
  store text NOT NULL, key text NOT NULL, seq bigint NOT NULL, line text NOT NULL,
  PRIMARY KEY (store, key, seq)
);

CREATE TABLE {prefix}version (
  store text NOT NULL, key text NOT NULL, rev bigint NOT NULL, saved double precision NOT NULL, bytes bytea NOT NULL,
  PRIMARY KEY (store, key, rev)
);
