"""Make this checkout importable and runnable in the environment that runs this file, without a network.

What ``pip install --editable`` would do, minus its isolated build, which would fetch a build backend without a pin.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path


def main() -> None:
    checkout = Path(__file__).resolve().parent.parent
    site = Path(sysconfig.get_paths()["purelib"])
    (site / "reelforge-checkout.pth").write_text(f"{checkout}\n", encoding="utf-8")
    script = Path(sys.executable).parent / "reelforge"
    script.write_text(
        f"#!{sys.executable}\nimport sys\n\nfrom reelforge.__main__ import main\n\nsys.exit(main())\n", encoding="utf-8"
    )
    script.chmod(0o755)


if __name__ == "__main__":
    main()
