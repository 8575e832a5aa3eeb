"""Pure functions from records and traces to figures, tables and words; nothing here imports streamlit."""
