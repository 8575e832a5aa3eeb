"""Pure functions from records and traces to figures, tables and texts. Nothing here imports streamlit."""
