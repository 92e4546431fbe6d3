"""How the image serves its static files."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Names with a hash of the content, in what a script imports too: an old phone never mixes two versions."""

    support_js_module_import_aggregation = True
