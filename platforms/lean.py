"""What libraries load where they can and Herald never uses is left out: colours for a terminal, 12 MB in each process.

Imported before any of those libraries is. None in the place of a module says that it cannot be loaded, and each of them
goes without. Source: docs.python.org/3/reference/import.html, 5.3.1, 2026-11-23.
"""

import sys
from typing import Any, cast

_LEFT_OUT = ("httpx._main", "mako.ext.pygmentplugin")

for name in _LEFT_OUT:
    cast("dict[str, Any]", sys.modules).setdefault(name, None)
