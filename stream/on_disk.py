"""What stands at a path, for paths that people give: false also where a path is too long or cannot be one.

`pathlib` raises for those, and every one of them is just a file that is not there.
"""

from os.path import exists, isdir, isfile

is_there, is_folder, is_file = exists, isdir, isfile
