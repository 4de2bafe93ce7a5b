"""What makes the weights of ``config/vision``; see ``tools/vision_weights.py``."""
