"""Takes talks away from the site: as PDF, pictures, one file, notebooks. Each format is a module."""
