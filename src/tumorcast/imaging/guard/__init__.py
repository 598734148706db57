"""Files from elsewhere are parsed in a process of their own, within limits.

`guarded` turns a reading function into one that runs in a child process. The child lives as long as
its thread, so only the first reading waits for it to start. What comes back is JSON and plain
arrays, never objects to be unpickled. A file that makes the reader crash, fill the memory or take
for ever ends the child; the caller gets a `BadInputError` that names the file, and the next reading
a new child.

What holds where:

==================================  =====  =====  =======
what                                Linux  macOS  Windows
==================================  =====  =====  =======
declared sizes, nesting, inflation  yes    yes    yes
reading in a process of its own     yes    yes    no
computing time                      yes    yes    no
memory                              yes    no     no
==================================  =====  =====  =======

The first row is judged by the readers themselves, before memory is taken. macOS accepts a limit of
memory but does not keep it; Windows cannot hand voxels over as is done here.
"""

from tumorcast.imaging.guard.decorator import guarded, start_early, unguarded
from tumorcast.imaging.guard.limits import allow
from tumorcast.imaging.guard.shared import empty

__all__ = ["allow", "empty", "guarded", "start_early", "unguarded"]
