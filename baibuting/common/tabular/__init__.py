"""Reading and writing offices' tables: workbooks, CSV files, templates. Pure: no models, no database."""
