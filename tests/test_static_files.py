"""The files that are served for ever refer to each other by the names that they have."""

import re
from pathlib import Path
from typing import Any

from django.core.management import call_command

IMPORT = re.compile(r"""(?:from|import)\s*\(?["'](\./[^"']+)["']""")
HASHED = re.compile(r"\.[0-9a-f]{12}\.js$")


def test_every_module_imports_what_is_there(tmp_path: Path, settings: Any) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "roomly.static_files.StaticFiles"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    modules = [path for path in (tmp_path / "js").glob("*.js") if HASHED.search(path.name)]
    imported = [(module, name) for module in modules for name in IMPORT.findall(module.read_text())]
    assert len(imported) > len(modules) / 2
    assert [name for module, name in imported if not (module.parent / name).exists()] == []
    assert [name for _module, name in imported if not HASHED.search(name)] == []
