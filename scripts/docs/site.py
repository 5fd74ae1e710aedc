"""A hook of MkDocs: pages of the repository's root join the site, and links among all of them fit.

``mkdocs.yml`` names this file. In the repository the pages of docs/ link to ``../CONTRIBUTING.md``,
which a site cannot; here such a page is taken in, as ``contributing.md``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Pages of the repository's root, to what they are called in the site."""


def on_config(config: Any) -> Any:
    """List the pages of tasks, of which there is one for each family."""
    names = sorted(path.name for path in (Path(config.docs_dir) / "tasks").glob("*.md"))
    pages = ["tasks/index.md", *(f"tasks/{name}" for name in names if name != "index.md")]
    place = config.nav.index({"Tasks": "tasks/"})
    config.nav[place] = {"Tasks": pages}
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages of the repository's root."""
    from mkdocs.structure.files import File

    root = Path(config.config_file_path).parent
    for name, page in ROOT.items():
        text = (root / name).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=from_root(text)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let links to pages of the repository's root lead to their copies in the site."""
    for name, copy in ROOT.items():
        markdown = re.sub(rf"\]\((?:\.\./)+{re.escape(name)}", f"](/{copy}", markdown)
    depth = page.file.src_uri.count("/")
    return markdown.replace("](/", "](" + "../" * depth)


def from_root(text: str) -> str:
    """A page of the repository's root, with links as they are among the pages of docs/."""
    text = text.replace("](docs/", "](")
    for name, copy in ROOT.items():
        text = text.replace(f"]({name}", f"]({copy}")
    return text.replace("](README.md", "](index.md")
