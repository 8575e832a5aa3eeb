"""What works without a page: none of it knows streamlit."""
