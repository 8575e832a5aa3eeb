"""How long content is kept, and erasing it so that the log still proves itself."""
