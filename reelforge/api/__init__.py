"""How other processes talk to a running ReelForge."""
