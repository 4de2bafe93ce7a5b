"""What holds for every test: properties are never judged by how long an example takes, for machines are busy."""

from hypothesis import settings

settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
