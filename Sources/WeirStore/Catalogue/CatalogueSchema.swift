import FoundationEssentials
import GRDB

/// The tables of the catalogue and how they came to be: see `docs/formats/data-folder.md`.
enum CatalogueSchema {
    /// Brings a database of any known format to the newest one.
    static func migrator(secretKey: [UInt8]) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("format 1") { database in
            try database.execute(sql: format1)
            try database.execute(
                sql: "INSERT INTO store (id, next_stream_id, last_created_at, secret_key) VALUES (1, 1, 0, ?)",
                arguments: [Data(secretKey)]
            )
            try database.execute(sql: "PRAGMA application_id = \(Catalogue.applicationID)")
            try database.execute(sql: "PRAGMA user_version = 1")
        }
        migrator.registerMigration("format 2") { database in
            try database.execute(sql: format2)
            try database.execute(sql: "PRAGMA user_version = 2")
        }
        migrator.registerMigration("format 3") { database in
            try database.execute(sql: format3)
            try database.execute(sql: "PRAGMA user_version = 3")
        }
        migrator.registerMigration("format 4") { database in
            try database.execute(sql: format4)
            try database.execute(sql: "PRAGMA user_version = 4")
        }
        migrator.registerMigration("format 5") { database in
            try database.execute(sql: format5)
            try database.execute(sql: "PRAGMA user_version = 5")
        }
        migrator.registerMigration("format 6") { database in
            try database.execute(sql: format6)
            try database.execute(sql: "PRAGMA user_version = 6")
        }
        migrator.registerMigration("format 7") { database in
            try database.execute(sql: format7)
            try database.execute(sql: "PRAGMA user_version = 7")
        }
        return migrator
    }

    private static let format1 = """
        CREATE TABLE store (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            next_stream_id INTEGER NOT NULL,
            last_created_at INTEGER NOT NULL,
            secret_key BLOB NOT NULL
        ) STRICT;
        CREATE TABLE streams (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            created_at INTEGER NOT NULL,
            retention_hours INTEGER NOT NULL,
            aged_out_before INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE stream_tags (
            stream_id INTEGER NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (stream_id, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE shards (
            stream_id INTEGER NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            parent INTEGER,
            adjacent_parent INTEGER,
            starting_hash_key BLOB NOT NULL,
            ending_hash_key BLOB NOT NULL,
            starting_index INTEGER NOT NULL,
            ending_index INTEGER,
            created_at INTEGER NOT NULL,
            closed_at INTEGER,
            PRIMARY KEY (stream_id, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE tables (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            hash_key_name TEXT NOT NULL,
            hash_key_type TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            billing_mode TEXT NOT NULL
        ) STRICT;
        CREATE TABLE items (
            table_id INTEGER NOT NULL REFERENCES tables (id) ON DELETE CASCADE,
            key BLOB NOT NULL,
            value BLOB NOT NULL,
            PRIMARY KEY (table_id, key)
        ) STRICT, WITHOUT ROWID;
        """

    /// Settings of streams. Format 1 kept the capacity mode as a tag.
    private static let format2 = """
        ALTER TABLE streams ADD COLUMN mode TEXT NOT NULL DEFAULT 'PROVISIONED';
        ALTER TABLE streams ADD COLUMN maximum_record_size INTEGER NOT NULL DEFAULT 1024;
        ALTER TABLE streams ADD COLUMN encryption_key_id TEXT;
        ALTER TABLE streams ADD COLUMN shard_level_metrics TEXT NOT NULL DEFAULT '';
        ALTER TABLE streams ADD COLUMN warm_throughput INTEGER;
        ALTER TABLE streams ADD COLUMN distribution TEXT NOT NULL DEFAULT 'USER_PARTITION_KEY';
        UPDATE streams SET mode = 'ON_DEMAND' WHERE id IN
            (SELECT stream_id FROM stream_tags WHERE key = 'weir:stream-mode' AND value = 'ON_DEMAND');
        DELETE FROM stream_tags WHERE key = 'weir:stream-mode';
        CREATE TABLE stream_changes (
            stream_id INTEGER NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
            kind TEXT NOT NULL,
            changed_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX stream_changes_by_stream ON stream_changes (stream_id, changed_at);
        ALTER TABLE store ADD COLUMN commitment_started_at INTEGER;
        ALTER TABLE store ADD COLUMN commitment_ends_at INTEGER;
        CREATE TABLE resource_policies (
            stream_id INTEGER NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
            consumer TEXT NOT NULL,
            policy TEXT NOT NULL,
            PRIMARY KEY (stream_id, consumer)
        ) STRICT, WITHOUT ROWID;
        """

    /// Consumers and their tags.
    private static let format3 = """
        CREATE TABLE consumers (
            stream_id INTEGER NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (stream_id, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE consumer_tags (
            stream_id INTEGER NOT NULL,
            consumer TEXT NOT NULL,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (stream_id, consumer, key),
            FOREIGN KEY (stream_id, consumer) REFERENCES consumers (stream_id, name) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        """

    /// The keys that encrypt records, themselves encrypted.
    private static let format5 = """
        CREATE TABLE stream_keys (
            stream_id INTEGER NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            key_id TEXT NOT NULL,
            master BLOB NOT NULL,
            wrapped BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (stream_id, number)
        ) STRICT, WITHOUT ROWID;
        """

    /// Range keys, indexes and settings of tables.
    private static let format4 = """
        ALTER TABLE tables ADD COLUMN uuid TEXT NOT NULL DEFAULT '';
        ALTER TABLE tables ADD COLUMN range_key_name TEXT;
        ALTER TABLE tables ADD COLUMN range_key_type TEXT;
        ALTER TABLE tables ADD COLUMN read_units INTEGER;
        ALTER TABLE tables ADD COLUMN write_units INTEGER;
        ALTER TABLE tables ADD COLUMN is_protected INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE tables ADD COLUMN expiry_attribute TEXT;
        ALTER TABLE tables ADD COLUMN recovery_since INTEGER;
        UPDATE tables SET uuid = lower(
            hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2))
            || '-' || hex(randomblob(6))
        );
        CREATE TABLE table_tags (
            table_id INTEGER NOT NULL REFERENCES tables (id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (table_id, key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE indexes (
            id INTEGER PRIMARY KEY,
            table_id INTEGER NOT NULL REFERENCES tables (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            hash_key_name TEXT NOT NULL,
            hash_key_type TEXT NOT NULL,
            range_key_name TEXT,
            range_key_type TEXT,
            projection TEXT NOT NULL,
            read_units INTEGER,
            write_units INTEGER,
            UNIQUE (table_id, name)
        ) STRICT;
        CREATE TABLE index_attributes (
            index_id INTEGER NOT NULL REFERENCES indexes (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            PRIMARY KEY (index_id, position)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE index_entries (
            index_id INTEGER NOT NULL REFERENCES indexes (id) ON DELETE CASCADE,
            index_key BLOB NOT NULL,
            item_key BLOB NOT NULL,
            PRIMARY KEY (index_id, index_key, item_key)
        ) STRICT, WITHOUT ROWID;
        """

    /// Policies of consumers go with them; changes of the number of shards count for a daily limit, which older programs do
    /// not know.
    private static let format6 = """
        DELETE FROM resource_policies WHERE consumer <> '' AND consumer NOT IN (
            SELECT name || ':' || (created_at / 1000) FROM consumers
            WHERE consumers.stream_id = resource_policies.stream_id
        );
        """

    /// Queues and their tags. Their policies are a column.
    private static let format7 = """
        ALTER TABLE store ADD COLUMN next_queue_id INTEGER NOT NULL DEFAULT 1;
        CREATE TABLE queues (
            id INTEGER PRIMARY KEY,
            resource_id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL UNIQUE,
            stream_id INTEGER NOT NULL REFERENCES streams (id) ON DELETE CASCADE,
            created_at INTEGER NOT NULL,
            start TEXT NOT NULL,
            starts_at INTEGER NOT NULL,
            visibility_timeout INTEGER NOT NULL,
            maximum_receive_count INTEGER,
            policy TEXT
        ) STRICT;
        CREATE INDEX queues_by_stream ON queues (stream_id);
        CREATE TABLE queue_tags (
            queue_id INTEGER NOT NULL REFERENCES queues (id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (queue_id, key)
        ) STRICT, WITHOUT ROWID;
        """
}
