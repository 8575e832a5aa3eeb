"""The pages, a folder each: the page, its components, and in `views` its pure functions from records to tables and figures."""
