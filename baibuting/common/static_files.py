"""How the image serves its static files."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Files named with a hash of their content, in scripts' imports too: a phone's cache never mixes two versions."""

    support_js_module_import_aggregation = True
