"""What people see: the Streamlit app, and the services that turn uploads into recorded decisions.

    python -m dashboard

Rooms, from the top: `app` (the entry) and `serving`; `features` (the pages); `auth` (signing in); `shared` (what pages share);
`report` (files that leave the record); `views` (records to tables and figures); `service` (everything that works without a
page); `texts` (English and Japanese). Only `app`, `features`, `auth` and `shared` know Streamlit.
"""
