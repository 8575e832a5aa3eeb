"""What people see: the Streamlit app, and the pipeline that turns uploads into recorded decisions.

    python -m dashboard

Rooms: ``pipeline`` (bytes to decision to record, and back), ``policy`` (held or released), ``reviewing`` (a person's word),
``worker`` (long work beside the pages), ``exports`` (the log as files), ``identity`` (who may come in), ``tickets`` (cookies),
``views`` (records to tables and figures), ``texts`` (English and Japanese), ``components`` and ``app_pages`` (the only files
with st.* calls, beside ``session``, ``signing`` and ``resources``).
"""
