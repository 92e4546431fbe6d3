"""Small tools without models that every app may use."""
