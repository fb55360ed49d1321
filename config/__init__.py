"""The YAML that ships with the hub: defaults that `crmhub init` copies into a project, and shipped mappings."""
