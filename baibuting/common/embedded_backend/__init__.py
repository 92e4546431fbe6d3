"""The backend of the portal, which first starts or joins the embedded server of the data folder."""
