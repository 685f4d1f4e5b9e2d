"""The Dash app: views, figures, pages, the live stream and the HTTP interface."""
