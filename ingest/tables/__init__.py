"""History in tables as people have it: CSV, workbooks, Parquet; understood column by column, never guessed."""
