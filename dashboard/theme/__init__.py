"""How it looks: one table of colours and sizes, from which tokens.css and plotly's templates are made."""
