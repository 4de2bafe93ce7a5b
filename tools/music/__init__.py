"""The small score generator behind the shipped music: score, sampler, own sounds, mixing desk, and the pieces."""
