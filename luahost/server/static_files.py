"""Static files: the site's `html/`, and beneath it what luahost brings along."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

__all__ = ["SiteFiles"]

OWN = Path(__file__).parent / "static"


class SiteFiles(StaticFiles):
    """Finds files in `html/` of a site, else luahost's own. Nothing outside these folders, and nothing hidden.

    Browsers ask again each time, and are told that nothing changed: a saved file is there at the next look.
    """

    def __init__(self, site: Path) -> None:
        super().__init__(directory=site / "html", check_dir=False)
        self.all_directories = [site / "html", OWN]

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Returns the file at a path; raises HTTPException with 404 if there is none."""
        if any(part.startswith(".") for part in path.split("/")):
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "no-cache"
        return response

    def index(self) -> str | None:
        """Returns the text of the page that sessions show; None if there is none."""
        path, found = self.lookup_path("index.html")
        return Path(path).read_text(encoding="utf-8") if found is not None and os.path.isfile(path) else None
