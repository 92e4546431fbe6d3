"""Django's PostgreSQL backend, which first starts or joins the embedded server of the data folder."""
