"""Entry point for Alembic: revisions run on the connection, and in the transaction, of the caller that opens the store."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=False)
context.run_migrations()
