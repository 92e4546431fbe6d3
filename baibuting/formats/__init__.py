"""How dates are written and read on the pages; named in settings as FORMAT_MODULE_PATH."""
