"""How torch's threads wait for each other: asleep, and not in a loop that holds a core.

OpenMP's default is the loop. Where anything else runs beside, every small operation then waits until a thread in its loop has
used up its turn: ten explanations took 20 s beside one busy process, and asleep 2 s; alone, both take the same. What the
environment says already stays. Imported before torch, which reads it once.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
