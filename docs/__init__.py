"""The pages, and the scripts that write their generated parts."""
