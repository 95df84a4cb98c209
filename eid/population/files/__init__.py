"""The register as a file: CSV or Parquet, one row a person, its columns documented in docs/population.md."""
