"""Django's PostgreSQL backend that first starts or joins the embedded server of the data folder."""
