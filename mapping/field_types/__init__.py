"""The field types: what a kind of value is. One file each; `registry` finds them by name."""
