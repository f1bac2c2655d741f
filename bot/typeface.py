"""The letters of what the bot draws: Roboto, which has every Vietnamese one (Apache License 2.0)."""

from __future__ import annotations

import font_roboto

REGULAR: str = font_roboto.Roboto
BOLD: str = font_roboto.RobotoBold
