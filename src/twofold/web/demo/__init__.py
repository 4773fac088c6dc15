"""The demo's own pages. urls.py includes them only where the data folder was born as a demo."""
