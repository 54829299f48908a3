"""The doctor: small checks of the machine, the installation and a site, each with what to do."""
