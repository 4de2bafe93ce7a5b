"""What holds for every test: properties are never judged by how long an example takes, for machines are busy; and no
command leaves a process behind.
"""

import os

from hypothesis import settings

os.environ["REELFORGE_RESIDENT"] = "0"

settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
