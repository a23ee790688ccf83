"""A folder for the files that the contract's cases name when they are read, of this process alone.

Several read the same cases at the same time; one must not find a file that another is just writing.
"""

import atexit
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

OWN_FILES = Path(mkdtemp(prefix="herald-tests-"))
atexit.register(rmtree, OWN_FILES, ignore_errors=True)
