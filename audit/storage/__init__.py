"""Where the record lies: SQLite or PostgreSQL, schema, triggers, queries, blobs, and the migrations between versions."""
