"""Reading and writing the tables offices keep: workbooks, CSV files, templates. Pure: no models, no database."""
