"""The pages, one module or package per area. Each holds `AREA`. Room: console."""
