"""The image's static files carry a hash of their content in their names, in what scripts import too."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.processes import REPOSITORY


def test_it_works(tmp_path: Path) -> None:
    script = (
        "import django\nfrom django.conf import settings\nfrom pathlib import Path\nimport sys\n"
        "django.setup()\nsettings.STATIC_ROOT = Path(sys.argv[1])\n"
        "from django.core.management import call_command\ncall_command('collectstatic', interactive=False, verbosity=0)\n"
    )
    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        env={"PATH": "", "STATIC_COLLECTED": "1", "DJANGO_SETTINGS_MODULE": "baibuting.settings", "BAIBUTING_HOME": str(tmp_path / "home")},
        cwd=REPOSITORY,
        check=True,
        timeout=120,
    )  # fmt: skip
    names = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    script_name = names["js/phone/app.js"]
    assert re.fullmatch(r"js/phone/app\.[0-9a-f]{12}\.js", script_name)
    assert "import " not in (tmp_path / script_name).read_text(encoding="utf-8"), (
        "it is one file (docs/adr/0140)"
    )
    assert (tmp_path / f"{script_name}.gz").is_file()
