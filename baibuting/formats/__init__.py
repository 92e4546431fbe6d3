"""Formats in which pages show and accept dates; named in settings as FORMAT_MODULE_PATH."""
