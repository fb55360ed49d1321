"""Pictures as SVG, drawn from the JSON that commands print. Room: console; pure, no dependency, no values."""
