-- What every SQL database is asked, by name. {now}, {own_lease}, … are what each says in its own way.

-- name: next_fence
UPDATE {prefix}counter SET value = value + 1 RETURNING value;

-- name: lease
SELECT fence, owner, proof, until, until > {now} FROM {prefix}lease WHERE store = :store AND key = :key;

-- name: put_lease
INSERT INTO {prefix}lease (store, key, fence, owner, address, proof, until, want)
VALUES (:store, :key, :fence, :owner, :address, :proof, {now} + :ttl_s, 0)
ON CONFLICT (store, key) DO UPDATE SET fence = excluded.fence, owner = excluded.owner, address = excluded.address,
  proof = excluded.proof, until = excluded.until, want = 0;

-- name: want_lease
UPDATE {prefix}lease SET want = 1 WHERE store = :store AND key = :key;

-- name: renew
UPDATE {prefix}lease SET until = {now} + :ttl_s WHERE owner = :owner;

-- name: own_leases
SELECT store, key, fence, want FROM {prefix}lease WHERE owner = :owner;

-- name: release
DELETE FROM {prefix}lease WHERE store = :store AND key = :key;

-- name: lock_record
SELECT l.fence, h.rev, h.commit_id = :commit_id, h.versioned, {now}
FROM {prefix}lease l LEFT JOIN {prefix}head h ON h.store = l.store AND h.key = l.key
WHERE l.store = :store AND l.key = :key {locking_lease};

-- name: commit_of
SELECT rev, commit_id FROM {prefix}head WHERE store = :store AND key = :key;

-- name: put_head
INSERT INTO {prefix}head
  (store, key, rev, commit_id, fence, meta, meta_rev, size, digest, created, updated, accessed, versioned)
VALUES (:store, :key, :rev, :commit_id, :fence, '{}', 0, :size, :digest, {now}, {now},
  coalesce(CAST(:accessed AS double precision), {now}), CAST(:versioned AS double precision))
ON CONFLICT (store, key) DO UPDATE SET rev = excluded.rev, commit_id = excluded.commit_id, fence = excluded.fence,
  size = excluded.size, digest = excluded.digest, updated = excluded.updated, accessed = excluded.accessed,
  versioned = excluded.versioned;

-- name: put_body
INSERT INTO {prefix}body (store, key, bytes) VALUES (:store, :key, :bytes)
ON CONFLICT (store, key) DO UPDATE SET bytes = excluded.bytes;

-- name: touch_head
UPDATE {prefix}head SET rev = :rev, commit_id = :commit_id, fence = :fence,
  accessed = coalesce(CAST(:accessed AS double precision), accessed)
WHERE store = :store AND key = :key;

-- name: keep_version
INSERT INTO {prefix}version (store, key, rev, saved, bytes)
SELECT h.store, h.key, h.rev, h.updated, b.bytes FROM {prefix}head h JOIN {prefix}body b ON b.store = h.store AND b.key = h.key
WHERE h.store = :store AND h.key = :key;

-- name: prune_versions
DELETE FROM {prefix}version WHERE store = :store AND key = :key AND rev NOT IN
  (SELECT v.rev FROM {prefix}version v WHERE v.store = :store AND v.key = :key ORDER BY v.rev DESC LIMIT :kept);

-- name: lock_meta
SELECT meta, meta_rev FROM {prefix}head WHERE store = :store AND key = :key {locking};

-- name: put_meta
UPDATE {prefix}head SET meta = :meta, meta_rev = :meta_rev WHERE store = :store AND key = :key;

-- name: append_log
INSERT INTO {prefix}log (store, key, seq, line)
SELECT :store, :key, coalesce(max(seq), 0) + 1, :line FROM {prefix}log WHERE store = :store AND key = :key;

-- name: read
SELECT h.store, h.key, h.rev, h.commit_id, h.fence, h.meta, h.meta_rev, h.size, h.digest, h.created, h.updated, h.accessed, b.bytes
FROM {prefix}head h LEFT JOIN {prefix}body b ON b.store = h.store AND b.key = h.key
WHERE h.store = :store AND h.key = :key;

-- name: scan
SELECT store, key, rev, commit_id, fence, meta, meta_rev, size, digest, created, updated, accessed
FROM {prefix}head WHERE store = :store AND accessed < :before ORDER BY accessed DESC, key LIMIT :most;

-- name: bodies
SELECT h.store, h.key, h.meta, h.size, b.bytes FROM {prefix}head h LEFT JOIN {prefix}body b ON b.store = h.store AND b.key = h.key
ORDER BY h.store, h.key;

-- name: versions
SELECT rev, saved, length(bytes) FROM {prefix}version WHERE store = :store AND key = :key ORDER BY rev DESC;

-- name: read_version
SELECT bytes FROM {prefix}version WHERE store = :store AND key = :key AND rev = :rev;

-- name: read_log
SELECT line FROM {prefix}log WHERE store = :store AND key = :key ORDER BY seq;

-- name: delete_head
DELETE FROM {prefix}head WHERE store = :store AND key = :key RETURNING rev;

-- name: delete_body
DELETE FROM {prefix}body WHERE store = :store AND key = :key;

-- name: delete_log
DELETE FROM {prefix}log WHERE store = :store AND key = :key;

-- name: delete_versions
DELETE FROM {prefix}version WHERE store = :store AND key = :key;

-- name: info
SELECT value FROM {prefix}info WHERE name = :name;

-- name: put_info
INSERT INTO {prefix}info (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: pass_fences
UPDATE {prefix}counter SET value = value + :by;
